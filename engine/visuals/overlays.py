"""Lettering of a clip: opening card, lyric lines in time, closing card. Each picture is drawn once, with MoviePy.

Cards stand in the middle of the frame, lyrics in a strip at its foot, so they never meet. All lyric pictures are of one
size and are shown by one ffmpeg input (a list of pictures with durations); ffmpeg fades them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.song import LyricCue
from engine.visuals import bidi, typefaces, typeset, wording
from engine.visuals.colour import Rgb

if TYPE_CHECKING:
    from PIL import Image

_STRIP_WIDTH, _STRIP_HEIGHT = 0.86, 0.2
_STRIP_FOOT = 0.05
_LYRIC_SIZE = 0.062
_CARD_WIDTH, _CARD_HEIGHT = 0.8, 0.4
_SHORTEST = 0.25
FADE = 0.22
"""Seconds that a lyric line takes to appear and to go."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours and typefaces of a clip's lettering."""

    light: Rgb
    dark: Rgb
    title_face: str
    upper: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A picture shown once. Place in pixels, times in seconds, `fade` at both ends."""

    path: Path
    x: int
    y: int
    start: float
    end: float
    fade: float


@dataclass(frozen=True, slots=True)
class Line:
    """A lyric picture and when it is fully there: `start` and `end` include its fades."""

    path: Path
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Strip:
    """All lyric lines; they share one place and one size in pixels."""

    lines: tuple[Line, ...]
    blank: Path
    x: int
    y: int


def draw_cards(
    title: str, artist: str, ink: Ink, size: tuple[int, int], duration: float, work: Path
) -> tuple[Card, ...]:
    """The opening card with title and artist, and a smaller closing one."""
    length = min(5.0, duration * 0.3)
    spans = ((0.06 * length, length, 1.0), (duration - length, duration - 0.04 * length, 0.62))
    cards = []
    for index, (start, end, scale) in enumerate(spans):
        picture = _card(title, artist, ink, size, scale)
        if picture is None:
            continue
        path = work / f"card-{index}.png"
        picture.save(path, compress_level=1)
        x, y = _even((size[0] - picture.width) / 2), _even((size[1] * 0.92 - picture.height) / 2)
        cards.append(Card(path, x, y, start, end, min(0.8, length / 5)))
    return tuple(cards)


def draw_strip(cues: Sequence[LyricCue], ink: Ink, size: tuple[int, int], duration: float, work: Path) -> Strip | None:
    """One picture per cue, or None when there is nothing to sing."""
    from PIL import Image

    box = (_even(size[0] * _STRIP_WIDTH), _even(size[1] * _STRIP_HEIGHT))
    lines: list[Line] = []
    for index, (cue, start, end) in enumerate(_timed(cues, duration)):
        picture = _lyric(cue.text, ink, box, size[1])
        if picture is None:
            continue
        path = work / f"line-{index}.png"
        picture.save(path, compress_level=1)
        lines.append(Line(path, start, end))
    if not lines:
        return None
    blank = work / "blank.png"
    Image.new("RGBA", box).save(blank)
    return Strip(tuple(lines), blank, _even((size[0] - box[0]) / 2), _even(size[1] * (1 - _STRIP_FOOT) - box[1]))


def _timed(cues: Sequence[LyricCue], duration: float) -> list[tuple[LyricCue, float, float]]:
    """Cues with the times on screen: a little early and late, never over the next one, never past the end."""
    ordered = sorted(cues, key=lambda cue: cue.start)
    timed: list[tuple[LyricCue, float, float]] = []
    for index, cue in enumerate(ordered):
        follows = ordered[index + 1].start - FADE if index + 1 < len(ordered) else duration
        start = max(0.0, cue.start - FADE, timed[-1][2] if timed else 0.0)
        end = min(duration, follows, max(cue.end + 0.35, cue.start + 1.0))
        if end - start >= _SHORTEST:
            timed.append((cue, start, end))
    return timed


def _lyric(text: str, ink: Ink, box: tuple[int, int], height: int) -> Image.Image | None:
    from PIL import Image

    face, words, _ = typefaces.choose(wording.clean(text, wording.LINE_LIMIT), "jost")
    if not words:
        return None
    room = (box[0] * 0.96, box[1] * 0.66)
    block = typeset.fit(words, face, room, largest=height * _LYRIC_SIZE, most_lines=2)
    letters = _drawn(block, ink)
    strip = Image.new("RGBA", box)
    strip.paste(letters, ((box[0] - letters.width) // 2, max(0, (box[1] - letters.height) // 2)))
    return strip


def _card(title: str, artist: str, ink: Ink, size: tuple[int, int], scale: float) -> Image.Image | None:
    from PIL import Image

    width, height = size[0] * _CARD_WIDTH * scale, size[1] * _CARD_HEIGHT * scale
    words = wording.clean(title, wording.TITLE_LIMIT)
    title_face, words, _ = typefaces.choose(words.upper() if ink.upper else words, ink.title_face)
    name_face, name, _ = typefaces.choose(wording.clean(artist, wording.ARTIST_LIMIT), "jost")
    parts = []
    if name:
        parts.append(
            _drawn(typeset.fit(name, name_face, (width, height * 0.3), largest=height * 0.15, most_lines=2), ink)
        )
    if words:
        block = typeset.fit(words, title_face, (width, height), largest=height * 0.42, most_lines=3)
        parts.append(_drawn(block, ink))
    if not parts:
        return None
    card = Image.new("RGBA", (_even(max(part.width for part in parts)), _even(sum(part.height for part in parts))))
    y = 0
    for part in parts:
        card.alpha_composite(part, ((card.width - part.width) // 2, y))
        y += part.height
    return card


def _drawn(block: typeset.Block, ink: Ink) -> Image.Image:
    """The block as MoviePy draws it, over a soft shadow of its own shape."""
    from moviepy.video.VideoClip import TextClip
    from PIL import Image, ImageFilter

    margin = max(4, block.size // 2)
    clip = TextClip(
        font=block.face.path,
        text="\n".join(bidi.visual(line) for line in block.lines),
        font_size=block.size,
        color=ink.light,
        stroke_color=ink.dark,
        stroke_width=max(1, round(block.size / 22)),
        margin=(margin, margin),
        text_align="center",
        interline=max(2, round(block.size * 0.18)),
    )
    pixels = clip.get_frame(0)
    alpha = np.rint(clip.mask.get_frame(0) * 255).astype(np.uint8)
    clip.close()
    letters = Image.fromarray(np.dstack([pixels.astype(np.uint8), alpha]))
    shadow = letters.getchannel("A").filter(ImageFilter.GaussianBlur(block.size / 6))
    picture = Image.new("RGBA", letters.size, (*ink.dark, 0))
    picture.putalpha(shadow.point([min(255, round(level * 0.85)) for level in range(256)]))
    picture.alpha_composite(letters)
    return picture


def _even(length: float) -> int:
    return max(0, int(length) // 2 * 2)
