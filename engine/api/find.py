"""Finds things by the beginning of their id, or by their name, for people who type."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.models import NamedRow
from engine.store import search
from engine.store.album_tables import albums
from engine.store.database import Database
from engine.store.music_tables import purchases
from engine.store.repair_tables import error_groups, patches
from engine.store.tables import artists, releases, runs

_TABLES = {
    "artist": artists,
    "run": runs,
    "release": releases,
    "error": error_groups,
    "patch": patches,
    "order": purchases,
    "album": albums,
}


async def by_name(connection: AsyncConnection, typed: str, limit: int = 12) -> tuple[NamedRow, ...]:
    """Runs and artists whose names hold the words, or resemble them, nearest first, in a time that has a bound."""
    return tuple(
        NamedRow(row.kind, row.ref, row.title, row.beside)
        for row in await search.named(connection, typed.split(), limit)
    )


async def ids_with_prefix(database: Database, kind: str, prefix: str, limit: int = 9) -> list[str]:
    """Ids of this kind (a key of the table above) beginning with `prefix`; a whole id finds itself."""
    column = _TABLES[kind].c.id
    query = select(column).where(column.startswith(prefix, autoescape=True)).order_by(column).limit(limit)
    async with database.read() as connection:
        found = [str(row.id) for row in await connection.execute(query)]
    return [prefix] if prefix in found else found
