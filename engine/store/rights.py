"""Overrides of rights blocks and declarations of releases as rows: one of a kind for each release, the newest."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.rights import Override
from engine.domain.runs import Actor
from engine.store import actors, feed
from engine.store.rights_tables import release_declarations, rights_overrides


async def override(connection: AsyncConnection, release_id: str, given: Override, actor: Actor) -> None:
    """Keeps an override; one of the same kind that was given for other facts is replaced."""
    values = {
        "digest": given.digest,
        "reason": given.reason,
        "name": given.name,
        "actor": actor.kind,
        "channel": actor.channel,
        "at": given.at,
    }
    await connection.execute(
        upsert(rights_overrides)
        .values(release_id=release_id, block=given.kind, **values)
        .on_conflict_do_update(index_elements=["release_id", "block"], set_=values)
    )
    await feed.record(connection, "release", release_id)


async def overrides_of(connection: AsyncConnection, release_id: str) -> list[Override]:
    """The overrides of a release, oldest first; whether one still counts says `engine.domain.rights.open_blocks`."""
    columns = rights_overrides.c
    query = select(rights_overrides).where(columns.release_id == release_id).order_by(columns.at, columns.block)
    return [Override(row.block, row.digest, row.reason, row.name, row.at) for row in await connection.execute(query)]


async def declare(
    connection: AsyncConnection, release_id: str, name: str, value: str, actor: Actor, at: datetime
) -> None:
    """Keeps an answer for a release; it counts for each of its deliveries."""
    values = {"value": value, **actors.columns(actor), "at": at}
    await connection.execute(
        upsert(release_declarations)
        .values(release_id=release_id, name=name, **values)
        .on_conflict_do_update(index_elements=["release_id", "name"], set_=values)
    )
    await feed.record(connection, "release", release_id)


async def declared_of(connection: AsyncConnection, release_id: str) -> dict[str, str]:
    """What was declared of a release, by name."""
    query = select(release_declarations.c.name, release_declarations.c.value).where(
        release_declarations.c.release_id == release_id
    )
    return {row.name: row.value for row in await connection.execute(query)}
