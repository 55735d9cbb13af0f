"""A song is waited for as long as somebody wants it and the engine runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from engine.domain.errors import Interrupted
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.music.provider import Standing
from engine.pipeline import bought
from engine.pipeline.buying import Patience
from engine.pipeline.child import ChildStopped
from engine.pipeline.line import Line
from engine.pipeline.wanted import Wanted
from engine.store import runs
from engine.store.database import Database
from tests.conftest import NOW
from tests.engine.pipeline.market import hurried
from tests.engine.pipeline.shop import S, Shop, market
from tests.label import add_artist, add_run
from tests.loopback import pass_time

__all__ = ["hurried"]

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)


@dataclass
class Slow(Shop):
    """Is never done, and says when it was looked at."""

    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def poll(self, task_id: str) -> Standing:
        self.polls += 1
        self.looked.set()
        return Standing(S.RUNNING, task_id)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour between two looks."""
    monkeypatch.setattr(bought, "PATIENCE", Patience(poll_s=3_600.0, slowest_s=3_600.0))


@pytest.mark.usefixtures("patient")
async def test_a_cancelled_song_is_waited_for_a_second_more_at_most(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Slow()
    found = await market(line, monkeypatch, shop)
    making = asyncio.create_task(found.make())
    await shop.looked.wait()
    async with line.database.write() as connection:
        run = await runs.get(connection, "r-first")
        await runs.move(connection, run, RunState.CANCELLED, OPERATOR, NOW)
    pass_time(1)
    with pytest.raises(ChildStopped):
        await asyncio.wait_for(making, 60)
    assert shop.polls == 1 and await found.states() == [S.RUNNING]


@pytest.mark.usefixtures("patient")
async def test_an_engine_that_stops_waits_for_no_vendor(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Slow()
    found = await market(line, monkeypatch, shop)
    making = asyncio.create_task(found.make())
    await shop.looked.wait()
    found.line.stopping.set()
    with pytest.raises(Interrupted, match="starts again"):
        await asyncio.wait_for(making, 60)
    assert shop.polls == 1 and await found.states() == [S.RUNNING]


@pytest.mark.usefixtures("hurried")
async def test_a_paused_song_is_still_waited_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its vendor is at work already, and what it makes is paid for."""
    found = await market(line, monkeypatch, Shop(looks=5))
    async with line.database.write() as connection:
        await runs.set_columns(connection, "r-first", held_by="pause")
    assert (await found.make()).result["provider"] == "suno"


async def test_however_many_songs_wait_the_database_is_asked_once_a_second(line: Line) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
    wanted, asked = Wanted(), 0
    read = line.database.read

    class Counted:
        def read(self) -> Any:
            nonlocal asked
            asked += 1
            return read()

    database = cast(Database, Counted())
    for seconds in range(1, 4):
        assert all(await asyncio.gather(*(wanted.holds(database, run, 1.0) for _ in range(50))))
        assert asked == seconds
        pass_time(1)
