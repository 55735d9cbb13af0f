"""What happened since a moment, as one read model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import RunState
from engine.store import feed, since, tallies
from engine.store.since import Found

__all__ = ["DecidedBy", "Found", "Since", "look"]

NAMES = 5
"""So many of the newest are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """Decisions of one kind by one person (or autopilot, or policy) over one channel."""

    decision: str
    actor: str
    actor_name: str
    channel: str
    count: int


@dataclass(frozen=True, slots=True)
class Since:
    """What happened from `moment` to `until`. Money in micro-dollars.

    `made`, `packed`: title and artist. `failed`: title and stage. `errors`: message and room. `born`: name and genre.
    `retired`: name and why. `waiting` is what waits for a person now, whenever it came; `seq` the feed's newest number.
    """

    moment: datetime
    until: datetime
    made: Found
    waiting: int
    decisions: tuple[DecidedBy, ...]
    spent_microusd: int
    failed: Found
    errors: Found
    packed: Found
    born: Found
    retired: Found
    seq: int

    @property
    def anything(self) -> bool:
        """Whether there is something to tell; that things wait as before is none."""
        counted = (self.made, self.failed, self.errors, self.packed, self.born, self.retired)
        return bool(self.decisions or self.spent_microusd or any(found.count for found in counted))


async def look(connection: AsyncConnection, moment: datetime, until: datetime) -> Since:
    """All of it, as this one reading of the database sees it."""
    counts = await tallies.by_state(connection, "run")
    decided = [
        DecidedBy(row.action, row.actor, row.actor_name, row.channel, row.number)
        for row in await since.decisions(connection, moment)
    ]
    return Since(
        moment=moment,
        until=until,
        made=await since.songs_made(connection, moment, NAMES),
        waiting=counts.get(RunState.AWAITING_REVIEW, 0),
        decisions=tuple(decided),
        spent_microusd=await since.spent(connection, moment),
        failed=await since.runs_failed(connection, moment, NAMES),
        errors=await since.new_errors(connection, moment, NAMES),
        packed=await since.packed(connection, moment, NAMES),
        born=await since.born(connection, moment, NAMES),
        retired=await since.retired(connection, moment, NAMES),
        seq=await feed.latest(connection),
    )
