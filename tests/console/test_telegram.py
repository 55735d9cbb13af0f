"""The bot's screen: how it does, a code that is shown once, and who may speak to it."""

from __future__ import annotations

import re
from datetime import timedelta

from console.screens.telegram import TelegramScreen
from engine.domain.chat import Role
from engine.home import Home
from engine.safety.secrets import Secret
from engine.settings.kinds import ChatUsers
from engine.store import chat
from tests.console.conftest import Open, press, shown, until
from tests.console.label import NOW, Label


async def test_without_a_token_it_says_what_enables_the_bot(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "B")
        await until(pilot, lambda: "TELEGRAM_BOT_TOKEN enables the bot" in shown(pilot))


async def test_what_keeps_the_bot_silent_is_said(filled: Home, console: Open) -> None:
    async with console(filled, telegram_bot_token=Secret("123456:a-token"), telegram_chat_id=(4711,)) as pilot:
        await press(pilot, "B")
        await until(pilot, lambda: "nobody may speak to the bot" in shown(pilot))


async def test_a_code_is_shown_with_its_role(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "B", "r")
        await until(pilot, lambda: re.search(r"/start [0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}", shown(pilot)) is not None)
        assert "reviewer" in shown(pilot)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, TelegramScreen)


async def test_a_person_is_taken_off_the_list_after_a_question(label: Label, console: Open) -> None:
    async with label.database.write() as connection:
        await chat.put_user(connection, chat.User(4712, Role.REVIEWER, "Grace", 4712, NOW, "ada"))
    async with console(label.home) as pilot:
        await press(pilot, "B")
        await until(pilot, lambda: "Grace" in shown(pilot))
        await press(pilot, "x")
        await until(pilot, lambda: "Take Grace (4712) off the list?" in shown(pilot))
        await press(pilot, "y")
        await until(pilot, lambda: "Grace" not in shown(pilot))
    async with label.database.read() as connection:
        assert await chat.users(connection) == []


async def test_a_chosen_person_is_given_another_role_and_an_owner_after_a_question(label: Label, console: Open) -> None:
    await enrolled(label, chat.User(4712, Role.VIEWER, "Ada", 4712, NOW, "mara"))
    async with console(label.home) as pilot:
        await press(pilot, "B")
        await until(pilot, lambda: "viewer    4712" in shown(pilot))
        await press(pilot, "R")
        await until(pilot, lambda: "reviewer  4712" in shown(pilot))
        await press(pilot, "O")
        await until(pilot, lambda: "Make Ada (4712) an owner?" in shown(pilot))
        await press(pilot, "y")
        await until(pilot, lambda: "owner     4712" in shown(pilot))


async def test_whose_role_the_settings_say_keeps_it(label: Label, console: Open) -> None:
    await enrolled(label, chat.User(4712, Role.OWNER, "Ada", 4712, NOW, "mara"))
    async with console(label.home, telegram_user_ids=ChatUsers(((4712, Role.VIEWER),))) as pilot:
        await press(pilot, "B")
        await until(pilot, lambda: "viewer    4712" in shown(pilot))
        await press(pilot, "R")
        await until(pilot, lambda: "4712 has its role from TELEGRAM_USER_IDS" in shown(pilot))


async def test_every_chat_is_named_with_what_keeps_it_quiet(label: Label, console: Open) -> None:
    await enrolled(label, chat.User(4712, Role.OWNER, "Ada", 4712, NOW, "mara"))
    await enrolled(label, chat.User(666, Role.VIEWER, "Ada", 666, NOW, "mara"))
    async with label.database.write() as connection:
        for chat_id in (4712, 666):
            await chat.meet_chat(connection, chat_id, NOW)
        await chat.set_chat(connection, 4712, muted_until=NOW + timedelta(hours=8))
        await chat.set_chat(connection, 666, shut_since=NOW, shut_why="It was blocked.")
    async with console(label.home) as pilot:
        await press(pilot, "B")
        await until(pilot, lambda: "! 666 (Ada) shut just now: It was blocked." in shown(pilot))
        assert "speaks in 666 (Ada), 4712 (Ada)" in shown(pilot)
        assert "! 4712 (Ada) muted until" in shown(pilot)


async def test_where_nothing_waits_for_another_try_it_says_so(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "B", "t")
        await until(pilot, lambda: "There is nothing to try again" in shown(pilot))


async def enrolled(label: Label, user: chat.User) -> None:
    async with label.database.write() as connection:
        await chat.put_user(connection, user)
