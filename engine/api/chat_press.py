"""A press in a chat: one transaction looks the button up, uses it, decides, and writes down that it was pressed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import chat_deeds
from engine.api.chat_deeds import ANSWERS, CommandsOf, do
from engine.api.chat_gate import actor_of
from engine.api.chat_models import Pressed
from engine.api.decide import Decision, Verdict, decide
from engine.api.undo import undo
from engine.domain.chat import NEEDS, Act, Caller, Refusal, Role
from engine.domain.errors import AlreadyDecided, NoktvrnError
from engine.domain.learning import ReasonTag
from engine.domain.runs import RunState
from engine.store import audit, chat_alerts, chat_posts
from engine.store.chat_posts import Button, Post
from engine.store.database import Readable
from engine.store.shelf import PapersChanged, Shelf

TEXT_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What `decide` needs to know of the settings."""

    grace_s: float
    retirement_threshold: int


async def read_for(database: Readable, caller: Caller, nonce: str, message_id: int, now: datetime) -> Shelf:
    """The documents that the button's deed goes by, to be read before `press`; none for a press that is refused."""
    async with database.read() as connection:
        button = await chat_posts.button(connection, nonce)
    if button is None or button.act is not Act.DO or _refusal(button, caller, message_id, now) is not None:
        return Shelf()
    return await chat_deeds.read_for(database, str(button.argument["do"]), button.argument)


async def press(
    connection: AsyncConnection,
    caller: Caller,
    nonce: str,
    message_id: int,
    now: datetime,
    rules: Rules,
    shelf: Shelf,
    commands: CommandsOf | None = None,
) -> Pressed:
    """Does what the button stands for. Whatever is refused changes nothing but the audit. `commands` are needed for
    what an owner may have done, `shelf` as `read_for` gave it. Raises PapersChanged."""
    button = await chat_posts.button(connection, nonce)
    refusal = _refusal(button, caller, message_id, now)
    if button is None or refusal is not None:
        await write_down(connection, caller, refusal or Refusal.UNKNOWN_BUTTON, button, now)
        if button is not None and refusal is Refusal.USED:
            return await _used(connection, button)
        return Pressed(refusal=refusal or Refusal.UNKNOWN_BUTTON)
    await chat_posts.use(connection, nonce, caller.user_id, now)
    pressed = Pressed(button.act, button.argument, button.run_id)
    if button.post_id is not None:
        post = await chat_posts.get(connection, button.post_id)
        pressed = await _on_post(connection, caller, button, post, pressed, now, rules)
    elif button.act is Act.DO:
        assert commands is not None
        pressed = await _do(connection, caller, button, pressed, now, shelf, commands)
    elif button.act is Act.MUTE:
        pressed = await _mute(connection, caller, button, pressed, now)
    await write_down(connection, caller, pressed.refusal, button, now)
    return pressed


async def _used(connection: AsyncConnection, button: Button) -> Pressed:
    """A button that was pressed before, with what came of it: the answer to the first press may have been lost."""
    pressed = Pressed(button.act, button.argument, button.run_id, Refusal.USED)
    return await _silence(connection, button, pressed) if button.act is Act.MUTE else pressed


async def _do(
    connection: AsyncConnection,
    caller: Caller,
    button: Button,
    pressed: Pressed,
    now: datetime,
    shelf: Shelf,
    commands: CommandsOf,
) -> Pressed:
    verb = str(button.argument["do"])
    try:
        await do(connection, commands, caller, verb, button.argument, shelf, now, button.message_id)
    except PapersChanged:
        raise
    except NoktvrnError as error:
        return replace(pressed, refusal=Refusal.NOT_NOW, said=str(error))
    if verb in ANSWERS and button.message_id is not None:
        post = await chat_posts.of_message(connection, button.chat_id, button.message_id)
        if post is not None:  # it was a question: what came of it stands there from now on
            await chat_posts.change(connection, post.id, closed=True)
    return pressed


async def _mute(
    connection: AsyncConnection, caller: Caller, button: Button, pressed: Pressed, now: datetime
) -> Pressed:
    """Silences the incident in this chat."""
    until = now + timedelta(hours=int(button.argument["hours"]))
    await chat_alerts.mute(connection, caller.chat_id, str(button.argument["incident"]), until)
    return await _silence(connection, button, pressed)


async def _silence(connection: AsyncConnection, button: Button, pressed: Pressed) -> Pressed:
    until = await chat_alerts.muted_until(connection, button.chat_id, str(button.argument["incident"]))
    at = button.message_id
    post = None if at is None else await chat_posts.of_message(connection, button.chat_id, at)
    return replace(pressed, until=until, post=post)


def _refusal(button: Button | None, caller: Caller, message_id: int, now: datetime) -> Refusal | None:
    if button is None:
        return Refusal.UNKNOWN_BUTTON
    if button.chat_id != caller.chat_id:
        return Refusal.OTHER_CHAT
    if button.message_id not in (None, message_id):
        return Refusal.OTHER_MESSAGE
    if not caller.role.may(NEEDS[button.act]):
        return Refusal.ROLE
    if button.used_at is not None and button.act is not Act.PAGE:  # a page may be looked at again
        return Refusal.USED
    return Refusal.EXPIRED if button.expires_at <= now else None


async def _on_post(
    connection: AsyncConnection,
    caller: Caller,
    button: Button,
    post: Post,
    pressed: Pressed,
    now: datetime,
    rules: Rules,
) -> Pressed:
    """Presses under a preview. Each leaves it stale: its buttons are used, and are drawn anew."""
    draft = dict(post.draft or {})
    match button.act:
        case Act.APPROVE:
            verdict = Verdict(Decision.APPROVE, revision_hash=button.revision_hash)
            pressed = await _decide(connection, caller, button, verdict, pressed, now, rules)
        case Act.DECIDE:
            tags = tuple(ReasonTag(tag) for tag in draft.get("tags", ()))
            decision = Decision(button.argument["decision"])
            verdict = Verdict(decision, tags, draft.get("text", ""), revision_hash=button.revision_hash)
            pressed = await _decide(connection, caller, button, verdict, pressed, now, rules)
        case Act.REASONS:
            draft = {"tags": [], "text": draft.get("text", ""), "decision": button.argument["decision"]}
        case Act.TAG:
            tag = str(button.argument["tag"])
            chosen = [each for each in draft.get("tags", ()) if each != tag]
            draft["tags"] = chosen if tag in draft.get("tags", ()) else [*chosen, tag]
        case Act.BACK:
            draft = {}
        case Act.UNDO:
            pressed = await _undo(connection, caller, button, pressed, now)
        case _:
            pass
    await chat_posts.change(connection, post.id, draft=draft or None, stale=True)
    return pressed


async def _decide(
    connection: AsyncConnection,
    caller: Caller,
    button: Button,
    verdict: Verdict,
    pressed: Pressed,
    now: datetime,
    rules: Rules,
) -> Pressed:
    assert button.run_id is not None
    actor = actor_of(caller.name)
    try:
        async with connection.begin_nested():
            outcome = await decide(
                connection,
                button.run_id,
                verdict,
                actor,
                now,
                grace_s=rules.grace_s,
                retirement_threshold=rules.retirement_threshold,
            )
    except AlreadyDecided as error:
        return replace(pressed, refusal=Refusal.DECIDED, said=error.message)
    except NoktvrnError as error:
        return replace(pressed, refusal=Refusal.NOT_NOW, said=str(error))
    return replace(pressed, state=outcome.run.state)


async def _undo(
    connection: AsyncConnection, caller: Caller, button: Button, pressed: Pressed, now: datetime
) -> Pressed:
    """Takes back the very decision that the message told of, and no later one."""
    assert button.run_id is not None
    effective_at = datetime.fromisoformat(button.argument["effective_at"])
    try:
        async with connection.begin_nested():
            await undo(connection, button.run_id, actor_of(caller.name), now, effective_at=effective_at)
    except NoktvrnError as error:
        return replace(pressed, refusal=Refusal.NOT_NOW, said=str(error))
    return replace(pressed, state=RunState.AWAITING_REVIEW)


async def reply(
    connection: AsyncConnection, caller: Caller, message_id: int, text: str, now: datetime
) -> Post | Refusal | None:
    """Keeps words for the decision that somebody prepares under this message, or under the preview whose clip it is.

    None where the message is none of ours, a refusal for those who may not decide and where nobody prepares anything.
    """
    post = await chat_posts.of_message_or_clip(connection, caller.chat_id, message_id)
    if post is None:
        return None
    if not caller.role.may(Role.REVIEWER):
        await write_down(connection, caller, Refusal.ROLE, None, now)
        return Refusal.ROLE
    if post.closed or not post.draft:
        return Refusal.NOT_NOW
    draft = {**post.draft, "text": text[:TEXT_LIMIT]}
    await chat_posts.change(connection, post.id, draft=draft, stale=True)
    detail = {"user_id": caller.user_id, "chat_id": caller.chat_id}
    await audit.append(connection, now, actor_of(caller.name), "telegram words", post.run_id or "", detail)
    return post


async def write_down(
    connection: AsyncConnection, caller: Caller, refusal: Refusal | None, button: Button | None, now: datetime
) -> None:
    """Every press leaves one row, whatever came of it."""
    detail: dict[str, Any] = {"user_id": caller.user_id, "chat_id": caller.chat_id, "role": caller.role}
    if button is not None:
        detail |= {"act": button.act, "argument": dict(button.argument), "revision": button.revision_hash or ""}
    if refusal is not None:
        detail["refused"] = str(refusal)
    subject = (button.run_id if button else None) or "-"
    await audit.append(connection, now, actor_of(caller.name), "telegram press", subject, detail)
