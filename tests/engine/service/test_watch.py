"""Runs that nobody works on any more are found; a run that has just begun is not taken for one."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.service.watch import STALLED_S, Watch
from engine.settings import Settings
from engine.store import control, runs
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run


@dataclass
class World:
    """A worker's clock and steps, and what the watch did."""

    now: float = 1000.0
    idle: float = 1000.0
    said: list[str] = field(default_factory=list)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.idle += seconds


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def watch(database: Database, home: Home, world: World) -> Watch:
    line = Line(database, home, Settings(), Redactor(), now=lambda: NOW)
    return Watch(line, lambda: world.idle, world.said.append, now=lambda: world.now)


async def begin(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)


async def test_a_run_that_begins_after_a_quiet_hour_is_given_its_time(
    database: Database, watch: Watch, world: World
) -> None:
    await watch.look()
    await begin(database)
    await watch.look()
    world.pass_by(STALLED_S - 1)
    await watch.look()
    assert world.said == []


async def test_a_run_on_which_nobody_works_for_long_makes_the_worker_start_over(
    database: Database, watch: Watch, world: World
) -> None:
    await begin(database)
    await watch.look()
    world.pass_by(STALLED_S)
    await watch.look()
    assert world.said == ["1 run at work and nobody working on them for 30 s"]


async def test_a_step_in_between_starts_the_count_anew(database: Database, watch: Watch, world: World) -> None:
    await begin(database)
    await watch.look()
    world.idle = 0.0
    await watch.look()
    world.pass_by(STALLED_S)
    await watch.look()
    assert world.said == []


async def test_while_all_work_is_paused_nobody_is_missed(database: Database, watch: Watch, world: World) -> None:
    await begin(database)
    async with database.write() as connection:
        actor = Actor(ActorKind.OPERATOR, Channel.CLI)
        await control.set_switch(connection, control.PAUSES["all"], True, actor, NOW)
    await watch.look()
    world.pass_by(10 * STALLED_S)
    await watch.look()
    assert world.said == []
