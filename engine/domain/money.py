"""Money before it is spent: what a call may cost, the caps that hold it, and what became of a reservation.

All amounts are whole micro-dollars; a day is a UTC day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.domain.budget import dollars
from engine.domain.errors import CapReached


class Cap(StrEnum):
    """What holds a call back."""

    DAY = "day"
    ARTIST = "artist"
    RUN = "run"
    PAUSE = "pause"


class SpendState(StrEnum):
    """What became of a reservation."""

    RESERVED = "reserved"
    """The call is under way, or the process died in it: it counts in full."""
    SETTLED = "settled"
    UNKNOWN = "unknown"
    """Nobody can say whether it was billed: it counts in full."""
    RELEASED = "released"
    """The call was not made, or is known to have cost nothing."""


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that may be spent: by all in one day, by one artist in one day, by one run in its life."""

    day: int
    artist: int
    run: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One call that may cost money. `key` is its idempotency key; `amount` the most that it may cost."""

    key: str
    provider: str
    what: str
    amount: int
    run_id: str | None = None
    artist_id: str | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What counts against each cap before the call: 0 where the call has no artist or no run."""

    day: int
    artist: int
    run: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """A call's money. `fresh` is False where the key was known: the call was begun before, perhaps made."""

    key: str
    amount: int
    actual: int | None
    state: SpendState
    fresh: bool


def midnight(at: datetime) -> datetime:
    """When the UTC day of `at` began."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def check(ask: Ask, caps: Caps, spent: Spent, at: datetime) -> None:
    """Raises CapReached where the call would go over a cap. A call that costs nothing passes every cap."""
    if ask.amount <= 0:
        return
    tomorrow = midnight(at) + timedelta(days=1)
    if spent.day + ask.amount > caps.day:
        raise _reached(Cap.DAY, "the label's day", ask, caps.day, spent.day, "DAILY_BUDGET_USD", tomorrow)
    if ask.artist_id is not None and spent.artist + ask.amount > caps.artist:
        whose = f"the day of artist {ask.artist_id}"
        raise _reached(Cap.ARTIST, whose, ask, caps.artist, spent.artist, "ARTIST_DAILY_BUDGET_USD", tomorrow)
    if ask.run_id is not None and spent.run + ask.amount > caps.run:
        raise _reached(Cap.RUN, f"run {ask.run_id}", ask, caps.run, spent.run, "RUN_BUDGET_USD", None)


def paused(ask: Ask) -> CapReached:
    """The error for a call that costs money while spending is paused."""
    return CapReached(
        f"Spending is paused, and {ask.what} by {ask.provider} would cost up to {dollars(ask.amount)}.",
        fix="`noktvrn resume --scope spending` lets it go on.",
        cap=Cap.PAUSE,
        until=None,
    )


def _reached(
    cap: Cap, whose: str, ask: Ask, limit: int, spent: int, setting: str, until: datetime | None
) -> CapReached:
    when = f"It goes on by itself at {until:%Y-%m-%d %H:%M} UTC, or sooner" if until else "It goes on"
    return CapReached(
        f"{ask.what} by {ask.provider} may cost {dollars(ask.amount)}, and {dollars(spent)} of {dollars(limit)} "
        f"for {whose} are spent.",
        fix=f"{when} with a higher {setting} and a new start of the engine.",
        cap=cap,
        until=until,
    )
