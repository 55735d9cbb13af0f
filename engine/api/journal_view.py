"""Read models of what happened around the line: models, errors, notices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.models import ErrorDetail, ErrorEvent, ErrorRow, ModelRow, Notice, Rows
from engine.domain.errors import NotFound
from engine.domain.listing import ErrorOrder, Wanted
from engine.store import lists
from engine.store.journal import OPEN_ERROR_STATES
from engine.store.tables import error_events, error_groups, llm_calls, provider_health
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


async def models(connection: AsyncConnection, since: datetime) -> list[ModelRow]:
    """Every model that was called since then, with its latency quantiles."""
    query = select(llm_calls).where(llm_calls.c.at >= since).order_by(llm_calls.c.at)
    by_model: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in await connection.execute(query):
        by_model.setdefault((row.provider, row.model), []).append(row)
    health = {(row.provider, row.model): row for row in await connection.execute(select(provider_health))}
    found = []
    for (provider, model), calls in by_model.items():
        latencies = sorted(call.latency_ms for call in calls)
        failures = [call for call in calls if not call.ok]
        known = health.get((provider, model))
        found.append(
            ModelRow(
                provider=provider,
                model=model,
                state=known.state if known else ("failing" if not calls[-1].ok else "ready"),
                calls=len(calls),
                failures=len(failures),
                p50_ms=_quantile(latencies, 0.5),
                p95_ms=_quantile(latencies, 0.95),
                cost_microusd=sum(call.cost_microusd for call in calls),
                last_role=calls[-1].role,
                last_at=calls[-1].at,
                last_error=failures[-1].error if failures else "",
            )
        )
    return found


def _quantile(ascending: list[int], share: float) -> int:
    return ascending[min(len(ascending) - 1, round(share * (len(ascending) - 1)))]
