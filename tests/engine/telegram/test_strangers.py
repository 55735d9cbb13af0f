"""Strangers: all they do is written down in little room, and nobody of the list waits for them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.api.chat_desk import ChatDesk
from engine.api.chat_press import Rules
from engine.api.commands import Commands
from engine.domain.chat import Allowed, Refusal, Role
from engine.domain.errors import NotAllowed
from engine.domain.originality import refused
from engine.domain.runs import Actor, ActorKind, Channel
from engine.store import audit, chat
from engine.store.database import Database
from engine.store.tables import audit as audit_table
from engine.telegram import texts
from engine.telegram.outbox import Outbox
from tests.bot_api import GROUP, OWNER, STRANGER, VIEWER, BotApi
from tests.conftest import NOW
from tests.engine.telegram.conftest import USERS, Bot, Start
from tests.engine.telegram.test_panel import asked

CONSOLE = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
SETTINGS = dict(USERS.roles)


async def written(database: Database) -> list[dict[str, Any]]:
    async with database.read() as connection:
        assert await audit.first_broken(connection) is None
        rows = await connection.execute(select(audit_table).order_by(audit_table.c.id))
        return [row.detail for row in rows if row.channel == "telegram"]


def counted(rows: list[dict[str, Any]], user: int) -> list[int]:
    return [row.get("count", 1) for row in rows if row["user_id"] == user]


async def test_every_press_of_a_stranger_is_in_the_audit(start: Start, waiting: Database, api: BotApi) -> None:
    async with start():
        await api.until(lambda: api.shown)
        for _ in range(200):
            api.press(api.shown[0], "✓ Approve", user=STRANGER)
        last = api.press(api.shown[0], "✓ Approve", user=667)
        await api.until(lambda: f"q{last}" in api.answers)
    rows = await written(waiting)
    assert sum(counted(rows, STRANGER)) == 200
    assert len(counted(rows, STRANGER)) <= 2
    assert counted(rows, 667) == [1]


async def test_a_flood_of_many_strangers_is_one_row_with_their_number(database: Database) -> None:
    desk = ChatDesk(database, Allowed(), Rules(0, 5), lambda: NOW)
    for number in range(500):
        desk.refuse(Refusal.UNKNOWN_USER, "press", number, GROUP)
    await desk.write_refusals()
    rows = await written(database)
    assert len(rows) == 201
    assert (rows[-1]["users"], rows[-1]["count"]) == (300, 300)


async def test_the_same_stranger_is_one_row_a_minute(database: Database) -> None:
    clock = [NOW]
    desk = ChatDesk(database, Allowed(), Rules(0, 5), lambda: clock[-1])
    for second in range(90):
        clock.append(NOW + timedelta(seconds=second))
        desk.refuse(Refusal.UNKNOWN_USER, "press", STRANGER, GROUP)
        await desk.write_refusals()
    assert counted(await written(database), STRANGER) == [1, 60]
    await desk.write_refusals(everything=True)
    assert sum(counted(await written(database), STRANGER)) == 90


async def test_a_stranger_is_answered_once(bot: Bot, api: BotApi) -> None:
    for _ in range(5):
        api.say("/start", user=STRANGER)
    last = api.press(api.shown[0], "✓ Approve", user=STRANGER)
    await api.until(lambda: f"q{last}" in api.answers and api.last(STRANGER))
    assert [shown.text for shown in api.shown if shown.chat_id == STRANGER] == [texts.ASK_CODE]


async def test_what_strangers_send_costs_no_transaction_each(
    start: Start, waiting: Database, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start():
        await api.until(lambda: api.shown)
    written_off: list[int] = []
    whole = ChatDesk.handled

    async def handled(self: ChatDesk, bot_id: str, next_update: int) -> None:
        written_off.append(next_update)
        await whole(self, bot_id, next_update)

    monkeypatch.setattr(ChatDesk, "handled", handled)
    for number in range(90):
        last = api.say("/start x", user=10_000 + number)
    async with start():
        await api.until(lambda: api.confirmed > last)
    assert written_off == [last + 1]


async def test_answers_to_strangers_go_one_by_one_and_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.telegram.outbox._STRANGER_S", 0.0)
    outbox, done = Outbox(), list[str]()

    async def say(who: str) -> None:
        await asyncio.sleep(0)
        done.append(who)

    for _ in range(600):
        outbox.later(lambda: say("stranger"))
    outbox.put(OWNER, lambda: say("owner"))
    async with asyncio.timeout(5):
        while len(done) < 21:
            await asyncio.sleep(0.01)
    await outbox.close()
    assert done.index("owner") <= 1
    assert len(done) == 21


# --- who may see


async def test_a_private_chat_of_nobody_on_the_list_gets_nothing(start: Start, waiting: Database, api: BotApi) -> None:
    async with start(telegram_chat_id=(STRANGER, OWNER)):
        await api.until(lambda: api.shown)
        await asked(api, "/budget")
    assert {shown.chat_id for shown in api.shown} == {OWNER}


async def test_a_group_without_anybody_on_the_list_gets_nothing(database: Database) -> None:
    desk = ChatDesk(database, Allowed({}, frozenset({GROUP, OWNER})), Rules(0, 5), lambda: NOW)
    assert await desk.places() == []
    async with database.write() as connection:
        await chat.put_user(connection, chat.User(OWNER, Role.OWNER, "Ada", None, NOW, "mara"))
    assert {place.chat_id for place in await desk.places()} == {GROUP, OWNER}


# --- the settings win


def commands(database: Database, home: Any) -> Commands:
    return Commands(
        database,
        home,
        CONSOLE,
        grace_s=0,
        retirement_threshold=5,
        names=refused,
        live=False,
        now=lambda: NOW,
        named=SETTINGS,
    )


async def test_a_code_gives_nobody_more_than_the_settings_say(bot: Bot, api: BotApi) -> None:
    code = (await commands(bot.database, bot.home).enrol(Role.OWNER)).code
    api.say(f"/start {code}", user=VIEWER)
    await api.until(lambda: any(shown.text == texts.NAMED for shown in api.shown))
    api.say(f"/start {code}", user=STRANGER)
    await api.until(lambda: any("you are owner now" in shown.text for shown in api.shown))


async def test_a_code_gives_one_of_the_settings_a_private_chat_and_says_the_role_that_counts(
    bot: Bot, api: BotApi
) -> None:
    code = (await commands(bot.database, bot.home).enrol(Role.VIEWER)).code
    api.say(f"/start {code}", user=4712)
    await api.until(lambda: any("you are reviewer now" in shown.text for shown in api.shown))
    await api.until(lambda: any("✓ Approve" in shown.buttons for shown in api.shown if shown.chat_id == 4712))


async def test_people_of_the_settings_are_changed_there_alone(database: Database, home: Any) -> None:
    door = commands(database, home)
    with pytest.raises(NotAllowed, match="TELEGRAM_USER_IDS names 4711 as owner"):
        await door.set_chat_role(OWNER, Role.VIEWER)
    with pytest.raises(NotAllowed, match="TELEGRAM_USER_IDS names 4711 as owner"):
        await door.remove_chat_user(OWNER)
