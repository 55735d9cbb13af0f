"""Who may speak in a chat, as console and command line see and change it; and how the bot does."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.chat_models import ChatUserRow, Enrolment, TelegramStatus
from engine.domain.chat import CODE_LASTS, CODE_LENGTH, RETRIED, Ear, Role, shown_code
from engine.domain.errors import NotAllowed, NotFound
from engine.domain.runs import Actor
from engine.lock import EngineState
from engine.store import audit, chat
from engine.store.ids import ALPHABET

_NO_RETRY = {
    Ear.OFF: "Set TELEGRAM_BOT_TOKEN and start the engine (`noktvrn headless`).",
    Ear.FLOOD: "Telegram asked for that pause; it is kept.",
    Ear.SILENT: "`noktvrn status` says how the engine does.",
    Ear.ELSEWHERE: "It looks every few seconds by itself; stop the other engine if it should not listen.",
}


async def status(connection: AsyncConnection, engine: EngineState) -> TelegramStatus:
    """How the bot does by what its engine wrote last, and by how that engine does."""
    found = await chat.newest_poller(connection)
    people = tuple(
        ChatUserRow(user.user_id, user.role, user.name, "code", user.added_at, user.added_by)
        for user in await chat.users(connection)
    )
    if found is None:
        return TelegramStatus(Ear.OFF, "", "", None, None, None, people)
    state = _under(engine, found.state)
    detail, retry_at = (found.detail, found.retry_at) if state is found.state else ("", None)
    return TelegramStatus(state, detail, found.username, found.since, found.heard_at, retry_at, people)


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


async def set_role(connection: AsyncConnection, user_id: int, role: Role, actor: Actor, now: datetime) -> None:
    """Gives one who enrolled another role. Raises NotFound."""
    user = await _enrolled(connection, user_id)
    changed = chat.User(user.user_id, role, user.name, user.chat_id, user.added_at, user.added_by)
    await chat.put_user(connection, changed)
    await audit.append(connection, now, actor, "set role", str(user_id), {"before": user.role, "after": role})


async def remove(connection: AsyncConnection, user_id: int, actor: Actor, now: datetime) -> None:
    """Takes one who enrolled off the list. Raises NotFound."""
    user = await _enrolled(connection, user_id)
    await chat.remove_user(connection, user_id)
    if user.chat_id is not None:
        await chat.reopen(connection, user.chat_id)
    await audit.append(connection, now, actor, "remove from chat", str(user_id), {"role": user.role})


async def _enrolled(connection: AsyncConnection, user_id: int) -> chat.User:
    found = await chat.user(connection, user_id)
    if found is None:
        raise NotFound(
            f"Nobody with the Telegram user id {user_id} enrolled.",
            fix="See `noktvrn telegram users`; people of TELEGRAM_USER_IDS are changed there.",
        )
    return found
