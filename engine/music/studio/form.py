"""Fits a song's sections to the asked duration: how many bars each line takes, and where instruments play alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.domain.errors import UsageError
from engine.domain.prosody import line_stresses, line_syllables
from engine.domain.song import Lyrics, LyricSection, MusicBrief, SectionKind
from engine.music.studio.score import PlannedSection, SungLine
from engine.music.studio.styles import Style

MIN_SECONDS, MAX_SECONDS = 20.0, 300.0
_FASTEST = 7.0  # syllables a second
_LINE_BARS = (1, 2, 4, 8)
_LONG = {SectionKind.INTRO: 8, SectionKind.BREAK: 12, SectionKind.OUTRO: 12}
"""Bars from which a part without words is divided."""
_SUNG = (SectionKind.VERSE, SectionKind.CHORUS, SectionKind.BRIDGE)


@dataclass(frozen=True, slots=True)
class Form:
    """Sections in order, and the bars before the last chord rings out."""

    sections: tuple[PlannedSection, ...]
    bars: int


@dataclass(frozen=True, slots=True)
class _Sung:
    """A sung section before it has its place: lines as (text, syllables, stresses), bars for each line."""

    kind: SectionKind
    lines: tuple[tuple[str, tuple[str, ...], tuple[bool, ...]], ...]
    line_bars: int = 1

    @property
    def bars(self) -> int:
        return len(self.lines) * self.line_bars


def plan_form(brief: MusicBrief, style: Style, beats_per_bar: int) -> Form:
    """The form of the piece.

    Lyrics that cannot be sung in the time lose whole sections first (bridge, then repeats), then lines from the ends
    of sections. Raises UsageError for a duration out of range or lyrics without a syllable.
    """
    if not MIN_SECONDS <= brief.duration_s <= MAX_SECONDS:
        raise UsageError(
            f"A track of {brief.duration_s:g} s cannot be composed.",
            fix=f"Ask for {MIN_SECONDS:.0f} to {MAX_SECONDS:.0f} seconds.",
        )
    bar_s = 60.0 / brief.tempo_bpm * beats_per_bar
    total = max(2, math.floor((brief.duration_s - style.tail_s) / bar_s))
    sections = _readable(brief.lyrics)
    if not sections:
        raise UsageError("The lyrics hold no line to sing.", fix="Write at least one verse or chorus with words.")
    for shorter in _shorter_and_shorter(sections):
        chosen = _choose_pace(shorter, style, beats_per_bar, bar_s, total)
        if chosen:
            return Form(_lay_out(chosen, style, beats_per_bar, total, bar_s, brief.energy), total)
    raise UsageError(
        f"No line of the lyrics can be sung in {brief.duration_s:g} s at {brief.tempo_bpm} bpm.",
        fix="Shorten the lines or ask for a longer track.",
    )


def _readable(lyrics: Lyrics) -> list[_Sung]:
    found = []
    for section in lyrics.sections:
        lines = [(line, line_syllables(line), line_stresses(line)) for line in _words(section)]
        sung = tuple(line for line in lines if line[1])
        kind = section.kind if section.kind in _SUNG else SectionKind.VERSE
        if sung:
            found.append(_Sung(kind, sung))
    return found


def _words(section: LyricSection) -> Iterator[str]:
    return (line.strip() for line in section.lines if any(char.isalnum() for char in line))


def _shorter_and_shorter(sections: list[_Sung]) -> Iterator[list[_Sung]]:
    """All of it, then less and less of it, down to one line; a chorus is kept as long as possible."""
    yield sections
    current = [section for section in sections if section.kind is not SectionKind.BRIDGE] or sections
    yield current
    while len(current) > 2:
        current = current[:-2] if len(current) > 3 else current[:2]
        yield current
    halves = [replace(s, lines=s.lines[: max(1, (len(s.lines) + 1) // 2)]) for s in current]
    yield [halves[0], *current[1:]]
    yield halves
    chorus = next((section for section in current if section.kind is SectionKind.CHORUS), current[-1])
    for count in range(len(chorus.lines), 0, -1):
        yield [replace(chorus, lines=chorus.lines[:count])]


def _choose_pace(
    sections: Sequence[_Sung], style: Style, beats_per_bar: int, bar_s: float, total: int
) -> list[_Sung] | None:
    """Bars for a line, by kind of section: near the genre's pace, leaving instruments their share; None: too tight."""
    kinds = list(dict.fromkeys(section.kind for section in sections))
    best: tuple[float, list[_Sung]] | None = None
    for pace in itertools.product(_LINE_BARS, repeat=len(kinds)):
        by_kind = dict(zip(kinds, pace, strict=True))
        tried = [replace(s, line_bars=_at_least(s, by_kind[s.kind], beats_per_bar, bar_s)) for s in sections]
        sung = sum(section.bars for section in tried)
        if sung > total - (1 if total > 5 else 0):
            continue
        cost = sum(_strain(section, bar_s, style) for section in tried) / len(tried)
        cost += 2.5 * abs((total - sung) / total - style.instrumental)
        if best is None or cost < best[0] - 1e-9:
            best = (cost, tried)
    return best[1] if best else None


def _at_least(section: _Sung, line_bars: int, beats_per_bar: int, bar_s: float) -> int:
    """`line_bars`, or more where a line would have to be gabbled."""
    longest = max(len(syllables) for _, syllables, _ in section.lines)
    while not fits(longest, line_bars * beats_per_bar, bar_s / beats_per_bar):
        line_bars *= 2
    return line_bars


def fits(syllables: int, beats: float, beat_s: float) -> bool:
    """Whether so many syllables can be sung in `beats` with a breath at the end."""
    window = (beats - breath(beats)) * beat_s
    return syllables <= window * _FASTEST and syllables <= (beats - breath(beats)) * 4


def breath(beats: float) -> float:
    """Beats of rest that belong to the end of a line of `beats`."""
    return 0.5 if beats <= 4 else 1.0


def _strain(section: _Sung, bar_s: float, style: Style) -> float:
    """How far the lines' pace is from the comfortable one, in octaves; hurry costs more than ease, dragging most."""
    count = sum(len(syllables) for _, syllables, _ in section.lines) / len(section.lines)
    octaves = math.log2(count / (0.85 * section.line_bars * bar_s) / style.line_rate)
    return 1.7 * octaves if octaves > 0 else -octaves + 5.0 * max(0.0, -octaves - 0.7)


def _halves(kind: SectionKind, bars: int) -> tuple[int, ...]:
    """Long instrumental parts in two: an intro builds up, a break falls back and returns, an outro thins out."""
    if bars < _LONG[kind]:
        return (bars,)
    first = bars // 8 * 4
    return first, bars - first


@dataclass(frozen=True, slots=True)
class _Gap:
    """A place between (or around) the sung sections where instruments may play: `before` counts sung sections."""

    kind: SectionKind
    before: int
    weight: float
    most: int


def _lay_out(
    sung: Sequence[_Sung], style: Style, beats_per_bar: int, total: int, bar_s: float, energy: float
) -> tuple[PlannedSection, ...]:
    spare = total - sum(section.bars for section in sung)
    gaps = _gaps(sung, style, bar_s)
    bars = _share_out(spare, gaps)
    order: list[tuple[SectionKind, _Sung | None, int]] = []
    for position in range(len(sung) + 1):
        for gap, count in zip(gaps, bars, strict=True):
            if gap.before == position and count:
                order += [(gap.kind, None, part) for part in _halves(gap.kind, count)]
        if position < len(sung):
            order.append((sung[position].kind, sung[position], sung[position].bars))
    return _number(order, beats_per_bar, energy)


def _gaps(sung: Sequence[_Sung], style: Style, bar_s: float) -> list[_Gap]:
    """Intro, outro, and a break after each chorus that something follows."""
    longest = max(4, 4 * round(22 / bar_s / 4))  # about 22 seconds alone, no more
    gaps = [_Gap(SectionKind.INTRO, 0, 1.0, longest)]
    choruses = [at for at, section in enumerate(sung) if section.kind is SectionKind.CHORUS]
    for at in choruses:
        if at + 1 < len(sung):
            last = at == choruses[-2] if len(choruses) > 1 else False
            gaps.append(_Gap(SectionKind.BREAK, at + 1, 1.1 if last else 0.7, max(longest, style.break_bars)))
    if not choruses and len(sung) > 1:
        gaps.append(_Gap(SectionKind.BREAK, len(sung) // 2, 0.8, longest))
    gaps.append(_Gap(SectionKind.OUTRO, len(sung), 0.9, longest))
    return gaps


def _share_out(spare: int, gaps: Sequence[_Gap]) -> list[int]:
    """Shares the spare bars in fours, then twos, then ones: intro first, then the heaviest gap that has least."""
    bars = [0] * len(gaps)
    intro, outro = 0, len(gaps) - 1
    for size in (4, 2, 1):
        while spare >= size:
            if size == 4 and spare < 4 + 2 * sum(b == 0 for b in (bars[intro], bars[outro])):
                break  # keep a little for the beginning and the end
            open_gaps = [i for i, gap in enumerate(gaps) if bars[i] + size <= gap.most] or list(range(len(gaps)))
            small = [i for i in (intro, outro) if bars[i] == 0]
            pool = small if size < 4 and small else open_gaps if size > 1 else [outro]
            chosen = min(pool, key=lambda i: ((bars[i] + size) / gaps[i].weight, i))
            bars[chosen] += size
            spare -= size
    return bars


def _number(
    order: Sequence[tuple[SectionKind, _Sung | None, int]], beats_per_bar: int, energy: float
) -> tuple[PlannedSection, ...]:
    kinds = [kind for kind, _, _ in order]
    planned: list[PlannedSection] = []
    start = 0
    for index, (kind, sung, bars) in enumerate(order):
        nth = kinds[:index].count(kind)
        lines: list[SungLine] = []
        if sung:
            beats = float(sung.line_bars * beats_per_bar)
            first = float(start * beats_per_bar)
            lines = [
                SungLine(text, syllables, stresses, first + at * beats, beats)
                for at, (text, syllables, stresses) in enumerate(sung.lines)
            ]
        last = kind not in kinds[index + 1 :]
        falls = kind is SectionKind.BREAK and kinds[index + 1 : index + 2] == [SectionKind.BREAK]
        level = 0.6 * energy if falls else _energy(kind, nth, index / max(1, len(order) - 1), last=last, asked=energy)
        planned.append(PlannedSection(kind, nth, start, bars, level, last, tuple(lines)))
        start += bars
    return tuple(planned)


def _energy(kind: SectionKind, nth: int, position: float, *, last: bool, asked: float) -> float:
    base = {
        SectionKind.INTRO: 0.3,
        SectionKind.VERSE: 0.5,
        SectionKind.CHORUS: 0.82,
        SectionKind.BRIDGE: 0.45,
        SectionKind.BREAK: 0.72,
        SectionKind.OUTRO: 0.34,
    }[kind]
    growth = 0.06 * min(nth, 2) + (0.08 if kind is SectionKind.CHORUS and last and position > 0.5 else 0.0)
    return round(min(1.0, (base + growth) * (0.72 + 0.4 * asked)), 3)
