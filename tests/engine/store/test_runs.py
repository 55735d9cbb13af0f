"""Runs as rows: steps are conditional, stages are done once, the feed tells of everything."""

from __future__ import annotations

import pytest

from engine.domain.errors import NotAllowed, NotFound
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState, Stage
from engine.store import feed, runs
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)


async def test_a_run_begins_queued_with_one_transition(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        steps = await runs.transitions(connection, run.id)
    assert run.state is RunState.QUEUED
    assert [(step.before, step.after) for step in steps] == [(None, "queued")]


async def test_adding_the_same_run_again_does_nothing(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
        await add_run(connection)
        assert await runs.count(connection, [RunState.QUEUED]) == 1


async def test_the_slower_of_two_steps_is_told(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        seen = await add_run(connection)
        await runs.move(connection, seen, RunState.CANCELLED, OPERATOR, NOW)
        with pytest.raises(NotAllowed, match="it is cancelled"):
            await runs.move(connection, seen, RunState.GENERATING, ENGINE, NOW)


async def test_a_failed_transaction_leaves_no_trace(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
    with pytest.raises(RuntimeError):
        async with database.write() as connection:
            await add_run(connection)
            raise RuntimeError
    async with database.read() as connection:
        with pytest.raises(NotFound):
            await runs.get(connection, "r-first")


async def test_a_done_stage_has_its_result_and_its_starts(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        await runs.stage_starts(connection, run, Stage.CONCEPT, NOW)
        await runs.stage_starts(connection, run, Stage.CONCEPT, NOW)
        assert await runs.stage_result(connection, run, Stage.CONCEPT) is None
        await runs.stage_done(connection, run, Stage.CONCEPT, {"concept": 1}, 0.5, later(seconds=3))
        assert await runs.stage_result(connection, run, Stage.CONCEPT) == {"concept": 1}
        (row,) = await runs.stage_rows(connection, run.id, 1)
    assert row.starts == 2


async def test_late_progress_never_reopens_a_done_stage(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        await runs.stage_starts(connection, run, Stage.CLIP, NOW)
        await runs.stage_done(connection, run, Stage.CLIP, {}, 0.0, NOW)
        await runs.stage_progress(connection, run, Stage.CLIP, 0.4, "late", 0.5)
        (row,) = await runs.stage_rows(connection, run.id, 1)
    assert (row.state, row.progress) == ("done", 1.0)


async def test_usual_seconds_are_per_second_of_track(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        await runs.stage_starts(connection, run, Stage.CLIP, NOW)
        await runs.stage_done(connection, run, Stage.CLIP, {}, 0.0, later(seconds=12))
        assert (await runs.usual_seconds(connection))[Stage.CLIP] == pytest.approx(0.5)


async def test_failures_count_back_to_the_last_good_run(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection, "r-good", at=NOW)
        for number in (1, 2):
            run = await add_run(connection, f"r-bad{number}", at=later(minutes=number))
            run = await runs.move(connection, run, RunState.GENERATING, ENGINE, later(minutes=number))
            await runs.move(connection, run, RunState.FAILED, ENGINE, later(minutes=number))
        assert await runs.failures_in_a_row(connection, 10) == 2


async def test_every_write_is_in_the_feed_in_order(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        before = await feed.latest(connection)
        await add_waiting_run(connection)
        changes = await feed.since(connection, before)
    assert {change.kind for change in changes} == {"run", "artist"}
    assert [change.seq for change in changes] == sorted(change.seq for change in changes)


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
    assert run.created_at == NOW and run.created_at.tzinfo is not None


async def test_a_naive_time_is_refused(database: Database) -> None:
    from sqlalchemy.exc import StatementError

    async with database.write() as connection:
        await add_artist(connection)
        with pytest.raises(StatementError, match="naive time"):
            await add_run(connection, at=NOW.replace(tzinfo=None))


async def test_the_feed_forgets_only_what_is_old(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "KEPT", 10)
    async with database.write() as connection:
        for number in range(25):
            await feed.record(connection, "run", str(number))
        await feed.prune(connection)
        kept = await feed.since(connection, 0)
    assert [change.ref for change in kept] == [str(number) for number in range(15, 25)]
