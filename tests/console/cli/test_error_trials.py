"""`noktvrn errors trial`: a trial is followed, joined where it goes on, and lost with the engine that ran it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from console.cli import say
from engine.domain.errors import Exit
from engine.domain.repair import PatchState, Work
from engine.home import Home
from engine.store import control, repairs
from engine.store.database import Database
from tests import mending
from tests.console.cli.conftest import Cli
from tests.console.cli.label import BUG, PATCH
from tests.console.cli.stand_in import Deed, StandIn, now
from tests.console.cli.test_errors import in_store
from tests.console.cli.test_once import HOLDS_THE_LOCK, _NoLock


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often: what is waited for here happens at once."""
    monkeypatch.setattr("console.cli.follow.LOOK_S", 0.02)


@pytest.fixture
def own_engine(label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command starts an engine: a process that only holds the lock, and a thread beside it that writes the rows."""
    program = [sys.executable, "-c", HOLDS_THE_LOCK, str(label.lock), str(label.root / "proof")]
    monkeypatch.setattr("engine.api.launch.engine_command", lambda *_: program)
    monkeypatch.setattr("tests.console.cli.stand_in.acquire", lambda *_: _NoLock())


async def begin(database: Database) -> None:
    """The engine begins the trial."""
    async with database.write() as connection:
        command = (await control.pending_commands(connection))[-1]
        assert (command.kind, command.arguments) == ("patch_trial", {"patch_id": PATCH})
        await control.start_command(connection, command.id)
        await repairs.set_work(connection, BUG, Work.TRIAL, now())


async def passes(database: Database) -> None:
    """The engine ends the trial, and everything that was asked for."""
    async with database.write() as connection:
        await repairs.set_work(connection, BUG, Work.NONE, now())
        await repairs.move_patch(connection, PATCH, PatchState.VALIDATED, trial=mending.TRIAL)
        for command in await control.pending_commands(connection):
            await control.finish_command(connection, command.id, "done", {}, now())


async def stopped(_: Database) -> None:
    """A person stops the command."""
    os.kill(os.getpid(), signal.SIGTERM)


async def settled(connection: AsyncConnection) -> None:
    """What the next engine does first with what the last one left."""
    await repairs.end_all_work(connection)
    for command in await control.pending_commands(connection):
        await control.finish_command(connection, command.id, "failed", {"error": "The engine ended."}, now())


def until_told(monkeypatch: pytest.MonkeyPatch, words: str) -> Deed:
    """The engine goes on when the command has said this."""
    said, talk = threading.Event(), say.talk

    def heard(text: str, *, indent: int = 0) -> None:
        talk(text, indent=indent)
        if words in text:
            said.set()

    async def wait(_: Database) -> None:
        assert await asyncio.to_thread(said.wait, 10)

    monkeypatch.setattr(say, "talk", heard)
    return wait


def test_a_stopped_trial_is_told_as_lost_and_asked_for_again(cli: Cli, label: Home, own_engine: None) -> None:
    with StandIn(label, begin, stopped):
        result = cli("errors", "trial", PATCH)
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert "The trial ended with the engine that was started for it" in result.err
    assert f"`noktvrn errors trial {PATCH}`" in result.err
    assert "trying now" not in cli("errors", "show", BUG).out
    in_store(label, settled)
    with StandIn(label, begin, passes):
        result = cli("errors", "trial", PATCH)
    assert result.code == Exit.DONE
    assert "passed" in result.out


def test_whoever_stops_waiting_is_told_that_the_engine_goes_on(cli: Cli, label: Home) -> None:
    with StandIn(label, begin, stopped):
        result = cli("errors", "trial", PATCH)
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert "the engine goes on with it" in result.err
    assert "lost" not in result.err and "came of it" not in result.err


def test_a_trial_says_how_far_it_is(cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn(label, begin, until_told(monkeypatch, "trying"), passes):
        result = cli("errors", "trial", PATCH)
    assert "0:00  trying" in result.err


@pytest.mark.parametrize("begun", [True, False], ids=["goes on", "waits"])
def test_a_trial_that_was_asked_for_is_waited_for(
    begun: bool, cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(connection: AsyncConnection) -> None:
        from engine.domain.runs import ENGINE

        await control.add_command(connection, "c-unasked", "patch_trial", {"patch_id": PATCH}, ENGINE, now())

    async def only_one(database: Database) -> None:
        async with database.read() as connection:
            assert [command.id for command in await control.pending_commands(connection)] == ["c-unasked"]

    in_store(label, asked)
    told = until_told(monkeypatch, "waits for that one")
    with StandIn(label, *([begin] if begun else []), told, only_one, passes):
        result = cli("errors", "trial", PATCH)
    assert (result.code, result.out.splitlines()[0].split(",")[0]) == (Exit.DONE, "passed")
    assert "this waits for that one" in result.err
