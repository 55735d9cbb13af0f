"""Lettering of a clip: how its letters look, and the opening and closing cards. Each picture is drawn once, by MoviePy.

Cards stand in the upper part of the frame, lyrics in a strip at its foot (`engine.visuals.lyrics`), so they never meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import aspects, bidi, typefaces, typeset, wording
from engine.visuals.colour import Rgb

if TYPE_CHECKING:
    from PIL import Image

_CARD_SECONDS = 5.0
_END_SECONDS = 4.5
_FADE_SECONDS = 0.8
_CLOSING_SIZE = 0.66


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours and title typeface of a clip's lettering; `waiting` is for words that are not sung yet."""

    light: Rgb
    waiting: Rgb
    dark: Rgb
    typeface: str
    upper: bool


@dataclass(frozen=True, slots=True)
class Halo:
    """How dark letters' surroundings are: gain of the blurred letters and most alpha, far out and close by."""

    wide: tuple[float, int]
    close: tuple[float, int]


_LINE_HALO = Halo((3.0, 225), (1.2, 225))
"""Small letters need a dark ground to be read at all."""
_CARD_HALO = Halo((1.1, 120), (0.9, 115))
"""Large ones stand out by themselves: the picture stays to be seen between them."""


@dataclass(frozen=True, slots=True)
class Card:
    """A picture shown once. Place in pixels, times in frames, `fade` at both ends."""

    path: Path
    x: int
    y: int
    first: int
    last: int
    fade: int


def draw_cards(
    title: str, artist: str, ink: Ink, size: tuple[int, int], frames: int, fps: int, work: Path
) -> tuple[Card, ...]:
    """The opening card with artist and title, and a smaller closing one."""
    length = min(round(_CARD_SECONDS * fps), frames * 3 // 10)
    if length < 4:
        return ()
    spans = ((length // 16, length, 1.0), (frames - length, frames - length // 20, _CLOSING_SIZE))
    drawn = (
        _drawn(_card(title, artist, ink, size, scale), size, (first, last), fps, work / f"card-{index}.png")
        for index, (first, last, scale) in enumerate(spans)
    )
    return tuple(card for card in drawn if card is not None)


def end_card(
    title: str, artist: str, ink: Ink, size: tuple[int, int], frames: int, fps: int, work: Path
) -> Card | None:
    """Artist and title over the end of `frames`, still there in the last one; None where no typeface writes them."""
    length = max(1, min(round(_END_SECONDS * fps), frames // 3))
    fade = max(1, min(round(_FADE_SECONDS * fps), length // 3))
    picture = _card(title, artist, ink, size, 1.0)
    return _drawn(picture, size, (frames - length, frames + fade + 1), fps, work / "card-end.png")


def _drawn(
    picture: Image.Image | None, size: tuple[int, int], span: tuple[int, int], fps: int, path: Path
) -> Card | None:
    """The card of a picture at its place; kept at `path`."""
    if picture is None:
        return None
    picture = _within(picture, size[0])
    picture.save(path, compress_level=1)
    x, y = even((size[0] - picture.width) / 2), even(size[1] * aspects.of(size).card_middle - picture.height / 2)
    first, last = span
    return Card(path, x, y, first, last, max(1, min(round(_FADE_SECONDS * fps), (last - first) // 3)))


def _within(picture: Image.Image, width: int) -> Image.Image:
    """The picture cut on both sides to the frame's width: only its clear rim can be wider."""
    over = picture.width - width
    return picture.crop((over // 2, 0, over // 2 + width, picture.height)) if over > 0 else picture


def _card(title: str, artist: str, ink: Ink, size: tuple[int, int], scale: float) -> Image.Image | None:
    from PIL import Image

    room = aspects.of(size).card
    width, height = size[0] * room[0] * scale, size[1] * room[1] * scale
    words = wording.clean(title, wording.TITLE_LIMIT)
    title_face, words, _ = typefaces.choose(wording.capitals(words) if ink.upper else words, ink.typeface)
    name_face, name, _ = typefaces.choose(wording.clean(artist, wording.ARTIST_LIMIT), "jost")
    blocks = []
    if name:
        blocks.append(typeset.fit(name, name_face, (width, height * 0.24), largest=height * 0.135, most_lines=2))
    if words:
        blocks.append(typeset.fit(words, title_face, (width, height * 0.8), largest=height * 0.52, most_lines=4))
    if not blocks:
        return None
    gap = height * 0.10
    pad = max(block.size for block in blocks) // 2 + round(height * 0.1)
    inner = max(block.width for block in blocks), sum(block.height for block in blocks) + gap * (len(blocks) - 1)
    card = Image.new("RGBA", (even(inner[0] + 2 * pad), even(inner[1] + 2 * pad)), (*ink.dark, 0))
    y = float(pad)
    for block in blocks:
        set_lines(card, block, ink.light, ink.dark, y)
        y += block.height + gap
    return shadowed(card, ink.dark, max(4.0, height * 0.06), _CARD_HALO)


def set_lines(sheet: Image.Image, block: typeset.Block, fill: Rgb, outline: Rgb, top: float) -> list[tuple[int, int]]:
    """Writes the block's lines on `sheet`, centred, from `top` down; returns each line's (left, baseline)."""
    places = []
    for index, (line, width) in enumerate(zip(block.lines, block.widths, strict=True)):
        left = round((sheet.width - width) / 2)
        baseline = round(top + block.rise + index * block.line_height)
        picture, origin = _written(line, block, fill, outline)
        sheet.alpha_composite(picture, (max(0, left - origin[0]), max(0, baseline - origin[1])))
        places.append((left, baseline))
    return places


def _written(line: str, block: typeset.Block, fill: Rgb, outline: Rgb) -> tuple[Image.Image, tuple[int, int]]:
    """One line as MoviePy draws it, and where in the picture its text begins and its baseline runs."""
    from moviepy.video.VideoClip import TextClip
    from PIL import Image

    margin = max(6, block.size // 2)
    stroke = 1 if block.size < 36 else 2
    clip = TextClip(
        font=block.face.path,
        text=bidi.visual(line),
        font_size=block.size,
        color=fill,
        stroke_color=outline,
        stroke_width=stroke,
        margin=(margin, margin),
        horizontal_align="left",
        vertical_align="top",
    )
    pixels = clip.get_frame(0)
    alpha = np.rint(clip.mask.get_frame(0) * 255).astype(np.uint8)
    clip.close()
    ascent, _ = typeset.font(block.face, block.size).getmetrics()
    return Image.fromarray(np.dstack([pixels.astype(np.uint8), alpha])), (margin + stroke, margin + stroke + ascent)


def shadowed(letters: Image.Image, dark: Rgb, spread: float, halo_of: Halo = _LINE_HALO) -> Image.Image:
    """The letters over a soft dark halo of their own shape, with a closer and harder one within it."""
    from PIL import Image, ImageFilter

    alpha = letters.getchannel("A")
    picture = Image.new("RGBA", letters.size, (*dark, 0))
    for radius, gain, most in ((spread, *halo_of.wide), (max(1.0, spread / 4), *halo_of.close)):
        halo = Image.new("RGBA", letters.size, (*dark, 0))
        soft = alpha.filter(ImageFilter.GaussianBlur(radius))
        halo.putalpha(soft.point([min(most, round(level * gain)) for level in range(256)]))
        picture.alpha_composite(halo)
    picture.alpha_composite(letters)
    return picture


def even(length: float) -> int:
    """The even number at or below a length, never negative: chroma is stored for pairs of pixels."""
    return max(0, int(length) // 2 * 2)
