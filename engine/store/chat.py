"""Who listens at a chat and who may speak in it: the poller's lease and state, people, one-time codes, chats."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.chat import Ear, Role
from engine.store import feed
from engine.store.chat_tables import chat_codes, chat_pollers, chat_users, chats

CHANGED = "chat"
"""The kind of the feed's entries: `poller`, `users`, or a chat's number."""


@dataclass(frozen=True, slots=True)
class Poller:
    """One token's poller. `next_update`: every update before this number is handled."""

    bot_id: str
    holder: str
    lease_until: datetime
    next_update: int
    state: Ear
    detail: str
    username: str
    since: datetime
    heard_at: datetime | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class User:
    """One who enrolled by a code. `chat_id` is the private chat that came along."""

    user_id: int
    role: Role
    name: str
    chat_id: int | None
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class Chat:
    """What is remembered of one chat; nothing older than `since` is told there."""

    chat_id: int
    since: datetime
    muted_until: datetime | None
    reminded_at: datetime | None
    digest_id: int | None
    digest_count: int
    digest_at: datetime | None
    shut_since: datetime | None
    shut_until: datetime | None
    shut_why: str


# --- the poller ---


async def poller(connection: AsyncConnection, bot_id: str) -> Poller | None:
    """The poller of this token; None before the first."""
    row = (await connection.execute(select(chat_pollers).where(chat_pollers.c.bot_id == bot_id))).one_or_none()
    return None if row is None else _poller(row._mapping)


async def newest_poller(connection: AsyncConnection) -> Poller | None:
    """The poller that was heard of last: a token may have been replaced by another."""
    query = select(chat_pollers).order_by(chat_pollers.c.lease_until.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _poller(row._mapping)


def _poller(values: Any) -> Poller:
    return Poller(**{**values, "state": Ear(values["state"])})


async def put_lease(connection: AsyncConnection, bot_id: str, holder: str, until: datetime, now: datetime) -> None:
    """Takes or renews the lease; who may has been looked at before, in the same transaction."""
    values = {"holder": holder, "lease_until": until}
    statement = upsert(chat_pollers).values(bot_id=bot_id, state=Ear.STARTING, since=now, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["bot_id"], set_=values))


async def set_poller(connection: AsyncConnection, bot_id: str, **columns: Any) -> None:
    """Changes what is known of the poller."""
    await connection.execute(update(chat_pollers).where(chat_pollers.c.bot_id == bot_id).values(**columns))
    if "state" in columns:
        await feed.record(connection, CHANGED, "poller")


# --- people ---


async def users(connection: AsyncConnection) -> list[User]:
    """Everybody who enrolled, first comer first."""
    query = select(chat_users).order_by(chat_users.c.added_at, chat_users.c.user_id)
    return [User(**{**row._mapping, "role": Role(row.role)}) for row in await connection.execute(query)]


async def user(connection: AsyncConnection, user_id: int) -> User | None:
    """One who enrolled; None for a stranger."""
    row = (await connection.execute(select(chat_users).where(chat_users.c.user_id == user_id))).one_or_none()
    return None if row is None else User(**{**row._mapping, "role": Role(row.role)})


async def put_user(connection: AsyncConnection, user: User) -> None:
    """Adds a person, or gives one another role."""
    values = {"role": user.role, "name": user.name, "added_at": user.added_at, "added_by": user.added_by}
    statement = upsert(chat_users).values(user_id=user.user_id, chat_id=user.chat_id, **values)
    if user.chat_id is not None:
        values["chat_id"] = user.chat_id
    await connection.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))
    await feed.record(connection, CHANGED, "users")


async def remove_user(connection: AsyncConnection, user_id: int) -> bool:
    """Takes a person off the list; False for a stranger."""
    gone = (await connection.execute(delete(chat_users).where(chat_users.c.user_id == user_id))).rowcount
    await feed.record(connection, CHANGED, "users")
    return bool(gone)


# --- codes ---


def code_hash(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(f"noktvrn enrolment {code}".encode()).hexdigest()


async def add_code(
    connection: AsyncConnection, code: str, role: Role, made_by: str, now: datetime, until: datetime
) -> None:
    """Opens a code. One is open at a time: an older one ends."""
    await connection.execute(
        update(chat_codes).where(chat_codes.c.used_at.is_(None), chat_codes.c.expires_at > now).values(expires_at=now)
    )
    await connection.execute(
        insert(chat_codes).values(code_hash=code_hash(code), role=role, made_by=made_by, made_at=now, expires_at=until)
    )


async def open_code(connection: AsyncConnection, code: str, now: datetime) -> tuple[Role, str] | None:
    """The role that an open code gives and who made it; None for one that is not open."""
    c = chat_codes.c
    query = select(c.role, c.made_by).where(c.code_hash == code_hash(code), c.used_at.is_(None), c.expires_at > now)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (Role(row.role), row.made_by)


async def use_code(connection: AsyncConnection, code: str, now: datetime) -> None:
    """Uses a code up."""
    c = chat_codes.c
    await connection.execute(update(chat_codes).where(c.code_hash == code_hash(code)).values(used_at=now))


# --- chats ---


async def chat(connection: AsyncConnection, chat_id: int) -> Chat | None:
    """What is remembered of a chat."""
    row = (await connection.execute(select(chats).where(chats.c.chat_id == chat_id))).one_or_none()
    return None if row is None else Chat(**row._mapping)


async def meet_chat(connection: AsyncConnection, chat_id: int, now: datetime) -> Chat:
    """The chat, remembered from now on where it is new."""
    await connection.execute(upsert(chats).values(chat_id=chat_id, since=now).on_conflict_do_nothing())
    found = await chat(connection, chat_id)
    assert found is not None
    return found


async def set_chat(connection: AsyncConnection, chat_id: int, **columns: Any) -> None:
    """Changes what is remembered of a chat."""
    await connection.execute(update(chats).where(chats.c.chat_id == chat_id).values(**columns))


async def shut(connection: AsyncConnection, chat_id: int, why: str, now: datetime, until: datetime) -> None:
    """The bot may not speak in this chat: it is left alone until that moment."""
    since = func.coalesce(chats.c.shut_since, now)
    await set_chat(connection, chat_id, shut_since=since, shut_until=until, shut_why=why)
    await feed.record(connection, CHANGED, str(chat_id))


async def reopen(connection: AsyncConnection, chat_id: int) -> bool:
    """The bot may speak there again; False where nothing said otherwise."""
    query = update(chats).where(chats.c.chat_id == chat_id, chats.c.shut_since.is_not(None))
    values = {"shut_since": None, "shut_until": None, "shut_why": ""}
    if not (await connection.execute(query.values(**values))).rowcount:
        return False
    await feed.record(connection, CHANGED, str(chat_id))
    return True
