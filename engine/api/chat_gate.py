"""Who may speak, and where: person and chat must both be on the list. Names decide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.chat_models import Place
from engine.domain.chat import Allowed, Caller, Refusal, Role, normal_code
from engine.domain.runs import Actor, ActorKind, Channel
from engine.store import audit, chat


async def who(connection: AsyncConnection, allowed: Allowed, user_id: int, name: str, chat_id: int) -> Caller | Refusal:
    """The caller with its role, or why it is none."""
    enrolled = await chat.user(connection, user_id)
    role = allowed.users.get(user_id) or (enrolled.role if enrolled else None)
    if role is None:
        return Refusal.UNKNOWN_USER
    own = enrolled.chat_id if enrolled else None
    if chat_id not in allowed.chats and chat_id != own:
        return Refusal.UNKNOWN_CHAT
    return Caller(user_id, enrolled.name if enrolled else name, chat_id, role)


async def places(connection: AsyncConnection, allowed: Allowed, now: datetime) -> list[Place]:
    """Every chat that the bot speaks in: those of the settings, and the private ones of people who enrolled."""
    people = {user.user_id: user.role for user in await chat.users(connection)} | dict(allowed.users)
    own = {user.chat_id: people[user.user_id] for user in await chat.users(connection) if user.chat_id is not None}
    # A private chat has its person's number; a group has a negative one, and each press in it is looked at by itself.
    # Neither is spoken to before somebody is known who may look: a chat on the list is half of what it takes.
    named = {chat_id: people[chat_id] if chat_id > 0 else Role.OWNER for chat_id in _seen(allowed.chats, people)}
    found = []
    for chat_id, role in {**own, **named}.items():
        known = await chat.chat(connection, chat_id)
        muted = known.muted_until if known and known.muted_until and known.muted_until > now else None
        shut = known.shut_until if known and known.shut_until and known.shut_until > now else None
        found.append(Place(chat_id, role, muted, shut))
    return found


def _seen(chats: Iterable[int], people: Mapping[int, Role]) -> list[int]:
    """Of these chats those in which somebody of the list may look: their own private ones, and groups where there is
    anybody at all."""
    return [chat_id for chat_id in chats if (chat_id in people if chat_id > 0 else people)]


async def enrol(
    connection: AsyncConnection, allowed: Allowed, user_id: int, name: str, chat_id: int, code: str, now: datetime
) -> Role | Refusal:
    """Puts a person on the list who typed an open code; a role that was given before does not shrink. One of the
    settings gets no more than they say: the code stays open then."""
    private = chat_id == user_id
    if not private and chat_id not in allowed.chats:
        return Refusal.NOT_HERE
    found = await chat.open_code(connection, normal_code(code), now)
    named = allowed.users.get(user_id)
    before = await chat.user(connection, user_id)
    if found is None:
        return Refusal.KNOWN if named or before else Refusal.WRONG_CODE
    role, made_by = found
    if named is not None and not named.may(role):
        return Refusal.NAMED
    await chat.use_code(connection, normal_code(code), now)
    if before is not None and before.role.may(role):
        role = before.role
    await chat.put_user(connection, chat.User(user_id, role, name, chat_id if private else None, now, made_by))
    detail = {"user_id": user_id, "chat_id": chat_id, "role": role, "code_by": made_by}
    await audit.append(connection, now, actor_of(name), "enrol", str(user_id), detail)
    return named or role


def actor_of(name: str) -> Actor:
    """Somebody in a chat, as rows name them."""
    return Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, name)
