"""What was shown in a chat, and the buttons under it: each one random, for one chat, one revision, one use."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.chat import Act, Role
from engine.domain.runs import RunState
from engine.store.chat_tables import chat_buttons, chat_posts
from engine.store.tables import reviews, revisions, runs

PREVIEW = "preview"
ALERT = "alert"
ERRAND = "errand"
DUE, SENDING, SENT, FAILED = "due", "sending", "sent", "failed"
MOST_ATTEMPTS = 5
_p, _b = chat_posts.c, chat_buttons.c


@dataclass(frozen=True, slots=True)
class Post:
    """One thing that is, or shall be, shown in one chat. `ref` is a preview's revision, an alert's own name, or the
    command of an errand, whose `message_id` is the message that asked for it."""

    id: int
    chat_id: int
    kind: str
    ref: str
    run_id: str | None
    state: str
    form: str
    message_id: int | None
    words: str
    role: str
    owes: bool
    draft: Mapping[str, Any] | None
    stale: bool
    closed: bool
    told: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Button:
    """What stands behind the random id that a chat sees."""

    id: str
    chat_id: int
    post_id: int | None
    message_id: int | None
    run_id: str | None
    revision_hash: str | None
    act: Act
    argument: Mapping[str, Any]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_by: int | None


def _post(row: Any) -> Post:
    return Post(**row._mapping)


# --- posts ---


async def add(
    connection: AsyncConnection, chat_id: int, kind: str, ref: str, now: datetime, run_id: str | None = None
) -> Post:
    """The post, made due where it is new."""
    statement = upsert(chat_posts).values(chat_id=chat_id, kind=kind, ref=ref, run_id=run_id, state=DUE, created_at=now)
    await connection.execute(statement.on_conflict_do_nothing())
    query = select(chat_posts).where(_p.chat_id == chat_id, _p.kind == kind, _p.ref == ref)
    return _post((await connection.execute(query)).one())


async def of_message(connection: AsyncConnection, chat_id: int, message_id: int) -> Post | None:
    """The post that this message shows."""
    query = select(chat_posts).where(_p.chat_id == chat_id, _p.message_id == message_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _post(row)


async def of_message_or_clip(connection: AsyncConnection, chat_id: int, message_id: int) -> Post | None:
    """The preview that this message shows, or whose clip it is: a clip stands below its preview and has no post of its
    own. A message far below another's preview is taken for its clip only while reasons are open there."""
    query = (
        select(chat_posts)
        .where(_p.chat_id == chat_id, _p.state == SENT, _p.message_id <= message_id)
        .order_by(_p.message_id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None or row.kind != PREVIEW:
        return None
    post = _post(row)
    return post if post.message_id == message_id or post.draft else None


async def of_ref(connection: AsyncConnection, chat_id: int, kind: str, ref: str) -> Post | None:
    """The post of this thing in this chat."""
    query = select(chat_posts).where(_p.chat_id == chat_id, _p.kind == kind, _p.ref == ref)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _post(row)


async def get(connection: AsyncConnection, post_id: int) -> Post:
    """The post with this number."""
    return _post((await connection.execute(select(chat_posts).where(_p.id == post_id))).one())


async def change(connection: AsyncConnection, post_id: int, **columns: Any) -> None:
    """Changes a post."""
    await connection.execute(update(chat_posts).where(_p.id == post_id).values(**columns))


async def open_previews(connection: AsyncConnection, chat_id: int) -> int:
    """How many previews stand in the chat without a decision."""
    query = (
        select(func.count())
        .select_from(chat_posts)
        .where(_p.chat_id == chat_id, _p.kind == PREVIEW, _p.state == SENT, ~_p.closed)
    )
    return int((await connection.execute(query)).scalar_one())


_STANDS = (
    select(reviews.c.id)
    .where(reviews.c.run_id == _p.run_id, reviews.c.revision_id == _p.ref, reviews.c.undone_at.is_(None))
    .order_by(reviews.c.decided_at.desc())
    .limit(1)
    .scalar_subquery()
)
"""The decision on a preview's revision that stands."""
_WAITING = (runs.c.state == RunState.AWAITING_REVIEW, revisions.c.voided_at.is_(None))


_SETTLED = or_(_p.state.in_([SENT, FAILED]), _p.attempts >= MOST_ATTEMPTS)
"""It was shown, or given up."""


def _unseen(chat_id: int) -> ColumnElement[bool]:
    """Of a revision: this chat was not shown it, and it is not given up there."""
    return ~exists().where(_p.chat_id == chat_id, _p.kind == PREVIEW, _p.ref == revisions.c.id, _SETTLED)


async def waiting(connection: AsyncConnection, chat_id: int, limit: int) -> list[tuple[str, str]]:
    """(run, revision) of what awaits review and was not shown in this chat, longest first."""
    query = (
        select(runs.c.id, revisions.c.id)
        .join(revisions, revisions.c.run_id == runs.c.id)
        .where(*_WAITING, _unseen(chat_id))
        .order_by(runs.c.waiting_since, runs.c.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]


async def waiting_count(connection: AsyncConnection, chat_id: int) -> int:
    """How many songs await review and were not shown in this chat."""
    songs = runs.join(revisions, revisions.c.run_id == runs.c.id)
    query = select(func.count()).select_from(songs).where(*_WAITING, _unseen(chat_id))
    return int((await connection.execute(query)).scalar_one())


async def overtaken(
    connection: AsyncConnection, chat_id: int, role: Role, now: datetime, limit: int = 50
) -> list[Post]:
    """Previews that say something else than what is so: decided meanwhile, opened again, decided anew, drawn with old
    buttons or with those of another role, or with one whose time is over."""
    is_open = and_(*_WAITING)
    decided_anew = and_(_p.closed, _p.told != _STANDS)
    too_late = select(_b.post_id).where(_b.act == Act.UNDO, _b.used_at.is_(None), _b.expires_at <= now)
    query = (
        select(chat_posts)
        .join(revisions, revisions.c.id == _p.ref)
        .join(runs, runs.c.id == _p.run_id)
        .where(
            _p.chat_id == chat_id,
            _p.kind == PREVIEW,
            _p.state == SENT,
            or_(
                and_(~_p.closed, ~is_open),
                and_(_p.closed, is_open),
                decided_anew,
                _p.stale,
                and_(~_p.closed, _p.role != role),
                _p.id.in_(too_late),
            ),
        )
        .order_by(_p.id)
        .limit(limit)
    )
    return [_post(row) for row in await connection.execute(query)]


async def owing(connection: AsyncConnection, chat_id: int, kind: str) -> Post | None:
    """The first post of this kind below which something is missing; what is over needs nothing more."""
    query = (
        select(chat_posts)
        .where(_p.chat_id == chat_id, _p.kind == kind, _p.state == SENT, _p.owes, ~_p.closed)
        .order_by(_p.id)
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _post(row)


async def alerts(connection: AsyncConnection, chat_id: int) -> list[Post]:
    """Alerts that stand in the chat and have not ended."""
    query = select(chat_posts).where(_p.chat_id == chat_id, _p.kind == ALERT, _p.state == SENT, ~_p.closed)
    return [_post(row) for row in await connection.execute(query)]


async def errands(connection: AsyncConnection, chat_id: int) -> list[Post]:
    """What was asked of the engine in the chat, and nobody told yet how it went."""
    query = select(chat_posts).where(_p.chat_id == chat_id, _p.kind == ERRAND, ~_p.closed)
    return [_post(row) for row in await connection.execute(query)]


async def known_alerts(connection: AsyncConnection, chat_id: int, refs: Sequence[str]) -> set[str]:
    """Which of these were told in this chat, or given up."""
    query = select(_p.ref).where(_p.chat_id == chat_id, _p.kind == ALERT, _p.ref.in_(refs), _SETTLED)
    return {row.ref for row in await connection.execute(query)}


async def told_since(connection: AsyncConnection, chat_id: int, since: datetime) -> int:
    """How many alerts were told since the moment."""
    query = (
        select(func.count()).select_from(chat_posts).where(_p.chat_id == chat_id, _p.kind == ALERT, _p.sent_at >= since)
    )
    return int((await connection.execute(query)).scalar_one())


# --- buttons ---


async def mint(
    connection: AsyncConnection,
    wanted: Sequence[tuple[Act, Mapping[str, Any]]],
    *,
    chat_id: int,
    now: datetime,
    until: datetime,
    post_id: int | None = None,
    message_id: int | None = None,
    run_id: str | None = None,
    revision_hash: str | None = None,
) -> list[str]:
    """New buttons, their ids in the same order. Those that stand there end when these are `drawn`."""
    ids = [secrets.token_urlsafe(16) for _ in wanted]
    rows = [
        {
            "id": nonce,
            "chat_id": chat_id,
            "post_id": post_id,
            "message_id": message_id,
            "run_id": run_id,
            "revision_hash": revision_hash,
            "act": act,
            "argument": dict(argument),
            "made_at": now,
            "expires_at": until,
        }
        for nonce, (act, argument) in zip(ids, wanted, strict=True)
    ]
    if rows:
        await connection.execute(insert(chat_buttons), rows)
    return ids


async def drawn(
    connection: AsyncConnection, chat_id: int, ids: Sequence[str], message_id: int, post_id: int | None = None
) -> None:
    """These buttons stand under this message now, and no others do."""
    there = _b.message_id == message_id if post_id is None else or_(_b.message_id == message_id, _b.post_id == post_id)
    await _put_in_place(connection, and_(_b.chat_id == chat_id, there), ids, message_id)


async def first_drawn(connection: AsyncConnection, post_id: int, ids: Sequence[str], message_id: int) -> None:
    """These buttons came with the post's new message. Whoever pressed one already may have turned it to a page."""
    await _put_in_place(connection, _b.post_id == post_id, ids, message_id)


async def _put_in_place(
    connection: AsyncConnection, earlier: ColumnElement[bool], ids: Sequence[str], message_id: int
) -> None:
    """Ends earlier buttons that nobody pressed; those that were pressed are kept to answer by."""
    await connection.execute(delete(chat_buttons).where(earlier, _b.used_at.is_(None), _b.id.not_in(ids)))
    await connection.execute(update(chat_buttons).where(_b.id.in_(ids)).values(message_id=message_id))


async def button(connection: AsyncConnection, nonce: str) -> Button | None:
    """What this id stands for."""
    row = (await connection.execute(select(chat_buttons).where(_b.id == nonce))).one_or_none()
    return None if row is None else Button(**{**row._mapping, "act": Act(row.act)})


async def use(connection: AsyncConnection, nonce: str, user_id: int, now: datetime) -> bool:
    """Uses a button up; False where somebody was faster."""
    statement = update(chat_buttons).where(_b.id == nonce, _b.used_at.is_(None)).values(used_at=now, used_by=user_id)
    return bool((await connection.execute(statement)).rowcount)


async def prune(connection: AsyncConnection, now: datetime) -> None:
    """Drops buttons that nobody can press any more."""
    await connection.execute(delete(chat_buttons).where(_b.expires_at < now))
