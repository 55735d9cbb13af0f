"""Read models of what happened around the line: errors, notices."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.models import ErrorDetail, ErrorEvent, ErrorRow, Notice, Rows
from engine.domain.errors import NotFound
from engine.domain.listing import ErrorOrder, Wanted
from engine.store import lists
from engine.store.journal import OPEN_ERROR_STATES
from engine.store.repair_tables import error_events, error_groups
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


def _error_row(row: Row[Any]) -> ErrorRow:
    return ErrorRow(**{name: getattr(row, name) for name in ErrorRow.__dataclass_fields__})


async def error_rows(
    connection: AsyncConnection,
    *,
    order: ErrorOrder = ErrorOrder.NEWEST,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    turned: bool = False,
    offset: int = 0,
    limit: int = 200,
) -> Rows[ErrorRow]:
    """A window of the error groups."""
    ids = await lists.error_ids(connection, order=order, wanted=wanted, turned=turned, offset=offset, limit=limit)
    query = select(error_groups).where(error_groups.c.id.in_(ids.ids))
    found = {row.id: _error_row(row) for row in await connection.execute(query)}
    return Rows(tuple(found[each] for each in ids.ids), ids.total, ids.more, ids.guessed)


async def error_detail(connection: AsyncConnection, group_id: str) -> ErrorDetail:
    """One group with its newest twenty events. Raises NotFound."""
    row = (await connection.execute(select(error_groups).where(error_groups.c.id == group_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no error group {group_id!r}.", fix="See `noktvrn errors list`.")
    query = select(error_events).where(error_events.c.group_id == group_id).order_by(error_events.c.id.desc()).limit(20)
    events = tuple(
        ErrorEvent(event.at, event.run_id, event.artist_id, event.stage, event.message, event.traceback)
        for event in await connection.execute(query)
    )
    return ErrorDetail(_error_row(row), events)
