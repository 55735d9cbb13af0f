"""Whether a run goes on is told as it is: a pause lets the stage at work end, and nothing goes on without an engine."""

from __future__ import annotations

from datetime import timedelta

from console.screens.run import RunScreen
from engine.domain.clock import utc_now
from engine.domain.runs import Stage
from engine.home import Home
from engine.lock import EngineLock
from engine.store import control, runs
from tests.console.conftest import Open, press, shown, until
from tests.console.label import NOW, OPERATOR, Label


async def pause(label: Label) -> None:
    async with label.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["all"], True, OPERATOR, NOW, "lunch")


async def worker_began(label: Label, seconds_ago: float) -> None:
    async with label.database.write() as connection:
        began = NOW - timedelta(seconds=seconds_ago)
        await control.beat(connection, "engine", 4711, "headless", "0.1.0", began, NOW)


async def test_a_stage_at_work_goes_on_until_it_is_done_and_then_the_run_is_paused(
    label: Label, console: Open, ids: dict[str, str], engine: EngineLock
) -> None:
    await worker_began(label, seconds_ago=600)
    await pause(label)
    async with console(label.home, (140, 45)) as pilot:
        await press(pilot, "3")
        await until(pilot, lambda: "track, then paused" in shown(pilot))
        pilot.app.push_screen(RunScreen(ids["track"]))
        await until(pilot, lambda: "pausing after this stage" in shown(pilot))
        async with label.database.write() as connection:
            run = await runs.get(connection, ids["track"])
            await runs.stage_done(connection, run, Stage.TRACK, {}, 1.0, NOW)
        await until(pilot, lambda: " · paused" in shown(pilot))
        assert "pausing" not in shown(pilot)


async def test_a_stage_that_an_earlier_worker_left_is_paused_though_it_was_never_ended(
    label: Label, console: Open, ids: dict[str, str], engine: EngineLock
) -> None:
    await worker_began(label, seconds_ago=5)
    await pause(label)
    async with console(label.home, (140, 45)) as pilot:
        pilot.app.push_screen(RunScreen(ids["track"]))
        await until(pilot, lambda: " · paused" in shown(pilot))


async def test_nothing_goes_on_while_the_worker_hangs_and_all_does_while_its_supervisor_does(
    label: Label, console: Open, ids: dict[str, str], engine: EngineLock
) -> None:
    async with console(label.home, (140, 45)) as pilot:
        pilot.app.push_screen(RunScreen(ids["track"]))
        engine.beat(utc_now(), worker_silent_s=42.0)
        await until(pilot, lambda: " · engine hangs" in shown(pilot))
        engine.beat(utc_now() - timedelta(seconds=42))
        await until(pilot, lambda: "engine hangs" not in shown(pilot))


async def test_without_an_engine_a_run_says_so(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, (140, 45)) as pilot:
        pilot.app.push_screen(RunScreen(ids["track"]))
        await until(pilot, lambda: " · no engine" in shown(pilot))
