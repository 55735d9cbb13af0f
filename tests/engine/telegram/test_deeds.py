"""What is done from the chat is done once and in one piece, whatever falls or is busy meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.api.chat_desk import ChatDesk
from engine.domain.errors import StoreBusy
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.store import chat_posts, control, runs
from engine.store.database import Database
from engine.telegram import texts
from engine.telegram.handle import Handler
from tests.bot_api import OWNER, STRANGER, BotApi
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, Start

MARA = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")


async def paused(database: Database) -> bool:
    async with database.read() as connection:
        return await control.switch(connection, control.PAUSES["all"])


async def until_paused(database: Database) -> None:
    async with asyncio.timeout(10):
        while not await paused(database):
            await asyncio.sleep(0.01)


async def never(*_: Any) -> None:
    await asyncio.Event().wait()


async def panel(api: BotApi) -> Any:
    await api.until(lambda: api.shown)
    api.say("/pause")
    await api.until(lambda: "Pause all work" in api.last().buttons)
    return api.last()


async def test_a_pause_stands_although_the_bot_fell_before_it_answered(
    start: Start, waiting: Database, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Handler, "_follow", never)
        async with start():
            shown = await panel(api)
            number = api.press(shown, "Pause all work")
            await until_paused(waiting)
    assert f"q{number}" not in api.answers
    async with start():
        await api.until(lambda: api.answers.get(f"q{number}") == (texts.USED_BUTTON, True))
        await api.until(lambda: "all work: paused" in shown.text)


async def test_a_deed_that_breaks_leaves_its_button_unused(bot: Bot, api: BotApi) -> None:
    shown = await panel(api)
    nonce = shown.buttons["Pause all work"]

    async def breaks(*_: Any) -> None:
        raise RuntimeError

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("engine.api.commands.Commands.pause", breaks)
        number = api.press(shown, "Pause all work")
        await api.until(lambda: api.answers.get(f"q{number}") == (texts.FAILED, True))
    async with bot.database.read() as connection:
        button = await chat_posts.button(connection, nonce)
    assert button is not None and button.used_at is None
    api.press(shown, "Pause all work")
    await until_paused(bot.database)


async def test_a_typed_deed_is_not_done_again_after_a_fall(
    start: Start, waiting: Database, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was paused, the bot fell, and somebody ended the pause before the bot was back."""

    async def falls(self: Handler, update: Any) -> None:
        await whole(self, update)
        await never()

    whole = Handler.handle
    with monkeypatch.context() as broken:
        broken.setattr(Handler, "handle", falls)
        async with start():
            await api.until(lambda: api.shown)
            api.say("/pause all")
            await until_paused(waiting)
    async with waiting.write() as connection:
        await control.set_switch(connection, control.PAUSES["all"], False, MARA, NOW)
    async with start():
        api.say("/budget")
        await api.until(lambda: "Spent today" in api.last().text)
        assert not await paused(waiting)


def busy(times: int) -> Any:
    """The desk's `who`, which fails so often."""
    whole, left = ChatDesk.who, [times]

    async def who(self: ChatDesk, *args: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise StoreBusy("Another process holds the database.")
        return await whole(self, *args)

    return who


async def test_a_press_while_the_database_is_busy_is_tried_again(
    bot: Bot, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChatDesk, "who", busy(2))
    shown = api.last()
    api.press(shown, "✓ Approve")
    await api.until(lambda: "Approved by Ada" in shown.text)
    async with bot.database.read() as connection:
        assert (await runs.get(connection, "r-first")).state is RunState.APPROVED


@pytest.mark.parametrize("user", [OWNER, STRANGER])
async def test_a_command_that_cannot_be_handled_is_told_to_people_of_the_list_alone(
    bot: Bot, api: BotApi, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(ChatDesk, "who", busy(100))
        number = api.say("/pause all", user=user)
        await api.until(lambda: api.confirmed > number)
    api.say("/budget")
    await api.until(lambda: any("Spent today" in shown.text for shown in api.shown))
    told = [shown.chat_id for shown in api.shown if shown.text == texts.FAILED]
    assert told == ([OWNER] if user == OWNER else [])
    assert not await paused(bot.database)
