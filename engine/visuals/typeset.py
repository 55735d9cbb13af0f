"""Sets a text into a box: balanced lines, the largest size that fits, tracking, and a mask to paint through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.visuals import bidi
from engine.visuals.typefaces import Typeface
from engine.visuals.wording import right_to_left, unspaced

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

_UNIT = 200
_SIZES_KEPT = 32


@dataclass(frozen=True, slots=True)
class Block:
    """A text set in lines. Sizes in pixels; `tracking` in pixels between letters."""

    face: Typeface
    size: int
    lines: tuple[str, ...]
    widths: tuple[float, ...]
    tracking: float
    rtl: bool
    rise: float
    """From the first baseline up to its capitals, or to its tallest letter where the script has none."""
    sink: float
    """From the last baseline down to its lowest letter."""

    @property
    def line_height(self) -> float:
        """Distance of two baselines."""
        return self.size * self.face.leading

    @property
    def width(self) -> float:
        """Of the widest line."""
        return max(self.widths, default=0.0)

    @property
    def height(self) -> float:
        """From the top of the first line to the foot of the last one's lowest letter."""
        return self.rise + self.line_height * (len(self.lines) - 1) + self.sink

    @property
    def cap_height(self) -> float:
        """Height of the capitals."""
        return self.size * cap_share(self.face)


@lru_cache(maxsize=_SIZES_KEPT)
def font(face: Typeface, size: int) -> ImageFont.FreeTypeFont:
    """The typeface at a size in pixels, shaped by raqm where Pillow has it."""
    from PIL import ImageFont

    return ImageFont.truetype(face.path, size)


def line_width(line: str, face: Typeface, size: float, tracking: float) -> float:
    """Width of one line in pixels; `tracking` in pixels."""
    drawn = bidi.visual(line)
    return float(font(face, _UNIT).getlength(drawn)) * size / _UNIT + tracking * max(0, len(drawn) - 1)


def fit(
    text: str,
    face: Typeface,
    box: tuple[float, float],
    *,
    largest: float,
    most_lines: int,
    tracking: float = 0.0,
) -> Block:
    """The text in the number of lines that lets it be largest in `box` (width, height).

    `tracking` is a share of the size and is dropped for joined scripts. Never raises: what is too long is only set
    smaller.
    """
    rtl = right_to_left(text)
    tracking = 0.0 if rtl else tracking
    best: tuple[float, list[str]] = (0.0, [text])
    for count in range(1, most_lines + 1):
        lines = _balanced(text, face, count, tracking)
        if len(lines) < count:
            break
        widest = max(line_width(line, face, _UNIT, tracking * _UNIT) for line in lines) / _UNIT
        tall = face.leading * (count - 1) + cap_share(face)
        size = min(largest, box[0] / max(widest, 1e-6), box[1] / tall)
        if size > best[0] * 1.08:  # fewer lines win when it is close
            best = (size, lines)
    size = max(4, int(best[0]))
    widths = tuple(line_width(line, face, size, tracking * size) for line in best[1])
    rise, sink = _extent(best[1], face)
    return Block(face, size, tuple(best[1]), widths, tracking * size, rtl, rise * size, sink * size)


def cap_share(face: Typeface) -> float:
    """Height of the capitals over the size."""
    return -float(font(face, _UNIT).getbbox("H", anchor="ls")[1]) / _UNIT


def _extent(lines: list[str], face: Typeface) -> tuple[float, float]:
    """How far the first line rises and the last one sinks, over the size. Accents on capitals may stand out above."""
    letters = font(face, _UNIT)
    first, last = bidi.visual(lines[0]), bidi.visual(lines[-1])
    cap = cap_share(face)
    cased = lines[0].upper() != lines[0].lower()
    rise = cap if cased else max(cap, -float(letters.getbbox(first, anchor="ls")[1]) / _UNIT)
    return rise, max(0.0, float(letters.getbbox(last, anchor="ls")[3]) / _UNIT)


def _balanced(text: str, face: Typeface, count: int, tracking: float) -> list[str]:
    """`text` in at most `count` even lines (dynamic programming over the breaks; the cube punishes the widest)."""
    glue = "" if unspaced(text) else " "
    words = list(text) if not glue else list(_words(text, count))
    count = min(count, len(words))
    spans = _spans(words, glue, face, tracking)
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for used in range(1, count + 1):
        for end in range(used, len(words) + 1):
            options = [
                (best[used - 1, start][0] + spans[start, end] ** 3, start)
                for start in range(used - 1, end)
                if (used - 1, start) in best
            ]
            if options:
                best[used, end] = min(options)
    lines: list[str] = []
    end = len(words)
    for used in range(count, 0, -1):
        start = best[used, end][1]
        lines.append(glue.join(words[start:end]).strip())
        end = start
    return lines[::-1]


def _words(text: str, count: int) -> Iterator[str]:
    """Words; one that alone is longer than a line's fair share is cut in pieces."""
    fair = max(14, -(-len(text) // max(1, count)))
    for word in text.split() or [""]:
        yield from (word[at : at + fair] for at in range(0, len(word), fair)) if len(word) > fair else [word]


def _spans(words: list[str], glue: str, face: Typeface, tracking: float) -> dict[tuple[int, int], float]:
    widths = [line_width(word, face, _UNIT, tracking * _UNIT) for word in words]
    gap = (line_width("n n", face, _UNIT, 0) - 2 * line_width("n", face, _UNIT, 0)) if glue else 0.0
    gap += tracking * _UNIT * 2 if glue else tracking * _UNIT
    spans: dict[tuple[int, int], float] = {}
    for start in range(len(words)):
        total = -gap
        for end in range(start + 1, len(words) + 1):
            total += gap + widths[end - 1]
            spans[start, end] = total
    return spans


def mask(block: Block, align: str, pad: int) -> Image.Image:
    """The block's letters as white on black (mode L), `pad` pixels wider and taller on every side.

    `align` is left, centre or right. The first line's capitals begin at y = pad, the block's left edge is x = pad.
    """
    from PIL import Image, ImageDraw

    size = (int(block.width) + 2 * pad, int(block.height) + 2 * pad)
    picture = Image.new("L", size)
    pen = ImageDraw.Draw(picture)
    for index, (line, width) in enumerate(zip(block.lines, block.widths, strict=True)):
        slack = block.width - width
        x = pad + {"left": 0.0, "centre": slack / 2, "right": slack}[align]
        _write(pen, (x, pad + block.rise + index * block.line_height), line, block)
    return picture


def _write(pen: ImageDraw.ImageDraw, at: tuple[float, float], line: str, block: Block) -> None:
    letters = font(block.face, block.size)
    drawn = bidi.visual(line)
    if not block.tracking:
        pen.text(at, drawn, fill=255, font=letters, anchor="ls")
        return
    for index, char in enumerate(drawn):
        before = float(letters.getlength(drawn[: index + 1])) - float(letters.getlength(char))
        pen.text((at[0] + before + index * block.tracking, at[1]), char, fill=255, font=letters, anchor="ls")
