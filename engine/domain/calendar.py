"""When an artist releases: the beat it keeps, which days are free, what is due or late, what comes too close."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from engine.domain.errors import UsageError
from engine.domain.plurals import many

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WRITTEN = re.compile(r"(\d{1,3})\s*([dw])(?:\s+([a-z]{3})[a-z]*)?", re.IGNORECASE)
_MOST_DAYS = 366
_HORIZON = timedelta(days=3 * _MOST_DAYS)


class Unit(StrEnum):
    """What a cadence counts in."""

    DAYS = "days"
    WEEKS = "weeks"


@dataclass(frozen=True, slots=True)
class Cadence:
    """Every so many days or weeks; with `weekday` (0 is Monday) on that day. Counted from `start` on, which is itself
    the first slot, or the first such weekday after it."""

    every: int
    unit: Unit
    weekday: int | None
    start: date

    @property
    def period(self) -> timedelta:
        """From one slot to the next."""
        return timedelta(days=self.every * (7 if self.unit is Unit.WEEKS else 1))

    @property
    def first(self) -> date:
        """The first slot."""
        ahead = 0 if self.weekday is None else (self.weekday - self.start.weekday()) % 7
        return self.start + timedelta(days=ahead)

    def in_words(self) -> str:
        """Such as `every 2 weeks on Friday`."""
        unit = self.unit[:-1]
        beat = f"every {unit}" if self.every == 1 else f"every {self.every} {self.unit}"
        return beat if self.weekday is None else f"{beat} on {DAYS[self.weekday]}"


def read_cadence(text: str, start: date) -> Cadence:
    """`10d`, `2w` or `2w fri`. Raises UsageError."""
    match = _WRITTEN.fullmatch(text.strip())
    fix = "Write 10d, 2w, or 2w fri: so many days, or weeks, on a weekday."
    if match is None:
        raise UsageError(f"{text[:40]!r} is no cadence.", fix=fix)
    every, unit, day = int(match[1]), Unit.DAYS if match[2].lower() == "d" else Unit.WEEKS, match[3]
    weekday = next((number for number, name in enumerate(DAYS) if day and name[:3].lower() == day.lower()), None)
    if day and (weekday is None or unit is Unit.DAYS):
        raise UsageError(f"{text[:40]!r} is no cadence: only weeks come on a weekday.", fix=fix)
    found = Cadence(every, unit, weekday, start)
    if not timedelta(days=1) <= found.period <= timedelta(days=_MOST_DAYS):
        raise UsageError(f"{text[:40]!r} is no cadence: a day is the least, a year the most.", fix=fix)
    return found


def slots(cadence: Cadence, since: date, until: date) -> list[date]:
    """The slots from `since` to `until`, both included."""
    behind = max(0, -((cadence.first - since) // cadence.period))
    found, at = [], cadence.first + behind * cadence.period
    while at <= until:
        if at >= since:
            found.append(at)
        at += cadence.period
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """How an artist keeps its beat: the slot that is to be filled next, by how many days it is late (0: in time), and
    how many slots went by unfilled."""

    due: date
    late_days: int
    missed: int


def standing(cadence: Cadence, released: Iterable[date], today: date) -> Standing:
    """Where the beat stands after these releases. One fills every slot up to its own day."""
    last = max((day for day in released if day <= today), default=None)
    after = cadence.first if last is None or last < cadence.first else last + timedelta(days=1)
    due = slots(cadence, after, after + cadence.period)[0]
    missed = slots(cadence, due, today - timedelta(days=1))
    return Standing(due, max(0, (today - due).days), len(missed))


def free(cadence: Cadence, taken: Collection[date], today: date, count: int = 3) -> list[date]:
    """The next slots from today on that no release lies near, at most `count`. Near is less than half a period."""
    near = cadence.period / 2
    found = []
    for slot in slots(cadence, today, today + _HORIZON):
        if all(abs(slot - day) >= near for day in taken):
            found.append(slot)
            if len(found) == count:
                break
    return found


@dataclass(frozen=True, slots=True)
class Planned:
    """Something of an artist that has a day. `key` names it."""

    key: str
    day: date
    title: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Two that come too close."""

    first: Planned
    second: Planned

    def in_words(self) -> str:
        """For a person."""
        days = (self.second.day - self.first.day).days
        apart = "on the same day" if not days else f"only {many(days, 'day')} apart"
        return f"{self.first.title} and {self.second.title} come {apart}, {self.second.day.isoformat()}"


def clashes(planned: Sequence[Planned], cadence: Cadence | None) -> list[Clash]:
    """Neighbours on the same day or, where there is a beat, closer than half of it."""
    near = cadence.period / 2 if cadence else timedelta(days=1)
    ordered = sorted(planned, key=lambda each: (each.day, each.key))
    return [
        Clash(first, second)
        for first, second in pairwise(ordered)
        if second.day - first.day < near and first.key != second.key
    ]
