"""How far each foreign log file was read. Saved in the same transaction as the errors that were found up to there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.repair_tables import log_positions


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where reading goes on: bytes, after the last whole record. The file is known again by its inode and by the
    sha256 of its first `head_size` bytes and of the `tail_size` before `offset`."""

    inode: int
    offset: int
    head: str
    head_size: int
    tail: str = ""
    tail_size: int = 0


async def load(connection: AsyncConnection) -> dict[str, LogPosition]:
    """The positions by the file's name."""
    return {
        row.path: LogPosition(row.inode, row.offset, row.head, row.head_size, row.tail, row.tail_size)
        for row in await connection.execute(select(log_positions))
    }


async def save(
    connection: AsyncConnection, before: Mapping[str, LogPosition], after: Mapping[str, LogPosition], at: datetime
) -> None:
    """Turns the rows `before` into those `after`."""
    if gone := [path for path in before if path not in after]:
        await connection.execute(delete(log_positions).where(log_positions.c.path.in_(gone)))
    for path, position in after.items():
        if before.get(path) != position:
            values = {
                "inode": position.inode,
                "offset": position.offset,
                "head": position.head,
                "head_size": position.head_size,
                "tail": position.tail,
                "tail_size": position.tail_size,
                "read_at": at,
            }
            statement = upsert(log_positions).values(path=path, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=values))
