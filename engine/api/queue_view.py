"""Read models of both ends of the review: the queue that waits for it, and the releases that came out of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.models import ApprovalRow, ReleaseRow, Rows
from engine.api.screen_models import QueuePlace
from engine.domain.listing import ApprovalOrder, ReleaseOrder, Wanted
from engine.domain.runs import RunState
from engine.store import lists
from engine.store.tables import artists, releases, revisions, runs


async def approvals(
    connection: AsyncConnection,
    *,
    order: ApprovalOrder = ApprovalOrder.WAITING,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    turned: bool = False,
    offset: int = 0,
    limit: int = 200,
) -> Rows[ApprovalRow]:
    """A window of the queue for review."""
    ids = await lists.approval_ids(connection, order=order, wanted=wanted, turned=turned, offset=offset, limit=limit)
    found = {row.id: _approval(row) for row in await connection.execute(_songs(ids.ids))}
    return Rows(tuple(found[each] for each in ids.ids if each in found), ids.total, ids.more, ids.guessed)


async def still_waiting(connection: AsyncConnection, run_ids: Sequence[str]) -> tuple[ApprovalRow, ...]:
    """Those of these runs that wait for review, as they are now, in no order."""
    query = _songs(run_ids).where(runs.c.state == RunState.AWAITING_REVIEW)
    return tuple(_approval(row) for row in await connection.execute(query))


def _songs(run_ids: Sequence[str]) -> Select[Any]:
    return (
        select(runs, artists.c.name.label("artist"), revisions.c.hash)
        .join(artists, artists.c.id == runs.c.artist_id)
        .join(revisions, (revisions.c.run_id == runs.c.id) & revisions.c.voided_at.is_(None))
        .where(runs.c.id.in_(run_ids))
    )


def _approval(row: Row[Any]) -> ApprovalRow:
    return ApprovalRow(
        row.id, row.id, row.artist_id, row.artist, row.title, row.waiting_since, row.waiting_reason, row.hash
    )


async def place(connection: AsyncConnection, run_id: str, stood_at: int) -> QueuePlace:
    """Where a run stands in the queue and what stands beside it; for one that has left it, beside where it stood."""
    query = select(runs.c.state, runs.c.waiting_since).where(runs.c.id == run_id)
    run = (await connection.execute(query)).one_or_none()
    number = None
    if run is not None and run.state == RunState.AWAITING_REVIEW:
        number = await lists.waiting_before(connection, run_id, run.waiting_since)

    async def at(offset: int) -> lists.Ids:
        return await lists.approval_ids(
            connection, order=ApprovalOrder.WAITING, wanted=Wanted(), offset=offset, limit=1
        )

    first = await at(0)
    if not first.ids:
        return QueuePlace()
    oldest = (await connection.execute(select(runs.c.waiting_since).where(runs.c.id == first.ids[0]))).scalar_one()
    here = stood_at if number is None else number
    (after,) = (await at((here if number is None else here + 1) % first.total)).ids
    (before,) = (await at((here - 1) % first.total)).ids
    return QueuePlace(
        first.total, oldest, number, None if before == run_id else before, None if after == run_id else after
    )


async def release_rows(
    connection: AsyncConnection,
    *,
    order: ReleaseOrder = ReleaseOrder.NEWEST,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    turned: bool = False,
    offset: int = 0,
    limit: int = 200,
) -> Rows[ReleaseRow]:
    """A window of the releases."""
    ids = await lists.release_ids(connection, order=order, wanted=wanted, turned=turned, offset=offset, limit=limit)
    query = _releases().where(releases.c.id.in_(ids.ids))
    found = {row.id: _release(row) for row in await connection.execute(query)}
    return Rows(tuple(found[each] for each in ids.ids), ids.total, ids.more, ids.guessed)


async def release_row(connection: AsyncConnection, release_id: str) -> ReleaseRow:
    """The release with this id, which exists."""
    return _release((await connection.execute(_releases().where(releases.c.id == release_id))).one())


async def release_folders(connection: AsyncConnection) -> list[Path]:
    """Where each release lies, newest first."""
    query = select(releases.c.path).order_by(releases.c.created_at.desc(), releases.c.id.desc())
    return [Path(path) for path in (await connection.execute(query)).scalars()]


def _releases() -> Select[Any]:
    named = artists.c.name.label("artist")
    return select(releases, named).join(artists, artists.c.id == releases.c.artist_id)


def _release(row: Row[Any]) -> ReleaseRow:
    return ReleaseRow(
        row.id,
        row.run_id or "",
        row.artist_id,
        row.artist,
        row.title,
        Path(row.path),
        row.created_at,
        row.manifest_sha256,
        row.album_id or "",
    )
