"""Chats go side by side, each as fast as Telegram allows it; what somebody waits for goes before what can wait."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from engine.home import Home
from engine.store.database import Database
from engine.telegram.lanes import Lanes
from engine.telegram.pace import Pace
from tests.bot_api import GROUP, OWNER, BotApi, Shown
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, media, running, settings
from tests.label import add_artist, add_waiting_run


class HeldClock:
    """Time that stands still until it is moved: whoever has to wait is held."""

    def __init__(self) -> None:
        self.time = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        until: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.time + seconds, until))
        await until

    def move(self, seconds: float) -> None:
        self.time += seconds
        for until, sleeper in self._sleepers:
            if until <= self.time and not sleeper.done():
                sleeper.set_result(None)


async def settled() -> None:
    """Whoever can go has gone."""
    for _ in range(20):
        await asyncio.sleep(0)


async def turns(pace: Pace, chat_id: int, count: int, went: list[str], name: str, *, patient: bool) -> None:
    for _ in range(count):
        await pace.turn(chat_id, patient=patient)
        went.append(name)


@pytest.mark.parametrize(("chat_id", "burst", "every_s"), [(OWNER, 3, 1.0), (GROUP, 5, 3.0)])
async def test_a_burst_goes_at_once_and_then_as_telegram_allows(chat_id: int, burst: int, every_s: float) -> None:
    clock, went = HeldClock(), list[str]()
    pace = Pace(clock.now, clock.sleep)
    task = asyncio.create_task(turns(pace, chat_id, 10, went, "x", patient=False))
    await settled()
    assert len(went) == burst
    clock.move(every_s)
    await settled()
    assert len(went) == burst + 1
    task.cancel()


async def test_an_answer_goes_at_once_while_previews_wait_for_their_turn() -> None:
    clock, went = HeldClock(), list[str]()
    pace = Pace(clock.now, clock.sleep)
    previews = asyncio.create_task(turns(pace, GROUP, 10, went, "preview", patient=True))
    await settled()
    assert went == ["preview"] * 3
    await turns(pace, GROUP, 1, went, "answer", patient=False)
    assert went[-1] == "answer"
    previews.cancel()


async def test_a_chat_that_waits_holds_up_no_other() -> None:
    clock, went = HeldClock(), list[str]()
    pace = Pace(clock.now, clock.sleep)
    slow = asyncio.create_task(turns(pace, GROUP, 10, went, "group", patient=True))
    await settled()
    await turns(pace, OWNER, 1, went, "owner", patient=True)
    assert went[-1] == "owner"
    slow.cancel()


async def test_a_flood_holds_everybody_for_as_long_as_telegram_says() -> None:
    clock, went = HeldClock(), list[str]()
    pace = Pace(clock.now, clock.sleep)
    pace.flooded(30)
    task = asyncio.create_task(turns(pace, OWNER, 1, went, "x", patient=False))
    clock.move(29)
    await settled()
    assert went == []
    clock.move(1)
    await settled()
    assert went == ["x"]
    await task


async def test_a_lane_at_work_is_followed_by_the_newest_job_alone() -> None:
    lanes, done, free = Lanes(), list[str](), asyncio.Event()

    async def job(name: str) -> None:
        await free.wait()
        done.append(name)

    for name in ("first", "second", "third"):
        lanes.put("a", lambda name=name: job(name))  # type: ignore[misc]
        await asyncio.sleep(0)
    free.set()
    await settled()
    assert done == ["first", "third"]
    await lanes.close()


async def test_a_job_that_falls_ends_neither_its_lane_nor_another() -> None:
    lanes, done = Lanes(), list[str]()

    async def falls() -> None:
        raise KeyError("tempo")

    async def works() -> None:
        done.append("works")

    lanes.put("a", falls)
    lanes.put("b", works)
    await settled()
    lanes.put("a", works)
    await settled()
    assert done == ["works", "works"]


def of(api: BotApi, chat: int, kind: str) -> list[Shown]:
    return [shown for shown in api.shown if (shown.chat_id, shown.kind) == (chat, kind)]


async def test_five_songs_are_heard_in_each_chat_at_the_real_pace(database: Database, home: Home, api: BotApi) -> None:
    """Nobody's first song waits for a pause, all sounds come before the first clip, and a decision is told at once."""
    media(home)
    async with database.write() as connection:
        await add_artist(connection)
        for number in range(5):
            await add_waiting_run(connection, f"r-{number}", at=NOW + timedelta(seconds=number))
    clock = HeldClock()
    bot = Bot(api, database, home, settings(api, telegram_chat_id=(GROUP, OWNER)))
    async with running(bot, Pace(clock.now, clock.sleep)):
        await api.until(lambda: len(of(api, GROUP, "audio")) == 3 and len(of(api, OWNER, "audio")) == 2)
        assert clock.time == 0
        first = of(api, GROUP, "audio")[0]
        api.press(first, "✓ Approve")
        await api.until(lambda: "Approved by Ada" in first.text)
        assert clock.time == 0, "it waited for no preview"
        while len(of(api, GROUP, "audio")) < 5:
            count = len(of(api, GROUP, "audio"))
            clock.move(6)
            await api.until(lambda count=count: len(of(api, GROUP, "audio")) > count)  # type: ignore[misc]
            assert not of(api, GROUP, "video")
        assert clock.time <= 15
