"""How many runs and artists are in each state, kept by the database as they change: reading is a handful of rows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import tallies


async def by_state(connection: AsyncConnection, kind: str) -> dict[str, int]:
    """The numbers of a kind (`run` or `artist`), by state; empty states are absent."""
    query = select(tallies.c.state, tallies.c.number).where(tallies.c.kind == kind, tallies.c.number > 0)
    return {row.state: row.number for row in await connection.execute(query)}
