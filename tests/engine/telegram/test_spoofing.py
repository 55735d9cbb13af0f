"""Spoofed and replayed presses: nothing changes, and each leaves a row in the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.api.decide import Decision, Verdict, decide
from engine.api.remake import retry
from engine.domain.chat import Refusal
from engine.domain.runs import Actor, ActorKind, Channel, Stage
from engine.store import audit, reviews, runs
from engine.store.database import Database
from engine.store.shelf import Shelf
from engine.store.tables import audit as audit_table
from tests.bot_api import GROUP, OWNER, STRANGER, VIEWER, BotApi, Shown
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, Start, standing
from tests.label import add_artist, add_waiting_run

CONSOLE = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
ANONYMOUS_ADMIN = 1087968824
"""The account that Telegram puts in the place of an admin who hides (Bot API, `Message.sender_chat`)."""


@dataclass
class Case:
    """A bot with two songs waiting, shown in the group."""

    bot: Bot
    api: BotApi
    first: Shown
    other: Shown

    async def database_says(self) -> tuple[Any, ...]:
        """Everything that a press could change."""
        async with self.bot.database.read() as connection:
            states = [await runs.get(connection, name) for name in ("r-first", "r-other")]
            decisions = [await reviews.reviews_of(connection, name) for name in ("r-first", "r-other")]
        return (*((run.state, run.version) for run in states), *(len(rows) for rows in decisions))


@pytest.fixture
async def case(start: Start, database: Database, api: BotApi) -> Any:
    async with database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection, "r-first")
        await add_waiting_run(connection, "r-other", at=NOW + timedelta(seconds=1))
    async with start(telegram_chat_id=(GROUP,)) as bot:
        await api.until(lambda: len(api.shown) == 2)
        yield Case(bot, api, *api.shown)


async def refusals(database: Database) -> list[dict[str, Any]]:
    async with database.read() as connection:
        rows = await connection.execute(select(audit_table).where(audit_table.c.action.startswith("telegram")))
        return [row.detail for row in rows if "refused" in row.detail]


async def other_user_in_the_same_group(case: Case) -> Refusal:
    case.api.press(case.first, "✓ Approve", user=STRANGER)
    return Refusal.UNKNOWN_USER


async def right_user_in_another_chat(case: Case) -> Refusal:
    case.api.press(case.first, "✓ Approve", chat=-999)
    return Refusal.UNKNOWN_CHAT


async def button_under_another_message(case: Case) -> Refusal:
    case.api.press(case.first, "✓ Approve", message_id=31337)
    return Refusal.OTHER_MESSAGE


async def button_of_an_earlier_view(case: Case) -> Refusal:
    old = case.first.buttons["✓ Approve"]
    case.api.press(case.first, "✗ Reject")
    await case.api.until(lambda: "Back" in case.first.buttons)
    case.api.press(case.first, "", data=old)
    return Refusal.UNKNOWN_BUTTON


async def button_of_another_song(case: Case) -> Refusal:
    case.api.press(case.first, "", data=case.other.buttons["✓ Approve"])
    return Refusal.OTHER_MESSAGE


async def second_press(case: Case) -> Refusal:
    data = case.first.buttons["✓ Approve"]
    case.api.press(case.first, "", data=data)
    await case.api.until(lambda: "Approved by" in case.first.text)
    case.api.press(case.first, "", data=data)
    return Refusal.USED


async def press_after_a_decision_in_the_console(case: Case) -> Refusal:
    async with case.bot.database.write() as connection:
        await decide(connection, "r-first", Verdict(Decision.APPROVE), CONSOLE, NOW, grace_s=0, retirement_threshold=5)
        # In the same moment, before the message could be put right:
        from engine.api.chat_press import Rules, press
        from engine.domain.chat import Caller, Role

        caller = Caller(OWNER, "Ada", GROUP, Role.OWNER)
        data = case.first.buttons["✓ Approve"]
        pressed = await press(connection, caller, data, case.first.message_id, NOW, Rules(0, 5), Shelf())
    assert "decided (approve) by mara in the console" in pressed.said
    return Refusal.DECIDED


async def press_after_its_time(case: Case) -> Refusal:
    case.bot.clock.append(NOW + timedelta(days=15))
    case.api.press(case.first, "✓ Approve")
    return Refusal.EXPIRED


async def press_after_the_track_was_made_again(case: Case) -> Refusal:
    from engine.api.chat_press import Rules, press
    from engine.domain.chat import Caller, Role

    async with case.bot.database.write() as connection:
        await retry(connection, "r-first", Stage.TRACK, None, CONSOLE, NOW)
        caller = Caller(OWNER, "Ada", GROUP, Role.OWNER)
        data = case.first.buttons["✓ Approve"]
        pressed = await press(connection, caller, data, case.first.message_id, NOW, Rules(0, 5), Shelf())
    assert "is being made again from track" in pressed.said
    return Refusal.NOT_NOW


async def sixty_four_bytes_of_junk(case: Case) -> Refusal:
    case.api.press(case.first, "", data="\u202e" + "x" * 61)
    return Refusal.UNKNOWN_BUTTON


async def edited_message(case: Case) -> Refusal:
    message = case.api._message(OWNER, GROUP, text="/pause all", edit_date=2)
    case.api.push(edited_message=message)
    return Refusal.EDITED


async def forwarded_command(case: Case) -> Refusal:
    origin = {"type": "hidden_user", "sender_user_name": "Ada", "date": 1}
    case.api.say("/pause all", chat=GROUP, forward_origin=origin)
    return Refusal.FORWARDED


async def anonymous_admin_presses(case: Case) -> Refusal:
    case.api.press(case.first, "✓ Approve", user=ANONYMOUS_ADMIN)
    return Refusal.UNKNOWN_USER


async def anonymous_admin_writes(case: Case) -> Refusal:
    chat = {"id": GROUP, "type": "supergroup", "title": "The label"}
    case.api.say("/pause all", user=ANONYMOUS_ADMIN, chat=GROUP, sender_chat=chat)
    return Refusal.NO_SENDER


async def message_without_a_sender(case: Case) -> Refusal:
    message = case.api._message(OWNER, GROUP, text="/pause all")
    del message["from"]
    case.api.push(message=message)
    return Refusal.NO_SENDER


async def look_alike_name(case: Case) -> Refusal:
    """The stranger's name is the owner's, letter by letter."""
    case.api.say("/pause all", user=STRANGER, chat=GROUP)
    return Refusal.UNKNOWN_USER


async def viewer_puts_words_into_a_decision(case: Case) -> Refusal:
    case.api.press(case.first, "✗ Reject")
    await case.api.until(lambda: "Back" in case.first.buttons)
    chat = {"id": GROUP, "type": "supergroup", "title": "The label"}
    reply = {"message_id": case.first.message_id, "date": 1, "chat": chat}
    case.api.say("approve it", user=VIEWER, chat=GROUP, reply_to_message=reply)
    return Refusal.ROLE


CASES: list[Callable[[Case], Awaitable[Refusal]]] = [
    other_user_in_the_same_group,
    right_user_in_another_chat,
    button_under_another_message,
    forwarded_command,
    button_of_an_earlier_view,
    button_of_another_song,
    second_press,
    press_after_a_decision_in_the_console,
    press_after_its_time,
    press_after_the_track_was_made_again,
    sixty_four_bytes_of_junk,
    edited_message,
    anonymous_admin_presses,
    anonymous_admin_writes,
    message_without_a_sender,
    look_alike_name,
    viewer_puts_words_into_a_decision,
]


@pytest.mark.parametrize("spoof", CASES, ids=lambda spoof: spoof.__name__)
async def test_it_changes_nothing_and_is_written_down(case: Case, spoof: Callable[[Case], Awaitable[Refusal]]) -> None:
    refusal = await spoof(case)
    if refusal in (Refusal.USED, Refusal.DECIDED, Refusal.NOT_NOW):
        before = await case.database_says()  # the first press, or the other decider, changed it
    else:
        before = await untouched(case)
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(10):
        while not found:
            found = [row for row in await refusals(case.bot.database) if row["refused"] == str(refusal)]
            await asyncio.sleep(0.01)
    assert await case.database_says() == before
    async with case.bot.database.read() as connection:
        assert not (await case_switch(connection))
        assert await audit.first_broken(connection) is None


async def untouched(case: Case) -> tuple[Any, ...]:
    says = await case.database_says()
    assert says == (("awaiting_review", 1), ("awaiting_review", 1), 0, 0)
    return says


async def case_switch(connection: Any) -> bool:
    """Whether the command `/pause all` was obeyed."""
    from engine.store import control

    return await control.switch(connection, control.PAUSES["all"])


async def test_an_update_that_comes_again_after_a_restart_is_not_handled_twice(
    start: Start, waiting: Database, api: BotApi
) -> None:
    """Telegram keeps an update for a day where its confirmation was lost."""
    async with start():
        await standing(waiting)
        shown = api.last()
        data = shown.buttons["✓ Approve"]
        number = api.press(shown, "✓ Approve")
        await api.until(lambda: "Approved by" in shown.text and api.confirmed > number)
    await api.until(lambda: not api.polls)
    query = {
        "id": "again",
        "from": {"id": OWNER, "is_bot": False, "first_name": "Ada"},
        "chat_instance": "1",
        "data": data,
        "message": {"message_id": shown.message_id, "date": 1, "chat": {"id": OWNER, "type": "private"}},
    }
    api.again(number, {"callback_query": query, "_again": True})
    async with start():
        async with asyncio.timeout(10):
            while not any(row["refused"] == str(Refusal.SEEN) for row in await refusals(waiting)):
                await asyncio.sleep(0.01)
    async with waiting.read() as connection:
        assert len(await reviews.reviews_of(connection, "r-first")) == 1
