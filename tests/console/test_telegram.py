"""The bot's screen: how it does, a code that is shown once, and who may speak to it."""

from __future__ import annotations

import re

from console.screens.telegram import TelegramScreen
from engine.domain.chat import Role
from engine.home import Home
from engine.store import chat
from tests.console.conftest import Open, press, shown, until
from tests.console.label import NOW, Label


async def test_without_a_token_it_says_what_enables_the_bot(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "B")
        await until(pilot, lambda: "TELEGRAM_BOT_TOKEN enables the bot" in shown(pilot))


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
        await until(pilot, lambda: "Take 4712 off the list?" in shown(pilot))
        await press(pilot, "y")
        await until(pilot, lambda: "Grace" not in shown(pilot))
    async with label.database.read() as connection:
        assert await chat.users(connection) == []
