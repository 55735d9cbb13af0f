"""Trends: how fast a term rises or falls against what is usual for it, and what several sources say together.

A score runs from -1 to 1: 0 is as usual, 0.76 twice the usual, -0.76 half of it. Confidence runs from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SCORE_HALF_LIFE = timedelta(hours=36)
"""A score says less the older it is."""
BASELINE_HALF_LIFE = timedelta(days=7)
TOO_OLD = timedelta(days=5)
_ENOUGH = 8
"""Earlier readings that make a baseline one to rely on."""
_LEAST = 3
NOTICED = 0.08
"""Score times confidence from which on a rising term leads a song."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source said of one term at one time.

    `value` is in the source's own unit (posts a day, share of a chart); `baseline` is what is usual, None while nobody
    knows. `score` and `confidence` follow from them.
    """

    source: str
    term: str
    value: float
    baseline: float | None
    score: float
    confidence: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Trend:
    """What all sources together say of a term now; `sources` are those that said something."""

    term: str
    score: float
    confidence: float
    sources: tuple[str, ...]

    @property
    def weight(self) -> float:
        """How much it counts: a score that nobody vouches for counts nothing."""
        return self.score * self.confidence


def reading(
    source: str, term: str, value: float, earlier: Sequence[tuple[datetime, float]], at: datetime, *, floor: float
) -> Reading:
    """A chart's value against the earlier ones of the same term. `floor` is a value that is as good as none there."""
    baseline = baseline_of(earlier, at)
    if baseline is None:
        return Reading(source, term, value, None, 0.0, 0.0, at)
    sure = min(1.0, len(earlier) / _ENOUGH) * (1.0 if max(value, baseline) > floor else 0.4)
    return Reading(source, term, value, baseline, velocity(value, baseline, floor), sure, at)


def counted(source: str, term: str, daily: Sequence[float], at: datetime, *, floor: float) -> Reading:
    """A term whose counts by day are known, oldest first, the last being the day that has just passed."""
    if len(daily) < _LEAST:
        return Reading(source, term, daily[-1] if daily else 0.0, None, 0.0, 0.0, at)
    days = len(daily) - 1
    history = [(at - timedelta(days=days - place), count) for place, count in enumerate(daily[:-1])]
    baseline = baseline_of(history, at)
    assert baseline is not None
    volume = sum(daily)
    return Reading(
        source, term, daily[-1], baseline, velocity(daily[-1], baseline, floor), volume / (volume + 20 * floor), at
    )


def velocity(value: float, baseline: float, floor: float) -> float:
    """-1..1 from the ratio of the two. `floor` keeps small numbers from looking like news."""
    return math.tanh(math.log2((max(0.0, value) + floor) / (max(0.0, baseline) + floor)))


def baseline_of(earlier: Sequence[tuple[datetime, float]], at: datetime) -> float | None:
    """The mean of earlier values, newer ones weighing more; None where there are too few."""
    if len(earlier) < _LEAST:
        return None
    weights = [_halved(at - when, BASELINE_HALF_LIFE) for when, _ in earlier]
    return sum(weight * value for weight, (_, value) in zip(weights, earlier, strict=True)) / sum(weights)


def combined(term: str, readings: Mapping[str, Reading], asked: int, now: datetime) -> Trend:
    """The newest reading of each source, by how sure and how fresh it is. `asked` counts the sources that are switched
    on: each that says nothing lowers the confidence."""
    weights = {
        source: found.confidence * _halved(now - found.at, SCORE_HALF_LIFE)
        for source, found in readings.items()
        if now - found.at <= TOO_OLD
    }
    total = sum(weights.values())
    if total <= 0 or asked <= 0:
        return Trend(term, 0.0, 0.0, ())
    score = sum(weight * readings[source].score for source, weight in weights.items()) / total
    named = tuple(sorted(source for source, weight in weights.items() if weight > 0))
    return Trend(term, round(score, 3), round(min(1.0, total / asked), 3), named)


def leading(trends: Sequence[Trend]) -> Trend | None:
    """The term that rises most, None where none is worth mentioning."""
    best = max(trends, key=lambda trend: (trend.weight, trend.term), default=None)
    return best if best is not None and best.weight >= NOTICED else None


def _halved(age: timedelta, half_life: timedelta) -> float:
    return float(0.5 ** max(0.0, age / half_life))
