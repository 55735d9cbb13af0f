"""What happened since a moment. Each question costs as much as has happened since, however long the label is.

Tables with an index on their time are read from there. The others only ever grow at their end, in the order of time,
so they are read backwards by their number until an entry is older.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Row, Select, Table, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.artists import ArtistState
from engine.domain.runs import PRODUCE_STAGES, RunState, Stage
from engine.store.repair_tables import error_groups
from engine.store.tables import artist_changes, artists, audit, releases, run_stages, runs, spend

DECISIONS = ("approve", "reject", "new_version", "expire", "undo")
_STAGES = tuple(str(stage) for stage in Stage)


@dataclass(frozen=True, slots=True)
class Found:
    """How many, and the newest of them: `name` and what stands beside it."""

    count: int
    newest: tuple[tuple[str, str], ...] = ()


async def _last_before(connection: AsyncConnection, table: Table, moment: datetime) -> int:
    """The number of the last entry before the moment, found from the end; 0 for none."""
    query = select(table.c.id).where(table.c.at < moment).order_by(table.c.id.desc()).limit(1)
    return int((await connection.execute(query)).scalar_one_or_none() or 0)


async def _found(connection: AsyncConnection, count: Select[Any], newest: Select[Any]) -> Found:
    number = int((await connection.execute(count)).scalar_one())
    if not number:
        return Found(0)
    return Found(number, tuple((str(a), str(b)) for a, b in await connection.execute(newest)))


async def songs_made(connection: AsyncConnection, moment: datetime, names: int) -> Found:
    """Songs whose last stage before the review ended: title and artist."""
    made = (
        run_stages.c.stage == PRODUCE_STAGES[-1],
        run_stages.c.state == "done",
        run_stages.c.finished_at >= moment,
    )
    newest = (
        select(runs.c.title, artists.c.name)
        .join_from(run_stages, runs, runs.c.id == run_stages.c.run_id)
        .join(artists, artists.c.id == runs.c.artist_id)
        .where(*made)
        .order_by(run_stages.c.finished_at.desc())
        .limit(names)
    )
    return await _found(connection, select(func.count(run_stages.c.run_id.distinct())).where(*made), newest)


async def runs_failed(connection: AsyncConnection, moment: datetime, names: int) -> Found:
    """Runs that failed and still stand failed: title and stage."""
    failed = (
        run_stages.c.stage.in_(_STAGES),
        run_stages.c.state == "failed",
        run_stages.c.finished_at >= moment,
        runs.c.state == RunState.FAILED,
    )
    base = select(runs.c.title, run_stages.c.stage).join_from(run_stages, runs, runs.c.id == run_stages.c.run_id)
    count = select(func.count(run_stages.c.run_id.distinct())).join_from(
        run_stages, runs, runs.c.id == run_stages.c.run_id
    )
    newest = base.where(*failed).order_by(run_stages.c.finished_at.desc()).limit(names)
    return await _found(connection, count.where(*failed), newest)


async def decisions(connection: AsyncConnection, moment: datetime) -> Sequence[Row[Any]]:
    """Decisions by what, who and channel, with their number; most first."""
    number = func.count().label("number")
    parts = (audit.c.action, audit.c.actor, audit.c.actor_name, audit.c.channel)
    query = (
        select(*parts, number)
        .where(
            audit.c.id > await _last_before(connection, audit, moment),
            audit.c.at >= moment,
            audit.c.action.in_(DECISIONS),
        )
        .group_by(*parts)
        .order_by(number.desc(), audit.c.action, audit.c.actor_name)
    )
    return list(await connection.execute(query))


async def spent(connection: AsyncConnection, moment: datetime) -> int:
    """Micro-dollars; what is only reserved counts until it is known."""
    amount = func.coalesce(spend.c.actual_microusd, spend.c.reserved_microusd)
    query = select(func.coalesce(func.sum(amount), 0)).where(spend.c.at >= moment)
    return int((await connection.execute(query)).scalar_one())


async def new_errors(connection: AsyncConnection, moment: datetime, names: int) -> Found:
    """Error groups that were never seen before: message and room."""
    new = (error_groups.c.last_seen >= moment, error_groups.c.first_seen >= moment)
    newest = (
        select(error_groups.c.message, error_groups.c.part)
        .where(*new)
        .order_by(error_groups.c.first_seen.desc())
        .limit(names)
    )
    return await _found(connection, select(func.count()).select_from(error_groups).where(*new), newest)


async def packed(connection: AsyncConnection, moment: datetime, names: int) -> Found:
    """Releases: title and artist."""
    newest = (
        select(releases.c.title, artists.c.name)
        .join_from(releases, artists, artists.c.id == releases.c.artist_id)
        .where(releases.c.created_at >= moment)
        .order_by(releases.c.created_at.desc())
        .limit(names)
    )
    count = select(func.count()).select_from(releases).where(releases.c.created_at >= moment)
    return await _found(connection, count, newest)


async def born(connection: AsyncConnection, moment: datetime, names: int) -> Found:
    """Artists that were invented: name and genre."""
    newest = (
        select(artists.c.name, artists.c.genre)
        .where(artists.c.created_at >= moment)
        .order_by(artists.c.created_at.desc())
        .limit(names)
    )
    count = select(func.count()).select_from(artists).where(artists.c.created_at >= moment)
    return await _found(connection, count, newest)


async def retired(connection: AsyncConnection, moment: datetime, names: int) -> Found:
    """Artists that retired and were not brought back: name and why."""
    gone = (
        artist_changes.c.id > await _last_before(connection, artist_changes, moment),
        artist_changes.c.at >= moment,
        artist_changes.c.field == "state",
        artist_changes.c.after == literal(str(ArtistState.RETIRED), JSON),
        artists.c.state == ArtistState.RETIRED,
    )
    joined = artist_changes.join(artists, artists.c.id == artist_changes.c.artist_id)
    count = select(func.count(artist_changes.c.artist_id.distinct())).select_from(joined).where(*gone)
    newest = (
        select(artists.c.name, artist_changes.c.reason)
        .select_from(joined)
        .where(*gone)
        .order_by(artist_changes.c.id.desc())
        .limit(names)
    )
    return await _found(connection, count, newest)
