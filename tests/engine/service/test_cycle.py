"""The cycle starts runs only while it is on, healthy, and there is room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.pipeline import intake
from engine.pipeline.line import Line
from engine.pipeline.space import DISK
from engine.safety.secrets import Redactor
from engine.service.cycle import FAILURES, Cycle
from engine.settings import Settings
from engine.store import control, journal, runs
from engine.store.database import Database
from engine.store.tables import notices
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)


@pytest.fixture
def line(database: Database, home: Home) -> Line:
    settings = replace(Settings(), min_free_disk_mb=0, max_failures_in_a_row=2)
    return Line(database, home, settings, Redactor(), now=lambda: NOW)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Counts the runs that the cycle began."""
    tokens: list[str] = []

    async def begin(_line: Line, token: str) -> dict[str, str]:
        tokens.append(token)
        return {}

    monkeypatch.setattr(intake, "begin_cycle", begin)
    return tokens


async def switch_on(line: Line) -> None:
    async with line.database.write() as connection:
        await control.set_switch(connection, control.CYCLE, True, OPERATOR, NOW)


async def open_incidents(line: Line) -> set[str]:
    async with line.database.read() as connection:
        rows = await connection.execute(notices.select().where(notices.c.closed_at.is_(None)))
        return {row.incident for row in rows}


async def test_the_cycle_is_off_until_somebody_switches_it_on(line: Line, begun: list[str]) -> None:
    await Cycle(line).look()
    assert begun == []


async def test_on_it_begins_one_run_each_interval(line: Line, begun: list[str]) -> None:
    await switch_on(line)
    cycle = Cycle(line)
    await cycle.look()
    await cycle.look()
    assert len(begun) == 1


async def test_a_pause_wins_over_the_switch(line: Line, begun: list[str]) -> None:
    await switch_on(line)
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["all"], True, OPERATOR, NOW)
    await Cycle(line).look()
    assert begun == []


@pytest.mark.parametrize("full", ["active", "unreviewed"])
async def test_a_full_line_gets_no_new_run(line: Line, begun: list[str], full: str) -> None:
    tight = {
        "active": replace(line.settings, max_active_runs=1),
        "unreviewed": replace(line.settings, max_unreviewed=1),
    }
    line = replace(line, settings=tight[full])
    await switch_on(line)
    add: Callable[..., Awaitable[runs.Run]] = {"active": add_run, "unreviewed": add_waiting_run}[full]
    async with line.database.write() as connection:
        await add_artist(connection)
        await add(connection)
    await Cycle(line).look()
    assert begun == []


async def test_a_nearly_full_disk_pauses_with_one_notice(line: Line, begun: list[str]) -> None:
    await switch_on(line)
    nearly_full = replace(line, settings=replace(line.settings, min_free_disk_mb=10**9))
    for _ in range(2):
        await Cycle(nearly_full).look()
    assert begun == [] and await open_incidents(line) == {DISK}


async def test_the_notice_closes_and_the_cycle_goes_on_when_there_is_space_again(line: Line, begun: list[str]) -> None:
    await switch_on(line)
    await Cycle(replace(line, settings=replace(line.settings, min_free_disk_mb=10**9))).look()
    await Cycle(line).look()
    assert len(begun) == 1 and await open_incidents(line) == set()


async def test_failures_in_a_row_pause_the_cycle(line: Line, begun: list[str]) -> None:
    await switch_on(line)
    async with line.database.write() as connection:
        await add_artist(connection)
        for number in range(2):
            run = await add_run(connection, f"r-{number}", at=later(seconds=number))
            run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
            await runs.move(connection, run, RunState.FAILED, ENGINE, NOW)
    await Cycle(line).look()
    assert begun == [] and await open_incidents(line) == {FAILURES}


def nearly_full(line: Line) -> Line:
    return replace(line, settings=replace(line.settings, min_free_disk_mb=10**9))


@pytest.mark.parametrize("switches", [{}, {control.CYCLE: True, control.PAUSES["all"]: True}], ids=["off", "paused"])
async def test_what_stops_every_new_run_is_told_and_ends_while_the_cycle_is_still(
    line: Line, begun: list[str], switches: dict[str, bool]
) -> None:
    async with line.database.write() as connection:
        for name, on in switches.items():
            await control.set_switch(connection, name, on, OPERATOR, NOW)
    await Cycle(nearly_full(line)).look()
    assert await open_incidents(line) == {DISK}
    await Cycle(line).look()
    assert await open_incidents(line) == set() and begun == []


async def test_what_only_holds_the_cycle_up_is_told_no_longer_once_it_is_off(line: Line, begun: list[str]) -> None:
    await switch_on(line)
    async with line.database.write() as connection:
        await journal.open_notice(connection, FAILURES, "error", "The cycle pauses", "", NOW)
        await control.set_switch(connection, control.CYCLE, False, OPERATOR, NOW)
    await Cycle(line).look()
    assert await open_incidents(line) == set()


async def test_the_log_says_it_once(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    await Cycle(nearly_full(line)).look()
    [said] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said.startswith("No new run begins: the disk is nearly full (")
