"""Whether a run goes on is told as it is: a pause lets the stage at work end, and nothing goes on without an engine."""

from __future__ import annotations

from datetime import timedelta

from console.screens.run import RunScreen
from engine.api.runs_view import row
from engine.domain.clock import utc_now
from engine.domain.runs import ENGINE, RunState, Stage
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


async def test_of_three_approved_songs_one_is_packed_and_the_others_wait_for_their_turn(
    label: Label, console: Open, engine: EngineLock
) -> None:
    await worker_began(label, seconds_ago=600)
    vesper = await label.artist("Paper Moth")
    songs = [await label.generating(vesper, title, stage=Stage.REFLECTION) for title in ("One", "Two", "Three")]
    async with label.database.write() as connection:
        for song in songs:
            run = await runs.get(connection, song)
            await runs.stage_done(connection, run, Stage.REFLECTION, {}, 1.0, NOW)
            for state in (RunState.AWAITING_REVIEW, RunState.APPROVED, RunState.PACKAGING):
                actor = OPERATOR if state is RunState.APPROVED else ENGINE
                run = await runs.move(connection, run, state, actor, NOW, progress=0.0)
        await runs.stage_starts(connection, await runs.get(connection, songs[0]), Stage.PACKAGE, NOW)
    async with label.database.read() as connection:
        found = {song: await row(connection, song, NOW) for song in songs}
    assert [found[song].waits_to_be_packed for song in songs] == [False, True, True]
    assert [found[song].eta_s is None for song in songs] == [False, True, True]
    async with console(label.home, (140, 45)) as pilot:
        await press(pilot, "3")
        await until(pilot, lambda: shown(pilot).count("waits to be packed") == 2)
        assert shown(pilot).count(" packaging  ") == 3
        overview = pilot.app.desk.overview  # type: ignore[attr-defined]
        assert overview.waits_to_be_packed == 2
        assert f"▸ {overview.at_work} runs at work" in shown(pilot).splitlines()[0]
        pilot.app.push_screen(RunScreen(songs[1]))
        await until(pilot, lambda: " · waits to be packed" in shown(pilot))


async def test_a_run_that_a_cap_holds_says_what_it_waits_for_and_does_not_count_as_at_work(
    label: Label, console: Open, ids: dict[str, str], engine: EngineLock
) -> None:
    await worker_began(label, seconds_ago=600)
    async with label.database.write() as connection:
        run = await runs.get(connection, ids["track"])
        await runs.stage_waits(connection, run, Stage.TRACK, "waits")
        await runs.set_columns(connection, run.id, held_by="day", waiting_reason="the day's money")
    async with label.database.read() as connection:
        found = await row(connection, run.id, NOW)
    assert (found.held, found.eta_s) == (True, None)
    async with console(label.home, (140, 45)) as pilot:
        await press(pilot, "3")
        await until(pilot, lambda: "waits: the day's money" in shown(pilot))
        overview = pilot.app.desk.overview  # type: ignore[attr-defined]
        assert (overview.runs["generating"], overview.at_work) == (2, 1)
        assert "▸ 1 run at work" in shown(pilot).splitlines()[0]
        pilot.app.push_screen(RunScreen(run.id))
        await until(pilot, lambda: " · waits\n" in "\n".join(line.rstrip(" │") for line in shown(pilot).splitlines()))


async def test_without_an_engine_a_run_says_so(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, (140, 45)) as pilot:
        pilot.app.push_screen(RunScreen(ids["track"]))
        await until(pilot, lambda: " · no engine" in shown(pilot))
