"""What the gates of the repair count, and what is due in it: figures of the whole label, and groups to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.models import Role
from engine.domain.repair import GroupState, PatchState, Work
from engine.domain.runs import ActorKind
from engine.store.repair_tables import error_events, error_groups, patches
from engine.store.tables import commands, llm_calls

CONSOLE = "console.jsonl"
"""The log of our own console, as the source of an event."""
_ROLES = (Role.ANALYST, Role.ENGINEER)


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures of the label now. `spent_today` in micro-dollars of the UTC day, `asked_at`: the last question."""

    new_groups: int
    calls_last_hour: int
    spent_today: int
    asked_at: datetime | None
    in_flight: tuple[str, ...]
    """Groups whose patch is being made, tried, applied, taken back or watched."""
    waiting: int
    """Commands of the repair that the engine left itself and that are not done."""


async def counts(connection: AsyncConnection, kinds: Sequence[str], at: datetime, cool_off_s: float) -> Counts:
    """All of it. `kinds` are the commands of the repair."""
    g, c, k = error_groups.c, llm_calls.c, commands.c
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    fresh = select(func.count()).where(g.first_seen > at - timedelta(seconds=cool_off_s))
    asked = select(func.count(), func.max(c.at)).where(c.role.in_(_ROLES), c.at > at - timedelta(hours=1))
    spent = select(func.coalesce(func.sum(c.cost_microusd), 0)).where(c.role.in_(_ROLES), c.at >= midnight)
    waiting = select(func.count()).where(
        k.kind.in_(kinds), k.state.in_(["pending", "running"]), k.actor == ActorKind.ENGINE
    )
    calls, asked_at = (await connection.execute(asked)).one()
    return Counts(
        new_groups=int((await connection.execute(fresh)).scalar_one()),
        calls_last_hour=int(calls),
        spent_today=int((await connection.execute(spent)).scalar_one()),
        asked_at=asked_at,
        in_flight=await in_flight(connection),
        waiting=int((await connection.execute(waiting)).scalar_one()),
    )


async def in_flight(connection: AsyncConnection) -> tuple[str, ...]:
    """Groups whose patch is being made, tried, applied, taken back or watched."""
    g, p = error_groups.c, patches.c
    at_work = select(g.id).where(g.work.in_([Work.PROPOSE, Work.TRIAL, Work.APPLY, Work.REVERT]))
    watched = select(p.group_id.label("id")).where(p.state == PatchState.PROBATION)
    return tuple(row.id for row in await connection.execute(at_work.union(watched)))


async def happened_with(connection: AsyncConnection, group_id: str, since: datetime) -> bool:
    """Whether the group's error happened after `since` to code that was loaded after it. A console that was open all
    the while runs the code of before; what its log does not say when it was started, counts as that, and
    so does a record without a time of its own: its log may be an old one that was dropped in just now."""
    e = error_events.c
    loaded = (e.started > since) | (e.started.is_(None) & (e.source != CONSOLE))
    query = select(e.id).where(e.group_id == group_id, e.at > since, e.dated, loaded).limit(1)
    return (await connection.execute(query)).first() is not None


async def ignored_until(connection: AsyncConnection, at: datetime) -> list[str]:
    """Groups that were to be ignored until a moment that is over."""
    g = error_groups.c
    query = select(g.id).where(g.state == GroupState.IGNORED, g.ignored_until.is_not(None), g.ignored_until <= at)
    return [row.id for row in await connection.execute(query)]


async def diagnosed_at(connection: AsyncConnection, group_id: str) -> datetime | None:
    """When the group's diagnosis was made."""
    query = select(error_groups.c.diagnosed_at).where(error_groups.c.id == group_id)
    found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return found
