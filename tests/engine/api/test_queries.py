"""What faces see is what happened, counted once and honestly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from unittest.mock import AsyncMock, patch

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import Door, open_door
from engine.api.decide import Decision, Verdict, decide
from engine.domain.artists import ArtistState
from engine.domain.errors import NotAllowed, NotFound, UsageError
from engine.domain.learning import ReasonTag
from engine.domain.listing import ApprovalOrder, wanted
from engine.domain.runs import AUTOPILOT, ENGINE, POLICY, Actor, ActorKind, Channel, RunState, Stage
from engine.home import Home
from engine.lock import EngineState, Mode, acquire
from engine.settings import Settings
from engine.store import control, experiments, runs
from engine.store.database import Database
from engine.store.journal import CapturedError, add_call, add_error, close_notice, open_notice
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, begun, content, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "mara")
FAILURE = {"cause": "bad", "fix": "Retry it.", "retryable": True}


@pytest.fixture
async def door(home: Home) -> AsyncIterator[Door]:
    async with open_door(home, Settings(), OPERATOR) as door:
        yield door


async def decided(database: Database, run_id: str, verdict: Verdict, actor: Actor = OPERATOR) -> None:
    async with database.write() as connection:
        await add_waiting_run(connection, run_id)
        await decide(connection, run_id, verdict, actor, NOW, grace_s=0, retirement_threshold=9)


@pytest.fixture
async def database(door: Door) -> Database:
    async with door.database.write() as connection:
        await add_artist(connection)
    return door.database


REJECT = Verdict(Decision.REJECT, (ReasonTag.TOO_SLOW,))


async def test_the_approval_rate_counts_people_who_looked(door: Door, database: Database) -> None:
    await decided(database, "r-1", Verdict(Decision.APPROVE))
    await decided(database, "r-2", REJECT)
    await decided(database, "r-3", Verdict(Decision.APPROVE, looked=False))
    await decided(database, "r-4", Verdict(Decision.APPROVE), AUTOPILOT)
    (row,) = (await door.queries.artists()).rows
    assert row.approval_rate == 0.5


async def test_without_a_decision_there_is_no_rate(door: Door, database: Database) -> None:
    (row,) = (await door.queries.artists()).rows
    assert row.approval_rate is None


async def test_the_longest_waiting_run_comes_first(door: Door, database: Database) -> None:
    async with database.write() as connection:
        await add_waiting_run(connection, "r-young", at=later(minutes=5))
        await add_waiting_run(connection, "r-old", at=NOW)
    assert [row.id for row in (await door.queries.approvals()).rows] == ["r-old", "r-young"]


@pytest.fixture
async def queue(database: Database) -> Database:
    """Four runs that wait, a minute after each other."""
    async with database.write() as connection:
        for number in range(4):
            await add_waiting_run(connection, f"r-{number}", at=later(minutes=number))
    return database


@pytest.mark.parametrize(
    ("run_id", "before", "after"), [("r-0", "r-3", "r-1"), ("r-1", "r-0", "r-2"), ("r-3", "r-2", "r-0")]
)
async def test_the_queue_is_a_ring_around_each_song_in_it(
    door: Door, queue: Database, run_id: str, before: str, after: str
) -> None:
    place = await door.queries.queue_place(run_id)
    assert (place.number, place.before, place.after) == (int(run_id[-1]), before, after)
    assert (place.total, place.oldest) == (4, NOW)


async def test_a_song_that_left_the_queue_goes_on_from_where_it_stood(door: Door, queue: Database) -> None:
    await door.commands.reject("r-1", (ReasonTag.TOO_SLOW,), "", revision_hash=None)
    place = await door.queries.queue_place("r-1", stood_at=1)
    assert (place.total, place.number, place.before, place.after) == (3, None, "r-0", "r-2")


async def test_the_only_song_in_the_queue_has_none_beside_it(door: Door, database: Database) -> None:
    async with database.write() as connection:
        await add_waiting_run(connection, "r-0")
    place = await door.queries.queue_place("r-0")
    assert (place.number, place.before, place.after) == (0, None, None)


@pytest.mark.parametrize(
    ("order", "typed", "found"),
    [
        (ApprovalOrder.WAITING, "", ["r-1", "r-2", "r-0"]),
        (ApprovalOrder.TITLE, "", ["r-2", "r-1", "r-0"]),
        (ApprovalOrder.ARTIST, "", ["r-2", "r-0", "r-1"]),
        (ApprovalOrder.WAITING, "ferry", ["r-1"]),
        (ApprovalOrder.WAITING, "artist:ohm", ["r-2"]),
        (ApprovalOrder.WAITING, "ferri", ["r-1"]),
    ],
)
async def test_the_queue_is_ordered_and_narrowed_like_every_long_list(
    door: Door, database: Database, order: ApprovalOrder, typed: str, found: list[str]
) -> None:
    async with database.write() as connection:
        await add_artist(connection, "a-ohm", "Ohm Garden")
        for number, (artist, title, at) in enumerate(
            (("a-vesper", "Slow Tide", 9), ("a-vesper", "Slow Ferry", 1), ("a-ohm", "Glass Pier", 5))
        ):
            await add_waiting_run(connection, f"r-{number}", artist, at=later(minutes=at))
            await runs.set_columns(connection, f"r-{number}", title=title)
        await add_run(connection, "r-made", "a-vesper")
        await runs.set_columns(connection, "r-made", title="Slow Ferry")
    rows = await door.queries.approvals(order=order, wanted=wanted(typed, ("song", "artist")))
    assert ([row.id for row in rows.rows], rows.total) == (found, len(found))


async def test_a_window_of_the_run_list_is_newest_first(door: Door, database: Database) -> None:
    async with database.write() as connection:
        for number in range(5):
            await add_run(connection, f"r-{number}", at=later(minutes=number))
    assert [row.id for row in (await door.queries.runs(offset=1, limit=2)).rows] == ["r-3", "r-2"]


async def test_the_first_run_is_estimated_by_the_pace_of_its_own_stages(door: Door, database: Database) -> None:
    async with database.write() as connection:
        for name, seconds in (("r-quick", 1), ("r-slow", 4)):
            run = await add_run(connection, name)
            run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
            await runs.stage_starts(connection, run, Stage.TRACK, NOW)
            await runs.stage_done(connection, run, Stage.TRACK, {}, 0.0, later(seconds=seconds))
    with patch("engine.store.runs.usual_seconds", AsyncMock(return_value={})):
        quick = (await door.queries.run_row("r-quick")).eta_s
        slow = (await door.queries.run_row("r-slow")).eta_s
    assert quick is not None
    assert slow == pytest.approx(4 * quick)


async def test_the_estimate_comes_from_what_stages_usually_take(door: Door, database: Database) -> None:
    async with database.write() as connection:
        done = await add_run(connection, "r-done")
        for stage in Stage:
            await runs.stage_starts(connection, done, stage, NOW)
            await runs.stage_done(connection, done, stage, {}, 0.0, later(seconds=24))
        run = await add_run(connection, "r-new")
        await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
    assert (await door.queries.run_row("r-new")).eta_s == pytest.approx(7 * 24)


async def test_the_sheet_holds_everything_a_reviewer_judges_by(door: Door, database: Database, home: Home) -> None:
    async with database.write() as connection:
        await add_waiting_run(connection)
    sheet = await door.queries.review_sheet("r-first")
    assert (sheet.concept.title, sheet.vocals, sheet.facts.loudness.integrated_lufs) == ("Glass Harbour", "none", -14.1)
    assert sheet.track == home.artefacts / "ab" / f"{'ab' * 32}.wav"
    assert sheet.expires_at == later(days=7)


async def test_the_sheet_says_who_decided_meanwhile(door: Door, database: Database) -> None:
    await decided(database, "r-1", REJECT)
    sheet = await door.queries.review_sheet("r-1")
    assert sheet.decided is not None and (sheet.decided.decision, sheet.decided.channel) == ("reject", "cli")


async def test_there_is_no_sheet_before_there_is_something_to_review(door: Door, database: Database) -> None:
    async with database.write() as connection:
        await add_run(connection)
    with pytest.raises(NotAllowed, match="nothing to review"):
        await door.queries.review_sheet("r-first")


async def test_the_overview_counts_by_state(door: Door, database: Database) -> None:
    await decided(database, "r-1", REJECT)
    async with database.write() as connection:
        await add_waiting_run(connection, "r-2")
    overview = await door.queries.overview()
    assert overview.runs == {"rejected": 1, "awaiting_review": 1} and overview.approvals == 1
    assert overview.engine.state is EngineState.STOPPED and not overview.cycle.on


async def test_the_engines_state_comes_from_its_lock(door: Door, home: Home) -> None:
    lock = acquire(home.lock, Mode.HEADLESS)
    assert door.queries.engine().state is EngineState.STARTING
    lock.release()
    assert door.queries.engine().state is EngineState.STOPPED


async def test_a_notice_is_shown_until_its_cause_is_gone(door: Door, database: Database) -> None:
    async with database.write() as connection:
        assert await open_notice(connection, "disk", "error", "The disk is full", "3 MB", NOW)
        assert not await open_notice(connection, "disk", "error", "The disk is full", "2 MB", NOW)
    (notice,) = (await door.queries.overview()).notices
    assert notice.detail == "2 MB"
    async with database.write() as connection:
        await close_notice(connection, "disk", NOW)
    assert (await door.queries.overview()).notices == ()


async def fail(database: Database, run_id: str, artist_id: str, *fingerprints: str) -> None:
    """A run that stands failed in these groups of errors."""
    async with database.write() as connection:
        run = await add_run(connection, run_id, artist_id)
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, failure=FAILURE)
        for fingerprint in fingerprints:
            error = CapturedError(fingerprint, "ValueError", "bad", "track", "Traceback…", [], run_id, artist_id)
            await add_error(connection, error, NOW)


async def test_cancelling_a_failed_run_closes_its_errors_unless_another_run_stands_failed_in_them(
    door: Door, database: Database
) -> None:
    await fail(database, "r-one", "a-vesper", "of both", "of one")
    await fail(database, "r-two", "a-vesper", "of both")
    await door.commands.cancel("r-one")
    assert (await door.queries.overview()).errors == 1
    await door.commands.cancel("r-two")
    assert (await door.queries.overview()).errors == 0


async def test_an_artist_that_retires_takes_the_errors_of_its_failed_runs_along_but_not_those_of_others(
    door: Door, database: Database
) -> None:
    async with database.write() as connection:
        await add_artist(connection, "a-other", "Other")
    await fail(database, "r-one", "a-vesper", "of both", "of one")
    await fail(database, "r-two", "a-other", "of both")
    await door.commands.set_artist_state("a-vesper", ArtistState.RETIRED)
    assert (await door.queries.overview()).errors == 1
    await door.commands.cancel("r-two")
    assert (await door.queries.overview()).errors == 0


async def test_equal_errors_are_one_group_with_a_count(door: Door, database: Database) -> None:
    error = CapturedError("f1", "ValueError", "bad", "track", "Traceback…", ["engine.x:f"])
    async with database.write() as connection:
        for _ in range(3):
            group_id = await add_error(connection, error, NOW)
    (row,) = (await door.queries.errors()).rows
    assert (row.count, row.state) == (3, "new")
    assert len((await door.queries.error(group_id)).events) == 3


async def test_models_are_judged_by_their_calls(door: Door, database: Database) -> None:
    from engine.domain.clock import utc_now

    call = {
        "run_id": None,
        "artist_id": None,
        "role": "lyrics",
        "provider": "offline",
        "model": "offline-writer-1",
        "prompt_version": "lyrics-1",
        "prompt": "",
        "answer": "",
        "error": "",
        "cost_microusd": 0,
        "at": utc_now(),
    }
    async with database.write() as connection:
        for latency in range(1, 101):
            await add_call(connection, {**call, "ok": latency != 50, "latency_ms": latency})
    (row,) = await door.queries.models()
    assert (row.calls, row.failures, row.p50_ms, row.p95_ms) == (100, 1, 51, 95)


async def test_outcomes_are_counted_by_variant_and_people_apart_from_autopilot(door: Door, database: Database) -> None:
    from engine.domain.experiments import Experiment

    experiment = Experiment("x-1", "arrangement", ("full",))
    for number, (verdict, actor) in enumerate(
        [(Verdict(Decision.APPROVE), OPERATOR), (REJECT, OPERATOR), (Verdict(Decision.APPROVE), AUTOPILOT)]
    ):
        await decided(database, f"r-{number}", verdict, actor)
    async with database.write() as connection:
        expired = await add_waiting_run(connection, "r-late")
        await runs.move(connection, expired, RunState.EXPIRED, POLICY, NOW)
        for run_id in ("r-0", "r-1", "r-2", "r-late"):
            assert await experiments.assign_run(connection, experiment, run_id, NOW) == "full"
    ((outcome,),) = [row.outcomes for row in await door.queries.experiments()]
    counts = (outcome.assigned, outcome.approved, outcome.rejected, outcome.autopilot, outcome.missing)
    assert counts == (4, 1, 1, 1, 1)


async def test_learning_stands_side_by_side(door: Door, database: Database) -> None:
    async with database.write() as connection:
        run = await add_run(connection)
        await runs.stage_starts(connection, run, Stage.CONCEPT, NOW)
        from tests.label import content

        concept = {**content()["concept"], "adjustments": ["Tempo 96 -> 102: reviewer said too slow."]}
        await runs.stage_done(connection, run, Stage.CONCEPT, {"concept": concept}, 0.0, NOW)
    (step,) = (await door.queries.artist("a-vesper")).learning
    assert step.adjustments == ("Tempo 96 -> 102: reviewer said too slow.",)
    assert step.judgement is None and step.reflection is None


@pytest.mark.parametrize("ask", ["artist", "run", "run_row", "release", "error", "review_sheet", "command"])
async def test_what_does_not_exist_is_not_found(door: Door, ask: str) -> None:
    with pytest.raises(NotFound, match="nope"):
        await getattr(door.queries, ask)("nope")


@pytest.mark.parametrize("length_s", [0, 19.9, 300.1, -5])
async def test_an_impossible_length_is_refused(door: Door, length_s: float) -> None:
    with pytest.raises(UsageError, match="20 to 300"):
        await door.commands.start_run(length_s=length_s)


async def test_an_unknown_genre_is_refused_with_the_known_ones(door: Door) -> None:
    with pytest.raises(UsageError, match="synthwave"):
        await door.commands.create_artist(genre="polka")


async def test_a_command_says_whether_an_engine_will_take_it_up(door: Door) -> None:
    assert not (await door.commands.start_run()).engine_running


async def test_a_run_that_neither_failed_nor_waits_cannot_be_taken_up_again(door: Door, database: Database) -> None:
    async with database.write() as connection:
        await add_run(connection)
    with pytest.raises(NotAllowed, match="only one that failed or that awaits review"):
        await door.commands.retry("r-first")


async def test_a_retry_goes_back_to_the_failed_part_with_the_next_attempt(door: Door, database: Database) -> None:
    async with database.write() as connection:
        run = await add_run(connection)
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        failure = {"cause": "x", "fix": "y", "retryable": True}
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, stage=Stage.CLIP, failure=failure)
    assert await door.commands.retry("r-first") is RunState.GENERATING
    row = await door.queries.run_row("r-first")
    assert (row.attempt, row.failure) == (2, "")


async def test_a_judgement_stands_beside_the_version_that_was_judged(door: Door, database: Database) -> None:
    """Sent back, made anew under another title: the words belong to the first one."""

    async def conceive(connection: AsyncConnection, run: runs.Run, title: str, minute: int) -> None:
        await runs.stage_starts(connection, run, Stage.CONCEPT, later(minutes=minute))
        await runs.stage_done(
            connection, run, Stage.CONCEPT, {"concept": content(title)["concept"]}, 0.0, later(minutes=minute)
        )

    async with database.write() as connection:
        run = await add_waiting_run(connection)
        await conceive(connection, run, "Glass Harbour", 0)
    await door.commands.new_version(run.id, (ReasonTag.TOO_SLOW,))
    second = await begun(database)
    async with database.write() as connection:
        await conceive(connection, second, "Silver Canyon", 1)
    newest, first = (await door.queries.artist(run.artist_id)).learning
    assert (newest.title, newest.judgement) == ("Silver Canyon", None)
    assert first.judgement is not None and first.judgement.tags == (ReasonTag.TOO_SLOW,)
    assert (first.title, first.state) == ("Glass Harbour", None)


async def test_what_a_person_asks_for_and_switches_carries_their_name(door: Door) -> None:
    accepted = await door.commands.start_run()
    await door.commands.pause("spending", "invoice first")
    async with door.database.read() as connection:
        command = await control.command(connection, accepted.command_id)
    assert command is not None and command.actor_name == OPERATOR.name
    assert (await door.queries.overview()).pauses["spending"].actor_name == OPERATOR.name
