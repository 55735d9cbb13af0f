"""Which part of a track a teaser and a canvas show: whole bars around its chorus, in frames."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.song import Section, SectionKind, Timeline

TEASER_LEAST_S, TEASER_MOST_S = 15.0, 30.0
CANVAS_LEAST_S, CANVAS_MOST_S = 3.0, 8.0
_BARS_OF_A_LOOP = (4, 2, 8, 1, 3, 6)
_LOOP_S = 6.0


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

    15 to 30 seconds where the track has as many; both ends on bar lines where bars are known.
    """
    edges = _edges(timeline, frames, fps)
    section = chorus(timeline)
    middle = round(section.start * fps) if section else frames * 2 // 5
    first = min(range(len(edges)), key=lambda place: abs(edges[place] - middle))
    last = first
    end = round(section.end * fps) if section else frames
    while last + 1 < len(edges) and edges[last + 1] <= end + 1 and _fits(edges, first, last + 1, fps):
        last += 1
    while edges[last] - edges[first] < TEASER_LEAST_S * fps:
        if first > 0 and _fits(edges, first - 1, last, fps):
            first -= 1
        elif last + 1 < len(edges) and _fits(edges, first, last + 1, fps):
            last += 1
        else:
            break
    if edges[last] - edges[first] < min(TEASER_LEAST_S * fps, frames):
        return Span(0, min(frames, round(TEASER_MOST_S * fps)))  # few bars are known: too little of the track
    return Span(edges[first], edges[last])


def canvas(timeline: Timeline, *, frames: int, fps: int, fade: int) -> Span:
    """Whole bars from the start of the chorus, 3 to 8 seconds; `fade` frames are left after them where possible."""
    bar = 60.0 / timeline.tempo_bpm * timeline.beats_per_bar if timeline.tempo_bpm > 0 else 0.0
    lengths = (bars * bar for bars in _BARS_OF_A_LOOP)
    seconds = next((length for length in lengths if CANVAS_LEAST_S <= length <= CANVAS_MOST_S), _LOOP_S)
    count = min(round(seconds * fps), int(CANVAS_MOST_S * fps), max(1, frames - fade))
    section = chorus(timeline)
    first = round(section.start * fps) if section else frames * 2 // 5
    first = max(0, min(first, frames - count - fade))
    return Span(first, first + count)


def _fits(edges: list[int], first: int, last: int, fps: int) -> bool:
    return edges[last] - edges[first] <= TEASER_MOST_S * fps


def _edges(timeline: Timeline, frames: int, fps: int) -> list[int]:
    """Frames at which bars begin, and where the last whole one ends; every second where no bars are known."""
    bars = list(timeline.bars)
    if len(bars) < 2:
        return list(range(0, frames + 1, fps))
    bars.append(bars[-1] + (bars[-1] - bars[-2]))
    return sorted({frame for bar in bars if 0 <= (frame := round(bar * fps)) <= frames})
