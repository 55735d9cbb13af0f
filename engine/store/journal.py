"""What happened around the line: language-model calls, captured errors, notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Update,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.artists import ArtistState
from engine.domain.models import PING
from engine.domain.repair import OPEN_STATES, GroupState, PatchState
from engine.domain.runs import RunState
from engine.store import feed
from engine.store.ids import new_id
from engine.store.repair_tables import error_events, error_groups, patches
from engine.store.tables import artists, llm_calls, notices, runs

OPEN_ERROR_STATES = OPEN_STATES
_ADD_CALL = insert(llm_calls)
RECOVERED = GroupState.RECOVERED
"""A group whose runs all ended well after all or were given up, or whose process lives on; the same error again opens
it anew."""


async def add_call(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Stores one language-model call, answered or not. Its money is the ledger's."""
    await connection.execute(_ADD_CALL, {"id": new_id("llm_call"), **values})
    await feed.record(connection, "llm", values["provider"])


async def failed_calls_in_a_row(connection: AsyncConnection, limit: int) -> int:
    """How many of the newest calls failed, back to the last that was answered; failed checks do not count."""
    counts = llm_calls.c.ok | (llm_calls.c.role != PING)
    query = select(llm_calls.c.ok).where(counts).order_by(llm_calls.c.at.desc()).limit(limit)
    answered = [row.ok for row in await connection.execute(query)]
    return next((index for index, ok in enumerate(answered) if ok), len(answered))


@dataclass(frozen=True, slots=True)
class CapturedError:
    """One error as captured, redacted: `frames` are `module:function` from the outermost of our own."""

    fingerprint: str
    type: str
    message: str
    part: str
    traceback: str
    frames: Sequence[str]
    run_id: str | None = None
    artist_id: str | None = None
    stage: str | None = None
    provider: str | None = None
    source: str = "engine"
    """`engine`, `crash`, or the name of the log file in which it was found."""
    tainted: bool = False
    """Its text came from outside."""
    started: datetime | None = None
    """When the process loaded its code, where another than this one met it and says so."""
    dated: bool = True
    """Whether it is known when it happened; else only when it was read in a log."""


async def add_error(
    connection: AsyncConnection, error: CapturedError, at: datetime, times: int = 1, *, first: datetime | None = None
) -> str:
    """Counts the error into its group (made or reopened here) and stores the event; returns the group's id. It happened
    `times` times of which this one is kept, from `first` on. `at` may be long ago: what is older than the group's
    newest event opens nothing anew."""
    first = min(first or at, at)
    held, last = error_groups.c.state, error_groups.c.last_seen
    newer = last <= at
    snoozed = (held == GroupState.IGNORED) & error_groups.c.ignored_until.is_not(None)
    statement = (
        upsert(error_groups)
        .values(
            id=new_id("error_group"),
            fingerprint=error.fingerprint,
            type=error.type,
            part=error.part,
            state=GroupState.NEW,
            count=times,
            first_seen=first,
            last_seen=at,
            tainted=error.tainted,
            message=error.message,
        )
        .on_conflict_do_update(
            index_elements=["fingerprint"],
            set_={
                "message": case((last <= at, literal(error.message)), else_=error_groups.c.message),
                "first_seen": func.min(error_groups.c.first_seen, literal(first, last.type)),
                "last_seen": func.max(last, literal(at, last.type)),
                "count": error_groups.c.count + times,
                "tainted": error_groups.c.tainted | error.tainted,
                "state": case(
                    ((held == RECOVERED) & newer, GroupState.NEW),
                    ((held == GroupState.RESOLVED) & newer & _of_todays_code(error.started), GroupState.REGRESSED),
                    (snoozed & (error_groups.c.ignored_until <= at), GroupState.NEW),
                    else_=held,
                ),
            },
        )
        .returning(error_groups.c.id)
    )
    group_id = str((await connection.execute(statement)).scalar_one())
    await connection.execute(
        insert(error_events).values(
            group_id=group_id,
            run_id=error.run_id,
            artist_id=error.artist_id,
            stage=error.stage,
            message=error.message,
            traceback=error.traceback,
            frames=list(error.frames),
            at=at,
            provider=error.provider,
            source=error.source,
            started=error.started,
            dated=error.dated,
        )
    )
    await feed.record(connection, "error", group_id)
    return group_id


def _of_todays_code(started: datetime | None) -> ColumnElement[bool]:
    """Whether a process that started then runs the code with every patch of the group: an open console does not."""
    if started is None:
        return true()
    p = patches.c
    later = select(p.id).where(p.group_id == error_groups.c.id, p.state == PatchState.APPLIED, p.applied_at >= started)
    return ~later.correlate(error_groups).exists()


async def open_errors_of_artist(connection: AsyncConnection, artist_id: str) -> int:
    """How many open error groups touched runs of this artist that stand failed."""
    query = (
        select(func.count(func.distinct(error_events.c.group_id)))
        .join(error_groups, error_groups.c.id == error_events.c.group_id)
        .join(runs, runs.c.id == error_events.c.run_id)
        .where(
            error_events.c.artist_id == artist_id,
            error_groups.c.state.in_(OPEN_ERROR_STATES),
            runs.c.state == RunState.FAILED,
        )
    )
    return int((await connection.execute(query)).scalar_one())


async def run_recovered(connection: AsyncConnection, run_id: str) -> None:
    """The run ended well, or was given up: its open error groups close, unless another run in them stands failed."""
    await _close(connection, error_events.c.run_id == run_id, runs.c.id != run_id)


async def artist_given_up(connection: AsyncConnection, artist_id: str) -> None:
    """The artist retired: what its failed runs fell by closes, unless a failed run of somebody else stands in it."""
    fell = select(runs.c.id).where(runs.c.artist_id == artist_id, runs.c.state == RunState.FAILED)
    await _close(connection, error_events.c.run_id.in_(fell), runs.c.artist_id != artist_id)


async def _close(connection: AsyncConnection, theirs: ColumnElement[bool], others: ColumnElement[bool]) -> None:
    """Closes the open groups of these events where no other run stands failed whose artist still works."""
    failed = (
        select(error_events.c.group_id)
        .join(runs, runs.c.id == error_events.c.run_id)
        .join(artists, artists.c.id == runs.c.artist_id)
        .where(runs.c.state == RunState.FAILED, artists.c.state != ArtistState.RETIRED, others)
    )
    statement = (
        update(error_groups)
        .where(
            error_groups.c.id.in_(select(error_events.c.group_id).where(theirs)),
            error_groups.c.id.not_in(failed),
            error_groups.c.state.in_(OPEN_ERROR_STATES),
        )
        .values(state=RECOVERED)
        .returning(error_groups.c.id)
    )
    for row in await connection.execute(statement):
        await feed.record(connection, "error", row.id)


async def parts_recovered(connection: AsyncConnection, parts: Sequence[str]) -> None:
    """What these processes fell by is over: their open error groups close."""
    statement = (
        update(error_groups)
        .where(error_groups.c.part.in_(parts), error_groups.c.state.in_(OPEN_ERROR_STATES))
        .values(state=RECOVERED)
        .returning(error_groups.c.id)
    )
    for row in await connection.execute(statement):
        await feed.record(connection, "error", row.id)


async def open_notice(
    connection: AsyncConnection, incident: str, level: str, title: str, detail: str, at: datetime
) -> bool:
    """Opens a notice unless one is open for the same incident, which then says the new words; True if it was opened
    now."""
    known = select(notices).where(notices.c.incident == incident, notices.c.closed_at.is_(None))
    if (found := (await connection.execute(known)).one_or_none()) is not None:
        if (found.level, found.title, found.detail) != (level, title, detail):
            words = {"level": level, "title": title, "detail": detail}
            await connection.execute(update(notices).where(notices.c.id == found.id).values(**words))
            await feed.record(connection, "notice", found.id)
        return False
    notice_id = new_id("notice")
    await connection.execute(
        insert(notices).values(id=notice_id, incident=incident, level=level, title=title, detail=detail, opened_at=at)
    )
    await feed.record(connection, "notice", notice_id)
    return True


async def open_incidents(connection: AsyncConnection, prefix: str) -> list[str]:
    """The incidents with this beginning that have an open notice."""
    query = select(notices.c.incident).where(notices.c.incident.startswith(prefix), notices.c.closed_at.is_(None))
    return [row.incident for row in await connection.execute(query)]


async def open_since(connection: AsyncConnection, incident: str) -> datetime | None:
    """Since when a notice of this incident is open; None if none is."""
    query = select(notices.c.opened_at).where(notices.c.incident == incident, notices.c.closed_at.is_(None))
    found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def close_notice(connection: AsyncConnection, incident: str, at: datetime) -> bool:
    """Closes the incident's open notice; True if there was one."""
    return bool(await close_notices(connection, (incident,), at))


async def close_notices(connection: AsyncConnection, incidents: Sequence[str], at: datetime) -> list[str]:
    """Closes the open notices of these incidents; returns the incidents that had one."""
    ended = {f"ended_{number}": incident for number, incident in enumerate(incidents)}
    closed = list(await connection.execute(_closing(len(incidents)), {**ended, "closed_at": at}))
    for row in closed:
        await feed.record(connection, "notice", row.id)
    return [row.incident for row in closed]


@cache
def _closing(count: int) -> Update:
    """Ends so many incidents, compiled once: it runs with every question to a model."""
    ended: list[BindParameter[str]] = [bindparam(f"ended_{number}") for number in range(count)]
    return (
        update(notices)
        .where(notices.c.incident.in_(ended), notices.c.closed_at.is_(None))
        .values(closed_at=bindparam("closed_at"))
        .returning(notices.c.id, notices.c.incident)
    )
