"""How an artist's approval rate went: by month where there are enough months, else over the last few decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LAST = 5
"""Decisions that each point looks back on where they are not counted by month."""
MONTHS = 24
MONTHS_WORTH = 3
"""Months with decisions from which on a month is a point."""
RECENT = 60


@dataclass(frozen=True, slots=True)
class Month:
    """One month, `2026-11`, in UTC: how many were approved of how many decided."""

    month: str
    approved: int
    decided: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision by a person who looked."""

    at: datetime
    approved: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One place of the curve; `share` is None where nobody decided."""

    label: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve, oldest first, how it was counted, and how many decisions it rests on."""

    points: tuple[Point, ...]
    by_month: bool
    decisions: int


def curve(months: Sequence[Month], recent: Sequence[Verdict]) -> Curve:
    """From all months with decisions and the newest single decisions, both oldest first."""
    if len(months) >= MONTHS_WORTH:
        return _by_month(months)
    points = []
    for place, verdict in enumerate(recent):
        back = recent[max(0, place + 1 - LAST) : place + 1]
        points.append(Point(f"{verdict.at:%Y-%m-%d}", sum(one.approved for one in back) / len(back)))
    return Curve(tuple(points), by_month=False, decisions=len(recent))


def _by_month(months: Sequence[Month]) -> Curve:
    known = {month.month: month for month in months}
    last = months[-1].month
    names = [name for name in _counted_back(last, MONTHS) if name >= months[0].month]
    shown = [known[name] for name in names if name in known]
    points = tuple(Point(name, known[name].approved / known[name].decided if name in known else None) for name in names)
    return Curve(points, by_month=True, decisions=sum(month.decided for month in shown))


def _counted_back(last: str, count: int) -> list[str]:
    """`count` months that end with `last`, oldest first."""
    year, month = map(int, last.split("-"))
    ordinal = year * 12 + month - 1
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(ordinal - count + 1, ordinal + 1)]
