"""Read models of errors and their repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.models import Rows
from engine.api.repair_commands import digest_of
from engine.api.repair_models import AffectedRun, ErrorDetail, ErrorEvent, ErrorRow, PatchView, Trend
from engine.domain.error_filter import ErrorScope
from engine.domain.errors import NotFound
from engine.domain.listing import ErrorOrder
from engine.domain.repair import Cause, GroupState, PatchState, Setup, Work
from engine.domain.runs import RunState
from engine.store import control, lists, repairs
from engine.store.repair_tables import error_events, error_groups, patches
from engine.store.tables import artists, runs

EVENTS = 20
LOOKED_AT = 1_000
"""So many of the newest events are looked at for runs and providers."""
_RUNS = 20
_SIMILAR = 5
_HOUR, _DAY = 3_600, 86_400

UNKNOWN_SETUP = Setup(
    git=False,
    refused="No engine has run here yet, so nobody knows whether patches can be applied. Start one: noktvrn headless.",
    isolated=False,
)


async def error_rows(
    connection: AsyncConnection,
    *,
    order: ErrorOrder = ErrorOrder.NEWEST,
    scope: ErrorScope = ErrorScope(),  # noqa: B008 - frozen
    turned: bool = False,
    offset: int = 0,
    limit: int = 200,
) -> Rows[ErrorRow]:
    """A window of the error groups."""
    ids = await lists.error_ids(connection, order=order, scope=scope, turned=turned, offset=offset, limit=limit)
    found = {row.id: row for row in await _rows(connection, ids.ids)}
    return Rows(tuple(found[each] for each in ids.ids), ids.total, ids.more, ids.guessed)


async def error_detail(connection: AsyncConnection, group_id: str, now: datetime) -> ErrorDetail:
    """One group with its newest events and all that is known of its repair. Raises NotFound."""
    row = (await connection.execute(select(error_groups).where(error_groups.c.id == group_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no error group {group_id!r}.", fix="See `noktvrn errors list`.")
    [shown] = await _rows(connection, [group_id])
    return ErrorDetail(
        row=shown,
        diagnosis=repairs.diagnosis_of(row.diagnosis),
        diagnosed_at=row.diagnosed_at,
        patches=tuple(_without_log(_patch(each)) for each in await repairs.patches_of(connection, group_id)),
        trend=await _trend(connection, group_id, now, _HOUR, 24),
        fortnight=await _trend(connection, group_id, now, _DAY, 14),
        runs=await _affected(connection, group_id),
        provider=await _provider(connection, group_id),
        similar=await _similar(connection, row),
        setup=await setup(connection),
        events=await _events(connection, group_id),
    )


async def patch(connection: AsyncConnection, patch_id: str) -> PatchView:
    """One patch with the whole log of its trial. Raises NotFound."""
    return _patch(await repairs.patch(connection, patch_id))


async def trial_under_way(connection: AsyncConnection, patch_id: str, *, works: bool) -> str | None:
    """The command that asked for a trial of the patch and has not ended. What an ended engine was at counts for none:
    it is not gone on with."""
    for command in await control.pending_commands(connection):
        goes_on = works or command.state == "pending"
        if command.kind == "patch_trial" and command.arguments.get("patch_id") == patch_id and goes_on:
            return command.id
    return None


async def setup(connection: AsyncConnection) -> Setup:
    """What the engine said of its place; where none has yet, that."""
    return await repairs.setup(connection) or UNKNOWN_SETUP


# --- rows ---


async def _rows(connection: AsyncConnection, ids: Sequence[str]) -> list[ErrorRow]:
    if not ids:
        return []
    newest = select(patches.c.group_id, patches.c.state).where(patches.c.group_id.in_(ids))
    newest = newest.order_by(patches.c.group_id, patches.c.number)
    states = {row.group_id: row.state for row in await connection.execute(newest)}
    columns = [error_groups.c[name] for name in ErrorRow.__dataclass_fields__ if name != "patch"]
    query = select(*columns).where(error_groups.c.id.in_(ids))
    return [_row(row, states.get(row.id)) for row in await connection.execute(query)]


def _row(row: Row[Any], patch_state: str | None) -> ErrorRow:
    values = {
        **row._mapping,
        "state": GroupState(row.state),
        "cause": Cause(row.cause) if row.cause else None,
        "work": Work(row.work),
        "patch": PatchState(patch_state) if patch_state else None,
    }
    return ErrorRow(**values)


def _patch(kept: repairs.Patch) -> PatchView:
    values = {name: getattr(kept, name) for name in repairs.Patch.__dataclass_fields__}
    return PatchView(**values, digest=digest_of(kept.diff))


def _without_log(shown: PatchView) -> PatchView:
    return shown if shown.trial is None else replace(shown, trial=replace(shown.trial, log=""))


# --- what else is known of a group ---


async def _events(connection: AsyncConnection, group_id: str) -> tuple[ErrorEvent, ...]:
    columns = [error_events.c[name] for name in ErrorEvent.__dataclass_fields__]
    query = select(*columns).where(error_events.c.group_id == group_id).order_by(error_events.c.id.desc()).limit(EVENTS)
    return tuple(ErrorEvent(**row._mapping) for row in await connection.execute(query))


async def trends(connection: AsyncConnection, ids: Sequence[str], now: datetime) -> dict[str, Trend]:
    """How often each of these groups happened, by the hour over the last day."""
    return await _trends(connection, ids, now, _HOUR, 24)


async def _trend(connection: AsyncConnection, group_id: str, now: datetime, span_s: int, spans: int) -> Trend:
    return (await _trends(connection, [group_id], now, span_s, spans))[group_id]


async def _trends(
    connection: AsyncConnection, ids: Sequence[str], now: datetime, span_s: int, spans: int
) -> dict[str, Trend]:
    """Counts of the spans before now; what a clock that went back left in the future counts as now."""
    since = now - timedelta(seconds=span_s * spans)
    group_id, at = error_events.c.group_id, error_events.c.at
    number = cast((func.julianday(at) - func.julianday(since)) * _DAY / span_s, Integer).label("number")
    query = select(group_id, number, func.count()).where(group_id.in_(ids), at > since).group_by(group_id, number)
    counts = {each: [0] * spans for each in ids}
    for each, which, count in await connection.execute(query):
        counts[each][max(0, min(which, spans - 1))] += count
    return {each: Trend(since, float(span_s), tuple(found)) for each, found in counts.items()}


async def _affected(connection: AsyncConnection, group_id: str) -> tuple[AffectedRun, ...]:
    events = _newest(group_id)
    last = func.max(events.c.at).label("last")
    touched = select(events.c.run_id, last).where(events.c.run_id.is_not(None)).group_by(events.c.run_id).subquery()
    query = (
        select(runs.c.id, runs.c.title, runs.c.artist_id, artists.c.name, runs.c.state, touched.c.last)
        .join(touched, touched.c.run_id == runs.c.id)
        .join(artists, artists.c.id == runs.c.artist_id)
        .order_by(touched.c.last.desc(), runs.c.id)
        .limit(_RUNS)
    )
    return tuple(
        AffectedRun(row.id, row.title or "", row.artist_id, row.name, RunState(row.state), row.last)
        for row in await connection.execute(query)
    )


async def _provider(connection: AsyncConnection, group_id: str) -> str:
    events = _newest(group_id)
    query = select(events.c.provider).where(events.c.provider.is_not(None)).order_by(events.c.id.desc()).limit(1)
    return (await connection.execute(query)).scalar_one_or_none() or ""


def _newest(group_id: str) -> Any:
    columns = (error_events.c.id, error_events.c.run_id, error_events.c.provider, error_events.c.at)
    query = select(*columns).where(error_events.c.group_id == group_id)
    return query.order_by(error_events.c.id.desc()).limit(LOOKED_AT).subquery()


async def _similar(connection: AsyncConnection, group: Row[Any]) -> tuple[ErrorRow, ...]:
    """Of the same type first, then those that happened in the same part; the newest first."""
    found: list[str] = []
    for column, value in ((error_groups.c.type, group.type), (error_groups.c.part, group.part)):
        query = select(error_groups.c.id).where(column == value, error_groups.c.id != group.id)
        query = query.order_by(error_groups.c.last_seen.desc(), error_groups.c.id.desc()).limit(_SIMILAR)
        found += [row.id for row in await connection.execute(query) if row.id not in found]
    ids = found[:_SIMILAR]
    rows = {row.id: row for row in await _rows(connection, ids)}
    return tuple(rows[each] for each in ids)
