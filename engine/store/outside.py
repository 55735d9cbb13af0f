"""What is kept about outside sources: how each does, and what it answered lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import feed
from engine.store.outside_tables import lookups, source_calls
from engine.store.tables import provider_health

RESTING, WELL = "resting", "ok"
HEALTH = "source"
"""What stands in the column `model` of a source's health."""
_KEPT = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Resting:
    """A source that is left alone: why, and until when."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as JSON, and when it was given."""

    value: Any
    at: datetime


async def resting(connection: AsyncConnection, source: str, at: datetime) -> Resting | None:
    """Whether the source is left alone now."""
    return (await all_resting(connection, at)).get(source)


async def all_resting(connection: AsyncConnection, at: datetime) -> dict[str, Resting]:
    """Every source that is left alone now, by its name."""
    query = (
        select(provider_health)
        .where(
            provider_health.c.model == HEALTH,
            provider_health.c.state == RESTING,
            provider_health.c.until > at,
        )
        .order_by(provider_health.c.provider)
    )
    return {row.provider: Resting(row.reason, row.until) for row in await connection.execute(query)}


async def note_health(
    connection: AsyncConnection, source: str, at: datetime, *, reason: str = "", until: datetime | None = None
) -> None:
    """Writes down that the source answered, or why it is left alone until then."""
    values = {"state": RESTING if until else WELL, "reason": reason, "until": until, "checked_at": at}
    await connection.execute(
        upsert(provider_health)
        .values(provider=source, model=HEALTH, **values)
        .on_conflict_do_update(index_elements=["provider", "model"], set_=values)
    )
    await feed.record(connection, "source", source)


async def note_call(connection: AsyncConnection, source: str, at: datetime, latency_ms: int, cause: str = "") -> None:
    """Writes down that the source was asked, and why it gave nothing; what is older than eight days goes."""
    await connection.execute(
        insert(source_calls).values(source=source, ok=not cause, cause=cause, latency_ms=latency_ms, at=at)
    )
    await connection.execute(delete(source_calls).where(source_calls.c.at < at - _KEPT))


async def answer_of(connection: AsyncConnection, source: str, key: str, since: datetime) -> Kept | None:
    """What the source answered to this question after `since`; None if it was not asked."""
    query = select(lookups).where(lookups.c.source == source, lookups.c.key == key, lookups.c.at > since)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Kept(row.value, row.at)


async def keep_answer(connection: AsyncConnection, source: str, key: str, value: Any, at: datetime) -> None:
    """Keeps an answer, in place of the one before; what is older than eight days goes."""
    values: Mapping[str, Any] = {"value": value, "at": at}
    await connection.execute(
        upsert(lookups)
        .values(source=source, key=key, **values)
        .on_conflict_do_update(index_elements=["source", "key"], set_=values)
    )
    await connection.execute(delete(lookups).where(lookups.c.at < at - _KEPT))
