"""The change feed: every write says what it touched, so that faces repaint only what is new."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import changes

KEPT = 50_000
_RECORD = insert(changes)  # built once: every write says this


@dataclass(frozen=True, slots=True)
class Change:
    """One entry: which kind of thing changed, and which one."""

    seq: int
    kind: str
    ref: str


async def record(connection: AsyncConnection, kind: str, ref: str) -> None:
    """Says that `ref` of this kind changed, in the same transaction as the change."""
    await connection.execute(_RECORD, {"kind": kind, "ref": ref})


async def latest(connection: AsyncConnection) -> int:
    """The newest sequence number, 0 for none."""
    return int((await connection.execute(select(func.coalesce(func.max(changes.c.seq), 0)))).scalar_one())


async def since(connection: AsyncConnection, seq: int, limit: int = 1000) -> list[Change]:
    """Entries after `seq`, oldest first. A reader that fell behind the kept ones sees a gap and reads everything."""
    query = select(changes).where(changes.c.seq > seq).order_by(changes.c.seq).limit(limit)
    return [Change(row.seq, row.kind, row.ref) for row in await connection.execute(query)]


async def prune(connection: AsyncConnection) -> None:
    """Drops the oldest entries beyond `KEPT`."""
    await connection.execute(delete(changes).where(changes.c.seq <= (await latest(connection)) - KEPT))
