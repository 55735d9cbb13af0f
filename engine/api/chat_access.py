"""Who may speak in a chat, as console and command line see and change it; and how the bot does."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.chat_models import ChatUserRow, Enrolment, TelegramStatus
from engine.domain.chat import CODE_LASTS, CODE_LENGTH, RETRIED, Allowed, Ear, Role, shown_code
from engine.domain.errors import NotAllowed, NotFound
from engine.domain.runs import Actor
from engine.lock import EngineState
from engine.settings import Settings
from engine.store import audit, chat
from engine.store.ids import ALPHABET

_NO_RETRY = {
    Ear.OFF: "Set TELEGRAM_BOT_TOKEN and start the engine (`noktvrn headless`).",
    Ear.FLOOD: "Telegram asked for that pause; it is kept.",
    Ear.SILENT: "`noktvrn status` says how the engine does.",
    Ear.ELSEWHERE: "It looks every few seconds by itself; stop the other engine if it should not listen.",
}

Roles = Mapping[int, Role]


def allowed(settings: Settings) -> Allowed:
    """Whom the settings name."""
    users = settings.telegram_user_ids
    return Allowed(dict(users.roles) if users else {}, frozenset(settings.telegram_chat_id))


def missing(named: Allowed, people: Collection[int]) -> tuple[str, ...]:
    """What keeps the bot silent, with the fix: a person and a chat must both be on the list. `people` enrolled."""
    known = {*named.users, *people}
    if not known:
        return ("nobody may speak to the bot: `noktvrn telegram enrol` shows a code; TELEGRAM_USER_IDS names people",)
    alone = [chat_id for chat_id in sorted(named.chats) if chat_id > 0 and chat_id not in known]
    found = [
        f"chat {chat_id} of TELEGRAM_CHAT_ID is private, and its person is not on the list: nothing goes there before "
        f"TELEGRAM_USER_IDS names {chat_id} or they enrol"
        for chat_id in alone
    ]
    if not people and not (named.chats - set(alone)):
        found.append("no chat: put one into TELEGRAM_CHAT_ID, or let somebody enrol in a private chat")
    return tuple(found)


async def status(connection: AsyncConnection, engine: EngineState, named: Allowed) -> TelegramStatus:
    """How the bot does by what its engine wrote last, and by how that engine does."""
    found = await chat.newest_poller(connection)
    people = tuple(
        ChatUserRow(user.user_id, user.role, user.name, "code", user.added_at, user.added_by)
        for user in await chat.users(connection)
    )
    lacks = missing(named, [row.user_id for row in people])
    if found is None:
        return TelegramStatus(Ear.OFF, "", "", None, None, None, people, lacks)
    state = _under(engine, found.state)
    detail, retry_at = (found.detail, found.retry_at) if state is found.state else ("", None)
    return TelegramStatus(state, detail, found.username, found.since, found.heard_at, retry_at, people, lacks)


async def ear(connection: AsyncConnection, engine: EngineState) -> Ear:
    """How the bot does, in a word."""
    found = await chat.newest_poller(connection)
    return Ear.OFF if found is None else _under(engine, found.state)


def _under(engine: EngineState, written: Ear) -> Ear:
    """What was written last holds only while its engine is at work: a dead or frozen one writes nothing down."""
    match engine:
        case EngineState.RUNNING:
            return written
        case EngineState.UNRESPONSIVE:
            return Ear.SILENT
        case EngineState.STARTING | EngineState.RECOVERING:
            return Ear.STARTING
        case _:
            return Ear.OFF


async def retry(connection: AsyncConnection, engine: EngineState, actor: Actor, now: datetime) -> Ear:
    """Has the bot try to listen now instead of when it would have; returns how it did. Raises NotAllowed where nothing
    waits for a try."""
    found = await chat.newest_poller(connection)
    state = Ear.OFF if found is None else _under(engine, found.state)
    if found is None or state not in RETRIED:
        until = f" until {found.retry_at:%H:%M:%S} UTC" if found and found.retry_at and state is Ear.FLOOD else ""
        raise NotAllowed(f"There is nothing to try again: the bot is {state}{until}.", fix=_NO_RETRY.get(state, ""))
    await chat.set_poller(connection, found.bot_id, retry_at=now)
    await audit.append(connection, now, actor, "retry telegram", found.bot_id, {"state": state})
    return state


async def enrol(connection: AsyncConnection, role: Role, actor: Actor, now: datetime) -> Enrolment:
    """Opens a code that lets one person in. Codes that were open end."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    until = now + CODE_LASTS
    await chat.add_code(connection, code, role, actor.name or str(actor.kind), now, until)
    await audit.append(connection, now, actor, "open code", "telegram", {"role": role})
    found = await chat.newest_poller(connection)
    return Enrolment(shown_code(code), role, until, found.username if found else "")


async def set_role(
    connection: AsyncConnection, user_id: int, role: Role, named: Roles, actor: Actor, now: datetime
) -> None:
    """Gives one who enrolled another role. Raises NotFound, and NotAllowed for people whom the settings name."""
    user = await _enrolled(connection, user_id, named)
    changed = chat.User(user.user_id, role, user.name, user.chat_id, user.added_at, user.added_by)
    await chat.put_user(connection, changed)
    await audit.append(connection, now, actor, "set role", str(user_id), {"before": user.role, "after": role})


async def remove(connection: AsyncConnection, user_id: int, named: Roles, actor: Actor, now: datetime) -> None:
    """Takes one who enrolled off the list. Raises like `set_role`."""
    user = await _enrolled(connection, user_id, named)
    await chat.remove_user(connection, user_id)
    if user.chat_id is not None:
        await chat.reopen(connection, user.chat_id)
    await audit.append(connection, now, actor, "remove from chat", str(user_id), {"role": user.role})


async def _enrolled(connection: AsyncConnection, user_id: int, named: Roles) -> chat.User:
    if user_id in named:
        raise NotAllowed(
            f"TELEGRAM_USER_IDS names {user_id} as {named[user_id]}, and that counts.",
            fix="Change it there, then start the engine anew.",
        )
    found = await chat.user(connection, user_id)
    if found is None:
        raise NotFound(
            f"Nobody with the Telegram user id {user_id} enrolled.",
            fix="See `noktvrn telegram users`.",
        )
    return found
