"""What a chat is told of trouble: open notices, runs that failed, new errors; and what is muted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.delivery import Declaration, DeliveryState
from engine.domain.repair import OPEN_STATES, GroupState
from engine.domain.runs import RunState, Stage
from engine.store.chat_posts import ALERT
from engine.store.chat_tables import chat_mutes, chat_posts
from engine.store.delivery_tables import deliveries, targets
from engine.store.repair_tables import error_events, error_groups, patches
from engine.store.tables import artists, notices, releases, runs
from engine.store.unsaid import OF_TARGET, meeting, unsaid_of

_RUN_FAILED = "run.failed."
_PATCH = "patch."
_ERRORS_TOLD = tuple(state for state in OPEN_STATES if state is not GroupState.PROBATION)
_COUNTED = "errors."
"""A notice that only counts errors: a chat tells each by itself."""
_MOST = 500


class AlertKind(StrEnum):
    """What an alert tells of; the chat has the words for it."""

    NOTICE = "notice"
    RUN_FAILED = "run failed"
    ERROR_NEW = "error new"
    ERROR_BACK = "error back"
    DELIVERY_ASKED = "delivery asked"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Alert:
    """One incident. `ref` names this opening of it, `incident` what can be muted.

    `title` is a notice's own words, a song's title or an error's type; `by` its artist, `where` the stage or the part.
    """

    ref: str
    incident: str
    level: str
    title: str
    detail: str
    at: datetime
    kind: AlertKind = AlertKind.NOTICE
    by: str = ""
    where: str = ""
    run_id: str | None = None
    error_id: str | None = None
    patch_id: str | None = None
    """The patch that waits, where it tells of one."""
    delivery_id: str | None = None
    asks: bool = False
    """Whether the delivery can be allowed by one word: nothing else must be answered before."""


async def standing(connection: AsyncConnection, since: datetime) -> list[Alert]:
    """Everything that is so now, oldest first; of failed runs and errors only what came after `since`."""
    found = [
        *await _notices(connection),
        *await _failed(connection, since),
        *await _errors(connection, since),
        *await _deliveries(connection, since),
    ]
    return sorted(found, key=lambda alert: alert.at)


async def _notices(connection: AsyncConnection) -> list[Alert]:
    n = notices.c
    open_now = n.closed_at.is_(None) & n.incident.not_like(f"{_COUNTED}%")
    query = select(notices).where(open_now).order_by(n.opened_at.desc()).limit(_MOST)
    rows = (await connection.execute(query)).all()
    ids = [row.incident.removeprefix(_PATCH) for row in rows if row.incident.startswith(_PATCH)]
    told = select(patches.c.id, patches.c.group_id).where(patches.c.id.in_(ids))
    groups = {row.id: row.group_id for row in await connection.execute(told)} if ids else {}
    found = []
    for row in rows:
        patch_id = row.incident.removeprefix(_PATCH)
        about = {"error_id": groups[patch_id], "patch_id": patch_id} if patch_id in groups else {}
        ref = f"{row.incident}|{row.id}"
        found.append(Alert(ref, row.incident, row.level, row.title, row.detail, row.opened_at, **about))
    return found


async def _failed(connection: AsyncConnection, since: datetime) -> list[Alert]:
    """Songs that could not be made; what could not be delivered is tried again, and has a notice once that ends."""
    r = runs.c
    query = (
        select(r.id, r.version, r.attempt, r.title, r.stage, r.failure, r.updated_at, artists.c.name)
        .join(artists, artists.c.id == r.artist_id)
        .where(r.state == RunState.FAILED, r.updated_at >= since, func.coalesce(r.stage, "") != Stage.DELIVERY)
        .order_by(r.updated_at.desc())
        .limit(_MOST)
    )
    return [_of_run(row) for row in await connection.execute(query)]


def _of_run(row: Any) -> Alert:
    failure = row.failure or {}
    detail = f"{failure.get('cause', '')} {failure.get('fix', '')}".strip()
    incident = f"{_RUN_FAILED}{row.id}"
    return Alert(
        f"{incident}|{row.version}:{row.attempt}",
        incident,
        "error",
        row.title,
        detail,
        row.updated_at,
        AlertKind.RUN_FAILED,
        by=row.name,
        where=row.stage or "",
        run_id=row.id,
    )


async def _errors(connection: AsyncConnection, since: datetime) -> list[Alert]:
    """Open groups; one whose run stands failed is told with the run. A group that comes back is told anew."""
    g = error_groups.c
    told_by_run = (
        select(error_events.c.group_id)
        .join(runs, runs.c.id == error_events.c.run_id)
        .where(runs.c.state == RunState.FAILED)
    )
    query = (
        select(error_groups)
        .where(g.state.in_(_ERRORS_TOLD), g.last_seen >= since, g.id.not_in(told_by_run))
        .order_by(g.last_seen.desc())
        .limit(_MOST)
    )
    found = []
    for row in await connection.execute(query):
        ended = select(func.count(func.distinct(chat_posts.c.ref))).where(
            chat_posts.c.kind == ALERT, chat_posts.c.closed, chat_posts.c.ref.startswith(f"error.{row.id}|")
        )
        times = int((await connection.execute(ended)).scalar_one())
        found.append(
            Alert(
                f"error.{row.id}|{times}",
                f"error.{row.id}",
                "error",
                row.type,
                row.message,
                row.last_seen,
                AlertKind.ERROR_BACK if times else AlertKind.ERROR_NEW,
                where=row.part,
                error_id=row.id,
            )
        )
    return found


_DELIVERIES = {
    DeliveryState.ASKED: AlertKind.DELIVERY_ASKED,
    DeliveryState.DELIVERED: AlertKind.DELIVERED,
    DeliveryState.WITHDRAWN: AlertKind.WITHDRAWN,
}


async def _deliveries(connection: AsyncConnection, since: datetime) -> list[Alert]:
    """What waits for a word, and what ended well; trouble has a notice."""
    d = deliveries.c
    query = (
        select(deliveries, *OF_TARGET, releases.c.title, releases.c.path, artists.c.name)
        .join(targets, targets.c.name == d.target)
        .join(releases, releases.c.id == d.release_id)
        .join(artists, artists.c.id == releases.c.artist_id)
        .where(d.state.in_(list(_DELIVERIES)), d.updated_at >= since)
        .order_by(d.updated_at.desc())
        .limit(_MOST)
    )
    found = (await connection.execute(query)).all()
    asked = [row for row in found if row.state == DeliveryState.ASKED]
    unsaid = dict(
        zip((row.id for row in asked), await unsaid_of(connection, [meeting(row) for row in asked]), strict=True)
    )
    return [_of_delivery(row, unsaid.get(row.id, [])) for row in found]


def _of_delivery(row: Any, unsaid: Sequence[Declaration]) -> Alert:
    state = DeliveryState(row.state)
    detail = (row.receipt or {}).get("place", "") if state is DeliveryState.DELIVERED else ""
    if state is DeliveryState.ASKED:
        detail = "; ".join(each.question for each in unsaid)
    incident = f"delivery.{row.id}"
    return Alert(
        f"{incident}|{row.round}:{row.attempt}:{state}",
        incident,
        "info",
        row.title,
        detail,
        row.updated_at,
        _DELIVERIES[state],
        by=row.name,
        where=row.target,
        delivery_id=row.id,
        asks=state is DeliveryState.ASKED and not unsaid,
    )


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


async def muted(connection: AsyncConnection, chat_id: int, incidents: Sequence[str], now: datetime) -> set[str]:
    """Which of these this chat does not want to hear of now."""
    m = chat_mutes.c
    query = select(m.incident).where(m.chat_id == chat_id, m.incident.in_(incidents), m.until > now)
    return {row.incident for row in await connection.execute(query)}


async def muted_until(connection: AsyncConnection, chat_id: int, incident: str) -> datetime | None:
    """Until when this chat does not want to hear of it; None where it was never muted."""
    m = chat_mutes.c
    query = select(m.until).where(m.chat_id == chat_id, m.incident == incident)
    return (await connection.execute(query)).scalar_one_or_none()


async def muted_count(connection: AsyncConnection, chat_id: int, now: datetime) -> int:
    """How many incidents this chat does not want to hear of now."""
    m = chat_mutes.c
    query = select(func.count()).select_from(chat_mutes).where(m.chat_id == chat_id, m.until > now)
    return int((await connection.execute(query)).scalar_one())


async def mute(connection: AsyncConnection, chat_id: int, incident: str, until: datetime) -> None:
    """Silences an incident in one chat, also where it ends and begins again."""
    statement = upsert(chat_mutes).values(chat_id=chat_id, incident=incident, until=until)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["chat_id", "incident"], set_={"until": until})
    )


async def unmute(connection: AsyncConnection, chat_id: int) -> None:
    """Has the chat hear of everything again."""
    await connection.execute(delete(chat_mutes).where(chat_mutes.c.chat_id == chat_id))
