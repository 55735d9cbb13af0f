"""Lyrics on the screen: one line at a time in a strip at the foot, its words lighting up as they are sung.

The strip is a series of stills, each valid from a frame on: ffmpeg reads them as one input and only works where
something changes. Every line is drawn twice by MoviePy (waiting and sung); the stills between are cut together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.song import LyricCue
from engine.visuals import aspects, overlays, typefaces, typeset, wording
from engine.visuals.overlays import Ink, even

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the strip."""

_FADE_S = 0.22
_LINGER_S, _SHORTEST_S = 0.35, 0.3


@dataclass(frozen=True, slots=True)
class Still:
    """What the strip shows from `frame` on: a picture at an opacity of 0..1."""

    frame: int
    path: Path
    opacity: float


@dataclass(frozen=True, slots=True)
class Strip:
    """All stills in order, the first at frame 0; they share one place and one size in pixels."""

    stills: tuple[Still, ...]
    lines: int
    x: int
    y: int
    shown: tuple[tuple[int, int], ...]
    """Frames from which to which (not included) there is anything to see."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A cue on screen: frames from `first` to `last` (not included), a picture for each state, and when it begins."""

    first: int
    last: int
    pictures: tuple[Path, ...]
    begins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Sheets:
    """A line waiting and sung, cut to the rectangle of the strip that it touches, and where each of its words lies."""

    waiting: Image.Image
    sung: Image.Image
    area: Box
    words: tuple[str, ...]
    places: tuple[Box, ...]

    def states(self, area: Box, ground: tuple[int, int, int, int]) -> Iterator[Image.Image]:
        """This part of the strip, `ground` where it is clear, with no word sung, then with one more each time. Each
        lasts until the next one."""
        from PIL import Image

        picture = Image.new("RGBA", (area[2] - area[0], area[3] - area[1]), ground)
        picture.paste(self.waiting, (self.area[0] - area[0], self.area[1] - area[1]))
        yield picture
        for left, top, right, bottom in self.places:
            word = self.sung.crop(
                (left - self.area[0], top - self.area[1], right - self.area[0], bottom - self.area[1])
            )
            picture.paste(word, (left - area[0], top - area[1]))
            yield picture


def draw_strip(
    cues: Sequence[LyricCue], ink: Ink, size: tuple[int, int], frames: int, fps: int, work: Path
) -> Strip | None:
    """Draws every line into `work`; None when there is nothing to sing."""
    from PIL import Image

    aspect = aspects.of(size)
    box = (even(size[0] * aspect.strip[0]), even(size[1] * aspect.strip[1]))
    drawn: list[tuple[int, int, _Sheets, list[float]]] = []
    for cue, first, last in on_screen(cues, frames, fps):
        sheets = _sheets(cue, ink, box, aspect, size[1])
        if sheets is not None:
            drawn.append((first, last, sheets, word_onsets(cue, sheets.words)))
    if not drawn:
        return None
    area = _used([sheets.area for _, _, sheets, _ in drawn], box)
    lines: list[_Line] = []
    for index, (first, last, sheets, onsets) in enumerate(drawn):
        paths = tuple(work / f"line-{index}-{state}.tif" for state in range(len(sheets.words) + 1))
        for path, picture in zip(paths, sheets.states(area, (*ink.dark, 0)), strict=True):
            picture.save(path)  # plain TIFF: nothing to unpack each time that it is shown
        begins = (first, *(max(first, round(onset * fps)) for onset in onsets))
        lines.append(_Line(first, last, paths, begins))
    blank = work / "blank.tif"
    Image.new("RGBA", (area[2] - area[0], area[3] - area[1])).save(blank)
    stills = tuple(_stills(lines, blank, max(1, round(_FADE_S * fps))))
    x, y = even((size[0] - box[0]) / 2), even(size[1] * (1 - aspect.strip_foot) - box[1])
    return Strip(stills, len(lines), x + area[0], y + area[1], tuple(_shown(lines)))


def _used(areas: Sequence[Box], box: tuple[int, int]) -> Box:
    """The even rectangle of the strip that any line touches: what is clear everywhere need not be laid over."""
    left, top = even(min(area[0] for area in areas)), even(min(area[1] for area in areas))
    right, bottom = max(area[2] for area in areas), max(area[3] for area in areas)
    return left, top, min(box[0], even(right + 1)), min(box[1], even(bottom + 1))


def _shown(lines: Sequence[_Line]) -> Iterator[tuple[int, int]]:
    """Frames from which to which (not included) a line is seen; one where lines follow each other at once."""
    first, last = lines[0].first, lines[0].last
    for line in lines[1:]:
        if line.first > last:
            yield first, last
            first = line.first
        last = line.last
    yield first, last


def on_screen(cues: Sequence[LyricCue], frames: int, fps: int) -> list[tuple[LyricCue, int, int]]:
    """Cues with their frames on screen: there a little before they are sung, never two at once, never past the end."""
    ordered = sorted(cues, key=lambda cue: cue.start)
    shown: list[tuple[LyricCue, int, int]] = []
    for index, cue in enumerate(ordered):
        follows = ordered[index + 1].start - _FADE_S if index + 1 < len(ordered) else frames / fps
        wanted = max(cue.end + _LINGER_S, cue.start + 1.0)
        first = max(0, round((cue.start - _FADE_S) * fps), shown[-1][2] if shown else 0)
        last = min(frames, round(min(wanted, follows) * fps))
        if last - first >= _SHORTEST_S * fps:
            shown.append((cue, first, last))
    return shown


def word_onsets(cue: LyricCue, words: Sequence[str]) -> list[float]:
    """When each word begins, in seconds: the note of its first syllable, found by counting letters."""
    starts, counted = [], 0
    for syllable in cue.syllables:
        starts.append(counted)
        counted += len(syllable.strip())
    total = sum(len(word) for word in words)
    onsets: list[float] = []
    at = 0
    for word in words:
        if starts and counted and len(cue.onsets) == len(starts):
            onsets.append(cue.onsets[bisect_right(starts, round(at * counted / max(1, total))) - 1])
        else:
            onsets.append(cue.start + (cue.end - cue.start) * at / max(1, total))
        at += len(word)
    return onsets


def _sheets(cue: LyricCue, ink: Ink, box: tuple[int, int], aspect: aspects.Aspect, height: int) -> _Sheets | None:
    """A line drawn in both ways; None where nothing of it can be drawn."""
    from PIL import Image

    face, text, _ = typefaces.choose(wording.clean(cue.text, wording.LINE_LIMIT), "jost")
    if not text:
        return None
    room = (box[0] * 0.95, box[1] * 0.60)
    block = typeset.fit(text, face, room, largest=height * aspect.letters, most_lines=aspect.lines)
    top = (box[1] - block.height) / 2
    drawn = []
    for fill in (ink.waiting, ink.light):
        sheet = Image.new("RGBA", box, (*ink.dark, 0))
        at = overlays.set_lines(sheet, block, fill, ink.dark, top)
        drawn.append(overlays.shadowed(sheet, ink.dark, block.size * 0.42))
    waiting, sung = drawn
    words, places = [], []
    for line, (left, baseline) in zip(block.lines, at, strict=True):
        for word, start, end in _spans(line, block):
            words.append(word)
            places.append(
                (
                    max(0, round(left + start)),
                    max(0, round(baseline - block.line_height * 0.95)),
                    min(box[0], round(left + end)),
                    min(box[1], round(baseline + block.line_height * 0.42)),
                )
            )
    area = _touched(waiting, sung, places)
    return _Sheets(waiting.crop(area), sung.crop(area), area, tuple(words), tuple(places))


def _touched(waiting: Image.Image, sung: Image.Image, places: Sequence[Box]) -> Box:
    """The smallest rectangle with all that either sheet shows, and every word's place."""
    boxes = [found for sheet in (waiting, sung) if (found := sheet.getchannel("A").getbbox())]
    boxes += places
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))


def _spans(line: str, block: typeset.Block) -> Iterator[tuple[str, float, float]]:
    """Each word with its left and right bound in pixels from the line's left edge, half a space wider on both sides."""
    words = line.split()
    total = typeset.line_width(line, block.face, block.size, 0)
    space = typeset.line_width("n n", block.face, block.size, 0) - 2 * typeset.line_width(
        "n", block.face, block.size, 0
    )
    for index, word in enumerate(words):
        before = typeset.line_width(" ".join(words[:index]), block.face, block.size, 0) + (
            space / 2 if index else -space
        )
        after = typeset.line_width(" ".join(words[: index + 1]), block.face, block.size, 0)
        after += space / 2 if index + 1 < len(words) else space
        yield (word, total - after, total - before) if block.rtl else (word, before, after)


def _stills(lines: Sequence[_Line], blank: Path, fade: int) -> Iterator[Still]:
    if lines[0].first > 0:
        yield Still(0, blank, 0.0)
    for index, line in enumerate(lines):
        steps = min(fade, (line.last - line.first) // 3)
        changes = {*range(line.first, line.first + steps), *range(line.last - steps, line.last), line.first + steps}
        changes |= {frame for frame in line.begins if line.first <= frame < line.last}
        for frame in sorted(changes):
            opacity = min(1.0, (frame - line.first + 1) / (steps + 1), (line.last - frame) / (steps + 1))
            yield Still(frame, line.pictures[bisect_right(line.begins, frame) - 1], round(opacity, 3))
        if index + 1 == len(lines) or lines[index + 1].first > line.last:
            yield Still(line.last, blank, 0.0)
