"""Which part of a track a teaser and a canvas show: whole bars around its chorus, in frames."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.domain.clips import CANVAS_S, TEASER_S
from engine.domain.song import Section, SectionKind, Timeline

_TEASER_LEAST_S, _TEASER_MOST_S = TEASER_S
_CANVAS_LEAST_S, _CANVAS_MOST_S = CANVAS_S
_BARS_OF_A_LOOP = (4, 2, 8, 1, 3, 6)
_LOOP_S = 6.0
_NEAR = 8
"""How many bars a teaser's start may move to meet a line."""
_AHEAD_S = 0.06
"""A line may begin this much before its bar, and end this much after one."""


@dataclass(frozen=True, slots=True)
class Span:
    """Frames from `first` to `last` (not included)."""

    first: int
    last: int

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.last - self.first


def chorus(timeline: Timeline) -> Section | None:
    """The chorus with the most energy, the first of equals; without one, the section with the most."""
    choruses = [section for section in timeline.sections if section.kind is SectionKind.CHORUS]
    return max(choruses or timeline.sections, key=lambda section: section.energy, default=None)


def teaser(timeline: Timeline, *, frames: int, fps: int) -> Span:
    """The chorus: cut after whole bars where it is long; with the bars before it, then after it, where it is short.

    15 to 30 seconds where the track has as many; both ends on bar lines where bars are known, the start at a bar in
    which a line begins where there is one near.
    """
    bars = _Bars(timeline, frames, fps)
    section = chorus(timeline)
    middle = round(section.start * fps) if section else frames * 2 // 5
    first = min(range(len(bars.edges)), key=lambda place: abs(bars.edges[place] - middle))
    last = first
    end = round(section.end * fps) if section else frames
    while last + 1 < len(bars.edges) and bars.edges[last + 1] <= end + 1 and bars.fits(first, last + 1):
        last += 1
    while bars.short(first, last):
        if first > 0 and bars.fits(first - 1, last):
            first -= 1
        elif last + 1 < len(bars.edges) and bars.fits(first, last + 1):
            last += 1
        else:
            break
    first, last = _at_a_line(timeline, bars, first, last)
    if bars.short(first, last):
        return Span(0, min(frames, round(_TEASER_MOST_S * fps)))  # few bars are known: too little of the track
    return Span(bars.edges[first], bars.end(last))


class _Bars:
    """Frames at which bars begin, and where the last whole one ends; every second where no bars are known."""

    def __init__(self, timeline: Timeline, frames: int, fps: int) -> None:
        self.edges = _edges(timeline, frames, fps)
        self.fps = fps
        self._frames = frames

    def end(self, place: int) -> int:
        """Where a span that ends on this bar line is cut: pictures see the beat of the next bar a frame ahead."""
        return before_the_beat(self.edges[place], self._frames)

    def fits(self, first: int, last: int) -> bool:
        return self.end(last) - self.edges[first] <= _TEASER_MOST_S * self.fps

    def short(self, first: int, last: int) -> bool:
        return self.end(last) - self.edges[first] < min(_TEASER_LEAST_S * self.fps, self._frames)


def before_the_beat(edge: int, frames: int) -> int:
    """The end of a span that stops at a bar line in frame `edge`; the track's own end stays."""
    return edge - 1 if 1 < edge < frames else edge


def _at_a_line(timeline: Timeline, bars: _Bars, first: int, last: int) -> tuple[int, int]:
    """The span moved, by as few bars as may be, such that it begins where a line does; else where none is sung."""
    near = sorted(
        range(max(0, first - _NEAR), min(len(bars.edges) - 1, first + _NEAR + 1)), key=lambda p: abs(p - first)
    )
    for good in (_opens, _free):
        for place in near:
            if not good(timeline, bars.edges[place] / bars.fps):
                continue
            end = max(last, place)
            while end > place and not bars.fits(place, end):
                end -= 1
            while bars.short(place, end) and end + 1 < len(bars.edges) and bars.fits(place, end + 1):
                end += 1
            if not bars.short(place, end):
                return place, end
    return first, last


def _free(timeline: Timeline, at: float) -> bool:
    """Whether no line is being sung at that second."""
    return not any(cue.start < at - _AHEAD_S and cue.end > at + _AHEAD_S for cue in timeline.cues)


def _opens(timeline: Timeline, at: float) -> bool:
    """Whether the bar that begins at that second is one in which a line begins, and none goes on into it."""
    bar = 60.0 / timeline.tempo_bpm * timeline.beats_per_bar if timeline.tempo_bpm > 0 else 1.0
    return _free(timeline, at) and any(at - _AHEAD_S <= cue.start < at + bar - _AHEAD_S for cue in timeline.cues)


def canvas(timeline: Timeline, *, frames: int, fps: int, fade: int) -> Span:
    """Whole bars from the start of the chorus, 3 to 8 seconds; `fade` frames are left after them where possible.

    It stops a frame early, or the last picture would have the beat that the first one is to bring.
    """
    bar = 60.0 / timeline.tempo_bpm * timeline.beats_per_bar if timeline.tempo_bpm > 0 else 0.0
    lengths = (bars * bar for bars in _BARS_OF_A_LOOP)
    seconds = next((length for length in lengths if _CANVAS_LEAST_S <= length <= _CANVAS_MOST_S), _LOOP_S)
    count = min(round(seconds * fps) - 1, int(_CANVAS_MOST_S * fps), max(1, frames - fade))
    count = max(count, min(math.ceil(_CANVAS_LEAST_S * fps), max(1, frames - fade)))
    section = chorus(timeline)
    first = round(section.start * fps) if section else frames * 2 // 5
    first = max(0, min(first, frames - count - fade))
    return Span(first, first + count)


def _edges(timeline: Timeline, frames: int, fps: int) -> list[int]:
    """Frames at which bars begin, and where the last whole one ends; every second where no bars are known."""
    bars = list(timeline.bars)
    if len(bars) < 2:
        return list(range(0, frames + 1, fps))
    bars.append(bars[-1] + (bars[-1] - bars[-2]))
    return sorted({frame for bar in bars if 0 <= (frame := round(bar * fps)) <= frames})
