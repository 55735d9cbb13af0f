"""Every trouble of the line has a state of its own, is told once, and ends by itself."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta

import pytest

from engine.api import chat_access
from engine.api.chat_desk import ChatDesk
from engine.api.chat_press import Rules
from engine.domain.chat import Allowed, Ear
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.lock import EngineState
from engine.store import chat, reviews, runs
from engine.store.database import Database
from engine.telegram.pace import Pace
from engine.telegram.poller import Waits, gone, holder
from tests.bot_api import TOKEN, BotApi, Refused
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, Start, running, settings, standing

CONSOLE = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
BOT_ID = TOKEN.partition(":")[0]


async def until_ear(database: Database, state: Ear) -> chat.Poller:
    async with asyncio.timeout(10):
        while True:
            async with database.read() as connection:
                found = await chat.poller(connection, BOT_ID)
            if found is not None and found.state is state:
                return found
            await asyncio.sleep(0.01)


async def test_it_listens_and_knows_its_name(start: Start, database: Database, api: BotApi) -> None:
    async with start():
        found = await until_ear(database, Ear.LISTENING)
    assert found.username == "label_bot"
    [commands] = api.of("setMyCommands")
    assert {"status", "queue", "help"} <= {each["command"] for each in commands.fields["commands"]}


async def test_another_program_on_the_same_token_is_named_and_waited_for(
    start: Start, database: Database, api: BotApi
) -> None:
    api.conflict = True
    async with start():
        found = await until_ear(database, Ear.CONFLICT)
        assert "Another program listens with the same bot token" in found.detail
        api.conflict = False
        await until_ear(database, Ear.LISTENING)


async def test_a_revoked_token_is_told_in_mid_run_and_a_valid_one_is_taken_up(
    start: Start, database: Database, api: BotApi
) -> None:
    async with start():
        await until_ear(database, Ear.LISTENING)
        api.revoked = True
        api.say("/status")  # ends the long poll; the next one is refused
        found = await until_ear(database, Ear.REFUSED)
        assert "Ask @BotFather" in found.detail
        api.revoked = False
        await until_ear(database, Ear.LISTENING)


async def test_flood_control_is_obeyed_for_as_long_as_it_says(database: Database, home: Home, api: BotApi) -> None:
    api.trouble["getUpdates"] = [Refused(429, "Too Many Requests: retry after 1", retry_after=1)]
    async with running(Bot(api, database, home, settings(api)), Pace()):
        found = await until_ear(database, Ear.FLOOD)
        assert found.retry_at is not None and (found.retry_at - NOW).total_seconds() == 1
        await until_ear(database, Ear.LISTENING)


async def test_a_pause_asked_of_a_message_is_shown_until_it_is_over(
    waiting: Database, start: Start, api: BotApi
) -> None:
    async with start():
        await until_ear(waiting, Ear.LISTENING)
        await standing(waiting)
        api.trouble["sendMessage"] = [Refused(429, "Too Many Requests: retry after 1", retry_after=1)]
        api.say("/status")
        found = await until_ear(waiting, Ear.FLOOD)
        assert found.retry_at is not None and 0 < (found.retry_at - NOW).total_seconds() <= 1
        assert "what you press is heard" in found.detail
        over = await until_ear(waiting, Ear.LISTENING)
    assert (over.detail, over.retry_at) == ("", None)


async def test_a_try_that_somebody_asks_for_does_not_wait_for_its_time(
    database: Database, home: Home, api: BotApi
) -> None:
    api.conflict = True
    patient = Waits(conflict=(600.0, 600.0))
    async with running(Bot(api, database, home, settings(api)), waits=patient):
        await until_ear(database, Ear.CONFLICT)
        api.conflict = False
        async with database.write() as connection:
            await chat_access.retry(connection, EngineState.RUNNING, CONSOLE, NOW)
        await until_ear(database, Ear.LISTENING)


async def test_the_lease_is_renewed_while_one_update_follows_the_other(
    bot: Bot, database: Database, api: BotApi
) -> None:
    before = await until_ear(database, Ear.LISTENING)
    bot.clock.append(NOW + timedelta(seconds=50))
    api.say("hm")
    async with asyncio.timeout(10):
        while (found := await until_ear(database, Ear.LISTENING)).heard_at != bot.now():
            await asyncio.sleep(0.01)
    assert found.lease_until > before.lease_until


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_is_an_outage_that_ends(
    start: Start, database: Database, api: BotApi, status: int
) -> None:
    api.trouble["getMe"] = [Refused(status, "Bad Gateway")]
    async with start():
        await until_ear(database, Ear.OFFLINE)
        await until_ear(database, Ear.LISTENING)


async def test_the_line_goes_on_where_nothing_answers_at_all(waiting: Database, start: Start, api: BotApi) -> None:
    async with start(telegram_api_base="http://127.0.0.1:9"):
        await until_ear(waiting, Ear.OFFLINE)
    async with waiting.read() as connection:
        assert (await runs.get(connection, "r-first")).state is RunState.AWAITING_REVIEW


async def test_a_second_engine_does_not_listen_while_the_first_holds_the_lease(database: Database) -> None:
    desk = ChatDesk(database, Allowed(), Rules(0, 5), lambda: NOW)
    assert await desk.take_lease(BOT_ID, "one", may_take=False) is not None
    assert await desk.take_lease(BOT_ID, "two", may_take=False) is None
    assert await desk.take_lease(BOT_ID, "one", may_take=False) is not None
    assert await desk.take_lease(BOT_ID, "two", may_take=True) is not None


def test_a_process_that_lives_is_not_taken_for_gone() -> None:
    own = holder()
    assert not gone(own)
    boot = own.partition(":")[0]
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    assert gone(f"{boot}:{child}:x")
    assert not gone(f"another-boot:{child}:x")


async def test_a_restart_between_press_and_answer_decides_once(start: Start, waiting: Database, api: BotApi) -> None:
    """The bot falls when the decision is stored and before the press is written off."""
    from engine.telegram.handle import Handler

    async with start():
        await standing(waiting)
    shown = api.last()
    with pytest.MonkeyPatch.context() as broken:
        decided = asyncio.Event()
        whole = Handler.handle

        async def falls(self: Handler, update: object) -> None:
            await whole(self, update)  # type: ignore[arg-type]
            decided.set()
            await asyncio.Event().wait()

        broken.setattr(Handler, "handle", falls)
        number = api.press(shown, "✓ Approve")
        async with start():
            await asyncio.wait_for(decided.wait(), 10)
    async with start():
        await api.until(lambda: "Approved by Ada" in shown.text)
        await api.until(lambda: api.confirmed > number)
    async with waiting.read() as connection:
        assert len(await reviews.reviews_of(connection, "r-first")) == 1


async def test_after_a_night_offline_everything_is_handled_once(start: Start, waiting: Database, api: BotApi) -> None:
    """300 updates wait: presses of one song again and again, commands, chatter."""
    async with start():
        await standing(waiting)
    shown = api.last()
    for number in range(100):
        api.press(shown, "✓ Approve" if number % 2 else "✗ Reject")
        api.say(f"/budget {number}")
        api.say("good night")
    async with start():
        await api.until(lambda: len(api.answers) == 100, 60)
        await api.until(lambda: api.confirmed > 1000 + 300)
        await api.until(lambda: len([s for s in api.shown if s.text.startswith("Spent today")]) == 100, 60)
    async with waiting.read() as connection:
        assert len(await reviews.reviews_of(connection, "r-first")) <= 1


async def test_without_a_token_the_library_is_not_loaded() -> None:
    import subprocess
    import sys

    code = "import engine.service.worker, sys; print('telegram' in sys.modules, 'engine.telegram' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


async def test_a_flooded_send_is_sent_when_the_pause_is_over(bot: Bot, api: BotApi) -> None:
    api.trouble["sendMessage"] = [Refused(429, "Too Many Requests", retry_after=1)]
    api.say("/status")
    await api.until(lambda: "Engine:" in api.last().text)
