"""Read models of what happened around the line: how many errors are open, notices."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.models import Notice
from engine.store.journal import OPEN_ERROR_STATES
from engine.store.repair_tables import error_groups
from engine.store.tables import notices as notices_table


async def open_errors(connection: AsyncConnection) -> int:
    """How many error groups are open."""
    query = select(func.count()).select_from(error_groups).where(error_groups.c.state.in_(OPEN_ERROR_STATES))
    return int((await connection.execute(query)).scalar_one())


async def notices(connection: AsyncConnection) -> tuple[Notice, ...]:
    """Open notices, newest first."""
    query = (
        select(notices_table)
        .where(notices_table.c.closed_at.is_(None))
        .order_by(notices_table.c.opened_at.desc())
        .limit(50)
    )
    return tuple(
        Notice(row.id, row.incident, row.level, row.title, row.detail, row.opened_at)
        for row in await connection.execute(query)
    )
