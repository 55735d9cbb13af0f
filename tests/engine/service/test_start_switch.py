"""An engine that starts begins the cycle by itself only where nobody stopped it."""

from __future__ import annotations

import pytest

from engine.domain.runs import Actor, ActorKind, Channel
from engine.lock import Mode
from engine.service.start_switch import start_switch
from engine.store import control
from engine.store.database import Database
from tests.conftest import NOW

CONSOLE = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
CHAT = Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, "Ada")


async def started(database: Database, *modes: Mode) -> bool:
    """Whether the cycle is on after these starts."""
    for mode in modes:
        await start_switch(database, mode, NOW)
    async with database.read() as connection:
        return await control.switch(connection, control.CYCLE)


async def say(database: Database, on: bool, actor: Actor = CONSOLE) -> None:
    async with database.write() as connection:
        await control.set_switch(connection, control.CYCLE, on, actor, NOW)


async def test_a_first_headless_start_begins_the_cycle(database: Database) -> None:
    assert await started(database, Mode.HEADLESS)


@pytest.mark.parametrize("actor", [CONSOLE, CHAT])
async def test_a_cycle_that_a_person_switched_off_stays_off_over_restarts(database: Database, actor: Actor) -> None:
    await started(database, Mode.HEADLESS)
    await say(database, False, actor)
    assert not await started(database, Mode.HEADLESS, Mode.HEADLESS)


async def test_an_engine_of_one_command_does_not_make_it_forget_who_switched_it_off(database: Database) -> None:
    await say(database, False)
    assert not await started(database, Mode.ONESHOT, Mode.EMBEDDED, Mode.HEADLESS)


async def test_switched_on_by_a_person_it_goes_on_after_a_restart(database: Database) -> None:
    await say(database, False)
    await say(database, True)
    assert await started(database, Mode.HEADLESS)


async def test_the_engine_of_a_console_waits_to_be_told(database: Database) -> None:
    await say(database, True)
    assert not await started(database, Mode.EMBEDDED)


async def test_what_a_console_s_engine_switched_off_no_person_did(database: Database) -> None:
    assert await started(database, Mode.EMBEDDED, Mode.HEADLESS)
