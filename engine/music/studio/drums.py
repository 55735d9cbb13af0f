"""The drummer: grooves by intensity, fills before a section changes, cymbals where one begins, builds and effects."""

from __future__ import annotations

import random
from collections.abc import Sequence

from engine.domain.song import SectionKind
from engine.music.studio.dice import Dice
from engine.music.studio.grooves import Bar, Groove, groove
from engine.music.studio.score import Hit, ScoredSection
from engine.music.studio.styles import Style

_STRENGTH = {"X": 1.0, "x": 0.8, "o": 0.56, "g": 0.3}
_STEP = 0.25
_QUIET_STARTS = (SectionKind.INTRO, SectionKind.OUTRO, SectionKind.BRIDGE)


def play_drums(
    sections: Sequence[ScoredSection], style: Style, genre: str, beats_per_bar: int, dice: Dice
) -> list[Hit]:
    """Every stroke of the kit and every effect, on the written grid."""
    chart, rng = groove(genre), dice.stream("drums")
    hits: list[Hit] = []
    for index, section in enumerate(sections):
        following = sections[index + 1] if index + 1 < len(sections) else None
        hits += _section(section, following, chart, style, beats_per_bar, rng)
    return sorted(hits, key=lambda hit: (hit.beat, hit.piece))


def _section(
    section: ScoredSection,
    following: ScoredSection | None,
    chart: Groove,
    style: Style,
    beats_per_bar: int,
    rng: random.Random,
) -> list[Hit]:
    plan, level = section.plan, section.drums
    hits: list[Hit] = []
    first = plan.start_bar * beats_per_bar
    rises = following is not None and following.plan.energy > plan.energy + 0.1
    for bar in range(plan.bars):
        start = float(first + bar * beats_per_bar)
        last = bar == plan.bars - 1
        if level:
            pattern = _pattern(chart.levels[level - 1], bar)
            fill = _fill(
                chart, level, last=last and following is not None and not section.gap, phrase_end=bar % 4 == 3, rng=rng
            )
            hits += _bar_hits(pattern, fill, start, beats_per_bar, 0.72 + 0.28 * plan.energy, rng)
        if bar == 0 and level >= 2 and plan.kind not in _QUIET_STARTS and chart.opener:
            hits.append(Hit(chart.opener, start, 0.75 + 0.2 * plan.energy))
    hits = [hit for hit in hits if section.sounds_at(hit.beat, beats_per_bar)]
    if rises and following and following.drums >= 2 and plan.bars >= 2:
        hits += _build(section, following, style, beats_per_bar)
    return hits


def _pattern(bars: tuple[Bar, ...], bar: int) -> Bar:
    return bars[bar % len(bars)]


def _fill(chart: Groove, level: int, *, last: bool, phrase_end: bool, rng: random.Random) -> Bar | None:
    """A fill where the section ends; now and then a short one where a phrase ends."""
    chance = rng.random()
    chosen = rng.choice(chart.fills)
    if last:
        return chosen
    if phrase_end and level >= 2 and chance < 0.3:
        return min(chart.fills, key=lambda fill: len(next(iter(fill.values()))))
    return None


def _bar_hits(
    pattern: Bar, fill: Bar | None, start: float, beats_per_bar: int, force: float, rng: random.Random
) -> list[Hit]:
    steps = beats_per_bar * 4
    fill_from = steps - max(map(len, fill.values())) if fill else steps
    hits: list[Hit] = []
    for piece, text in pattern.items():
        for step, sign in enumerate(text[:steps]):
            if step < fill_from and sign != ".":
                hits += _strokes(piece, sign, start + step * _STEP, force, rng)
    for piece, text in (fill or {}).items():
        offset = steps - len(text)
        for step, sign in enumerate(text):
            if sign != "." and offset + step >= 0:
                swell = 0.8 + 0.2 * step / len(text)
                hits += _strokes(piece, sign, start + (offset + step) * _STEP, force * swell, rng)
    return hits


def _strokes(piece: str, sign: str, beat: float, force: float, rng: random.Random) -> list[Hit]:
    if sign in _STRENGTH:
        spread = 0.03 if piece in ("kick", "snare", "clap") else 0.09
        velocity = _STRENGTH[sign] * force * (1 + rng.uniform(-spread, spread))
        return [Hit(piece, beat, min(1.0, velocity))]
    count, length = {"r": (2, _STEP), "t": (3, 2 * _STEP)}[sign]
    return [Hit(piece, beat + i * length / count, min(1.0, (0.55 + 0.12 * i) * force)) for i in range(count)]


def _build(section: ScoredSection, following: ScoredSection, style: Style, beats_per_bar: int) -> list[Hit]:
    """What leads into a bigger section: a riser or a roll over the last two bars, an impact on its first beat."""
    plan = section.plan
    end = float((plan.start_bar + plan.bars) * beats_per_bar)
    length = float(min(4, plan.bars) * beats_per_bar)
    if style.build == "roll":
        return [
            *_roll(end - length, length - section.gap),
            Hit("riser", end - length, 0.7, seconds=length),
            Hit("impact", end, 0.9),
        ]
    if style.build == "riser":
        return [Hit("riser", end - length, 0.5 + 0.4 * following.plan.energy, seconds=length), Hit("impact", end, 0.8)]
    if style.build == "toms":
        return [Hit("reverse", end - beats_per_bar, 0.7, seconds=float(beats_per_bar)), Hit("impact", end, 0.5)]
    return []


def _roll(start: float, length: float) -> list[Hit]:
    """A snare roll that doubles its pace half way and grows to the end."""
    hits, beat = [], start
    while beat < start + length - 1e-6:
        share = (beat - start) / length
        hits.append(Hit("snare", beat, 0.25 + 0.55 * share))
        beat += 0.5 if share < 0.5 else 0.25
    return hits
