"""What a chat is told of trouble: open notices, runs that failed, new errors; and what is muted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import RunState
from engine.store.chat_posts import ALERT
from engine.store.chat_tables import chat_mutes, chat_posts
from engine.store.tables import artists, error_events, error_groups, notices, patches, runs

RUN_FAILED = "run.failed"
_PATCH = "patch."
_MOST = 500


@dataclass(frozen=True, slots=True)
class Alert:
    """One incident. `ref` names this opening of it, `incident` what can be muted."""

    ref: str
    incident: str
    level: str
    title: str
    detail: str
    at: datetime
    run_id: str | None = None
    error_id: str | None = None


async def standing(connection: AsyncConnection, since: datetime) -> list[Alert]:
    """Everything that is so now, oldest first; of failed runs and errors only what came after `since`."""
    found = [*await _notices(connection), *await _failed(connection, since), *await _errors(connection, since)]
    return sorted(found, key=lambda alert: alert.at)


async def _notices(connection: AsyncConnection) -> list[Alert]:
    n = notices.c
    query = select(notices).where(n.closed_at.is_(None)).order_by(n.opened_at.desc()).limit(_MOST)
    found = []
    for row in await connection.execute(query):
        found.append(Alert(f"{row.incident}|{row.id}", row.incident, row.level, row.title, row.detail, row.opened_at))
    return found


async def _failed(connection: AsyncConnection, since: datetime) -> list[Alert]:
    r = runs.c
    query = (
        select(r.id, r.version, r.attempt, r.title, r.stage, r.failure, r.updated_at, artists.c.name)
        .join(artists, artists.c.id == r.artist_id)
        .where(r.state == RunState.FAILED, r.updated_at >= since)
        .order_by(r.updated_at.desc())
        .limit(_MOST)
    )
    return [_of_run(row) for row in await connection.execute(query)]


def _of_run(row: Any) -> Alert:
    failure = row.failure or {}
    title = f"{row.title or 'A song'} by {row.name} failed in {row.stage or 'its beginning'}"
    detail = f"{failure.get('cause', '')} {failure.get('fix', '')}".strip()
    ref = f"{RUN_FAILED}|{row.id}:{row.version}:{row.attempt}"
    return Alert(ref, RUN_FAILED, "error", title, detail, row.updated_at, run_id=row.id)


async def _errors(connection: AsyncConnection, since: datetime) -> list[Alert]:
    """New groups; one whose run stands failed is told with the run. A group that comes back is told anew."""
    g = error_groups.c
    told_by_run = (
        select(error_events.c.group_id)
        .join(runs, runs.c.id == error_events.c.run_id)
        .where(runs.c.state == RunState.FAILED)
    )
    query = (
        select(error_groups)
        .where(g.state == "new", g.last_seen >= since, g.id.not_in(told_by_run))
        .order_by(g.last_seen.desc())
        .limit(_MOST)
    )
    found = []
    for row in await connection.execute(query):
        ended = select(func.count(func.distinct(chat_posts.c.ref))).where(
            chat_posts.c.kind == ALERT, chat_posts.c.closed, chat_posts.c.ref.startswith(f"error.{row.id}|")
        )
        times = int((await connection.execute(ended)).scalar_one())
        title = f"{'An error is back' if times else 'A new error'} in {row.part}: {row.type}"
        ref = f"error.{row.id}|{times}"
        found.append(Alert(ref, f"error.{row.id}", "error", title, row.message, row.last_seen, error_id=row.id))
    return found


async def diff(connection: AsyncConnection, ref: str) -> str:
    """The patch that an alert of this name tells of; empty for any other."""
    incident = ref.partition("|")[0]
    if not incident.startswith(_PATCH):
        return ""
    query = select(patches.c.diff).where(patches.c.id == incident.removeprefix(_PATCH))
    return (await connection.execute(query)).scalar_one_or_none() or ""


async def told_lately(connection: AsyncConnection, chat_id: int, incident: str, since: datetime) -> bool:
    """Whether an opening of this incident was told in the chat since the moment."""
    p = chat_posts.c
    query = (
        select(p.id)
        .where(p.chat_id == chat_id, p.kind == ALERT, p.sent_at >= since, p.ref.startswith(f"{incident}|"))
        .limit(1)
    )
    return (await connection.execute(query)).one_or_none() is not None


async def muted(connection: AsyncConnection, incidents: Sequence[str], now: datetime) -> set[str]:
    """Which of these nobody wants to hear of now."""
    query = select(chat_mutes.c.incident).where(chat_mutes.c.incident.in_(incidents), chat_mutes.c.until > now)
    return {row.incident for row in await connection.execute(query)}


async def mute(connection: AsyncConnection, incident: str, until: datetime) -> None:
    """Silences an incident, also where it ends and begins again."""
    statement = upsert(chat_mutes).values(incident=incident, until=until)
    await connection.execute(statement.on_conflict_do_update(index_elements=["incident"], set_={"until": until}))
    await connection.execute(update(notices).where(notices.c.incident == incident).values(muted_until=until))
