"""A run at a cap waits and says why; it goes on by itself, from the stage where it stood."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.domain.errors import CapReached
from engine.domain.money import Cap
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState, Stage
from engine.pipeline import held, runner
from engine.pipeline.line import Line, Made, Task
from engine.pipeline.runner import Runner
from engine.store import control, runs
from engine.store.tables import notices
from tests.conftest import NOW
from tests.label import add_artist, add_run, later, stage_results

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)
MIDNIGHT = NOW.replace(hour=0) + timedelta(days=1)


def reached(cap: str = "day") -> CapReached:
    until = MIDNIGHT if cap in ("day", "artist") else None
    return CapReached("The day's money is spent.", fix="Wait.", cap=cap, until=until)


@pytest.fixture
async def at_work(line: Line) -> runs.Run:
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        return await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)


@pytest.fixture
def no_money(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The concept's stage fails at the cap as long as the list holds one."""
    caps = ["day"]

    async def make(task: Task) -> Made:
        if caps:
            raise reached(caps[0])
        return Made(stage_results()[Stage.CONCEPT], title="Glass Harbour")

    monkeypatch.setattr(runner, "_MAKERS", {Stage.CONCEPT: make})
    return caps


async def get(line: Line) -> runs.Run:
    async with line.database.read() as connection:
        return await runs.get(connection, "r-first")


async def open_incidents(line: Line) -> set[str]:
    async with line.database.read() as connection:
        query = select(notices.c.incident).where(notices.c.closed_at.is_(None))
        return {row.incident for row in await connection.execute(query)}


async def test_a_stage_at_the_cap_holds_its_run_and_opens_one_notice(
    line: Line, at_work: runs.Run, no_money: list[str]
) -> None:
    assert not await Runner(line).stage("r-first", 1, 1, Stage.CONCEPT)
    run = await get(line)
    assert (run.state, run.held_by, run.held_until) == (RunState.GENERATING, "day", MIDNIGHT)
    assert run.waiting_reason == "the day's budget is spent until 2026-11-24 00:00 UTC. The day's money is spent."
    assert await open_incidents(line) == {"budget.day"}


async def test_a_held_run_does_nothing_even_if_its_old_workflow_comes_back(
    line: Line, at_work: runs.Run, no_money: list[str]
) -> None:
    await Runner(line).stage("r-first", 1, 1, Stage.CONCEPT)
    no_money.clear()
    assert not await Runner(line).stage("r-first", 1, 1, Stage.CONCEPT)


async def test_freed_it_goes_on_where_it_stood(line: Line, at_work: runs.Run, no_money: list[str]) -> None:
    await Runner(line).stage("r-first", 1, 1, Stage.CONCEPT)
    no_money.clear()
    async with line.database.write() as connection:
        await held.free(connection, await runs.get(connection, "r-first"))
    assert await Runner(line).stage("r-first", 1, 2, Stage.CONCEPT)
    run = await get(line)
    assert (run.held_by, run.waiting_reason, run.title) == ("", "", "Glass Harbour")


async def test_the_day_frees_at_midnight_a_pause_with_its_end_a_runs_own_cap_never(
    line: Line, at_work: runs.Run
) -> None:
    for cap, moment, paused, due in (
        ("day", later(hours=11), False, False),
        ("day", MIDNIGHT, False, True),
        ("pause", NOW, True, False),
        ("pause", NOW, False, True),
        ("run", later(days=9), False, False),
    ):
        async with line.database.write() as connection:
            await held.hold(connection, at_work, reached(cap), NOW)
        assert held.due(await get(line), moment, spending_paused=paused) is due, cap


async def test_a_notice_ends_with_the_last_run_that_it_holds(line: Line, at_work: runs.Run) -> None:
    async with line.database.write() as connection:
        await held.hold(connection, at_work, reached("artist"), NOW)
        assert await held.ended(connection, NOW) == []
        run = await runs.get(connection, "r-first")
        run = await runs.move(connection, run, RunState.CANCELLED, OPERATOR, NOW)
        assert (run.held_by, run.waiting_reason) == ("", "")
        await held.close(connection, await held.ended(connection, NOW), NOW)
    assert await open_incidents(line) == set()


async def test_a_run_that_was_seen_before_it_was_held_is_cancelled_without_its_reason(
    line: Line, at_work: runs.Run
) -> None:
    async with line.database.write() as connection:
        await held.hold(connection, at_work, reached(), NOW)
        run = await runs.move(connection, at_work, RunState.CANCELLED, OPERATOR, NOW)
    assert (run.held_by, run.held_until, run.waiting_reason) == ("", None, "")


async def test_the_days_notice_lasts_as_long_as_the_day_without_any_run(line: Line) -> None:
    async with line.database.write() as connection:
        await held.tell(connection, reached("day"), NOW)
        assert await held.ended(connection, later(hours=11)) == []
        assert await held.ended(connection, MIDNIGHT) == ["budget.day"]


async def test_a_pauses_notice_lasts_as_long_as_the_pause(line: Line) -> None:
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["spending"], True, OPERATOR, NOW)
        await held.tell(connection, reached("pause"), NOW)
        assert await held.ended(connection, NOW) == []
        await control.set_switch(connection, control.PAUSES["spending"], False, OPERATOR, NOW)
        assert await held.ended(connection, NOW) == ["budget.pause"]


async def test_a_new_start_tries_everything_again(line: Line, at_work: runs.Run) -> None:
    async with line.database.write() as connection:
        await held.hold(connection, at_work, reached("run"), NOW)
        await held.free_all(connection, NOW)
    assert (await get(line)).held_by == ""
    assert await open_incidents(line) == set()


@pytest.mark.parametrize("cap", ["day", "artist"])
async def test_that_words_cost_nothing_today_is_told_until_the_day_ends(line: Line, cap: str) -> None:
    async with line.database.write() as connection:
        await held.tell_free(connection, Cap(cap), "openai:m (no money)", NOW)
        assert await held.ended(connection, later(hours=11)) == []
        assert await held.ended(connection, MIDNIGHT) == [f"llm.at_cap.{cap}"]


@pytest.mark.parametrize("cap", list(Cap))
async def test_that_words_are_written_offline_and_how_to_make_them_wait_fits_into_a_toast(line: Line, cap: Cap) -> None:
    async with line.database.write() as connection:
        await held.tell_free(connection, cap, f"openai:m ({'no money ' * 40})", NOW)
        [notice] = await connection.execute(select(notices))
    assert notice.title.endswith("words are written offline or for free") and len(notice.title) <= 80
    assert "LLM_AT_CAP=wait" in notice.detail[:200]


async def test_that_a_run_is_written_for_nothing_is_told_until_it_is_made(line: Line, at_work: runs.Run) -> None:
    async with line.database.write() as connection:
        await held.tell_free(connection, Cap.RUN, "openai:m (no money)", NOW)
        assert await held.ended(connection, NOW) == []
        await runs.move(connection, at_work, RunState.CANCELLED, OPERATOR, NOW)
        await held.close(connection, await held.ended(connection, NOW), NOW)
    assert await open_incidents(line) == set()
