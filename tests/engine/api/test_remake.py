"""A run is taken up where it failed or from a stage; what does not depend on that stage is kept, never done again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.api import Door, open_door
from engine.api.decide import Decision, Verdict, decide
from engine.domain.errors import NotAllowed
from engine.domain.learning import ReasonTag
from engine.domain.runs import ENGINE, PRODUCE_STAGES, Actor, ActorKind, Channel, RunState, Stage, depending_on
from engine.durable import produce_id
from engine.home import Home
from engine.pipeline.sent_back import sent_back
from engine.settings import Settings
from engine.store import kept, reviews, runs
from engine.store.runs import Artefact
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, begun, content, later, stage_results

MARA = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
FAILURE = {"cause": "No space is left.", "fix": "Free some.", "retryable": True}


@pytest.fixture
async def door(home: Home) -> AsyncIterator[Door]:
    async with open_door(home, Settings(), MARA, now=lambda: NOW) as door:
        async with door.database.write() as connection:
            await add_artist(connection)
        yield door


async def waiting(door: Door) -> None:
    async with door.database.write() as connection:
        await add_waiting_run(connection)
        for kind in ("track", "cover", "clip"):
            artefact = Artefact(f"f-{kind}", "r-first", 1, kind, "ab" * 32, ".bin", 10, {}, NOW)
            await runs.add_artefact(connection, artefact)


async def failed(door: Door, at: Stage = Stage.CLIP) -> None:
    """Everything before `at` is done."""
    async with door.database.write() as connection:
        run = await runs.move(connection, await add_run(connection), RunState.GENERATING, ENGINE, NOW)
        for stage in PRODUCE_STAGES[: PRODUCE_STAGES.index(at)]:
            await runs.stage_starts(connection, run, stage, NOW)
            await runs.stage_done(connection, run, stage, stage_results()[stage], 1.0, later(seconds=4))
        await runs.stage_starts(connection, run, at, NOW)
        run = await runs.get(connection, run.id)
        await runs.stage_failed(connection, run, at, "No space is left.", later(seconds=9))
        await runs.move(
            connection, run, RunState.FAILED, ENGINE, later(seconds=9), "No space is left.", stage=at, failure=FAILURE
        )


async def made(door: Door) -> None:
    """Does what the engine does: the stages that are missing, then the next revision."""
    async with door.database.write() as connection:
        run = await runs.get(connection, "r-first")
        done = await kept.results(connection, run.id, run.version)
        for stage, result in stage_results().items():
            if stage not in done:
                await runs.stage_starts(connection, run, stage, NOW)
                await runs.stage_done(connection, run, stage, result, 1.0, later(seconds=12))
        await reviews.add_revision(
            connection, f"v-{run.version}", run.id, {**content(run.title), "version": run.version}, NOW
        )
        await runs.move(connection, run, RunState.AWAITING_REVIEW, ENGINE, NOW, waiting_since=NOW)


async def get(door: Door) -> runs.Run:
    async with door.database.read() as connection:
        return await runs.get(connection, "r-first")


async def standing(door: Door) -> dict[Stage, tuple[str, int | None]]:
    detail = await door.queries.run("r-first")
    return {row.stage: (row.state, row.kept_from) for row in detail.stages if row.stage is not Stage.PACKAGE}


@pytest.mark.parametrize("stage", PRODUCE_STAGES)
async def test_from_a_stage_everything_that_works_from_it_waits_and_the_rest_is_kept(door: Door, stage: Stage) -> None:
    await waiting(door)
    assert await door.commands.retry("r-first", stage) is RunState.GENERATING
    again = depending_on(stage)
    assert await standing(door) == {
        each: ("waiting", None) if each in again else ("done", 1) for each in PRODUCE_STAGES
    }
    files = {file.kind for file in (await door.queries.run("r-first")).artefacts}
    assert files == {kind for kind in ("track", "cover", "clip") if Stage(kind) not in again}


async def test_it_is_a_new_version_with_a_workflow_of_its_own(door: Door) -> None:
    await waiting(door)
    before = await get(door)
    await door.commands.retry("r-first", Stage.TRACK)
    run = await get(door)
    assert (run.version, run.attempt, run.stage, run.waiting_since) == (2, 1, None, None)
    assert produce_id(run.id, run.version, run.attempt) != produce_id(before.id, before.version, before.attempt)


async def test_an_older_button_decides_nothing_and_says_why(door: Door) -> None:
    await waiting(door)
    shown = (await door.queries.review_sheet("r-first")).revision_hash
    await door.commands.retry("r-first", Stage.COVER)
    with pytest.raises(NotAllowed, match=r"made again from cover, asked for by mara in the console"):
        await door.commands.approve("r-first", revision_hash=shown)
    await made(door)
    with pytest.raises(NotAllowed, match=r"newer revision than the one shown: made again from cover"):
        await door.commands.approve("r-first", revision_hash=shown)
    sheet = await door.queries.review_sheet("r-first")
    assert sheet.revision_number == 2 and sheet.decided is None
    await door.commands.approve("r-first", revision_hash=sheet.revision_hash)


async def test_it_counts_neither_as_a_decision_nor_against_the_artist(door: Door) -> None:
    await waiting(door)
    await door.commands.retry("r-first", Stage.CONCEPT)
    detail = await door.queries.artist("a-vesper")
    assert (detail.approved, detail.rejected, detail.rejections_in_a_row) == (0, 0, 0)
    assert (await door.queries.run("r-first")).reviews == ()


async def test_a_failed_run_goes_on_where_it_failed_in_the_same_version(door: Door) -> None:
    await failed(door)
    await door.commands.retry("r-first")
    run = await get(door)
    assert (run.version, run.attempt, run.failure) == (1, 2, None)
    assert (await standing(door))[Stage.COVER] == ("done", None)


async def test_a_failed_run_can_be_made_again_from_an_earlier_stage(door: Door) -> None:
    await failed(door)
    await door.commands.retry("r-first", Stage.TRACK)
    run = await get(door)
    assert (run.version, run.failure, run.stage) == (2, None, None)
    found = await standing(door)
    assert [stage for stage, (state, _) in found.items() if state == "done"] == [
        Stage.CONCEPT,
        Stage.LYRICS,
        Stage.COVER,
    ]


async def test_a_stage_that_was_never_reached_cannot_be_named(door: Door) -> None:
    await failed(door, Stage.TRACK)
    for stage in (Stage.ANALYSIS, Stage.COVER, Stage.CLIP):
        with pytest.raises(NotAllowed, match="did not come so far") as refused:
            await door.commands.retry("r-first", stage)
        assert "concept, lyrics, track" in refused.value.fix
    assert [choice.stage for choice in (await door.queries.retry_choices("r-first")).choices] == [
        None,
        Stage.CONCEPT,
        Stage.LYRICS,
        Stage.TRACK,
    ]


async def test_a_run_that_waits_needs_a_stage(door: Door) -> None:
    await waiting(door)
    with pytest.raises(NotAllowed, match="nothing failed in it"):
        await door.commands.retry("r-first")


async def test_of_two_at_once_the_second_is_told_that_it_looked_at_an_older_version(door: Door) -> None:
    await waiting(door)
    await door.commands.retry("r-first", Stage.COVER, version=1)
    with pytest.raises(NotAllowed, match="at version 2 by now"):
        await door.commands.retry("r-first", Stage.COVER, version=1)


async def test_a_failed_packing_goes_on_as_packing_or_is_made_again_without_its_approval(door: Door) -> None:
    await waiting(door)
    await door.commands.approve("r-first")
    async with door.database.write() as connection:
        run = await runs.move(connection, await runs.get(connection, "r-first"), RunState.PACKAGING, ENGINE, NOW)
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, "full", stage=Stage.PACKAGE, failure=FAILURE)
    choices = (await door.queries.retry_choices("r-first")).choices
    assert choices[0].again == (Stage.PACKAGE,) and "approval no longer counts" in choices[-1].notes[0]
    await door.commands.retry("r-first", Stage.CLIP)
    await made(door)
    with pytest.raises(NotAllowed, match="newer revision"):
        await door.commands.approve("r-first", revision_hash="of the first")
    assert (await get(door)).state is RunState.AWAITING_REVIEW


async def test_the_choices_say_what_is_made_again_what_is_kept_and_how_long_it_takes(door: Door) -> None:
    await waiting(door)
    found = await door.queries.retry_choices("r-first")
    assert found.version == 1
    by_stage = {choice.stage: choice for choice in found.choices}
    assert set(by_stage) == set(PRODUCE_STAGES)
    cover = by_stage[Stage.COVER]
    assert cover.again == (Stage.COVER,) and cover.total_s == pytest.approx(4.0)
    assert cover.kept == tuple(stage for stage in PRODUCE_STAGES if stage is not Stage.COVER)


async def test_a_person_s_words_that_would_be_lost_are_named(door: Door) -> None:
    await waiting(door)
    await door.commands.edit("r-first", title="Slow Signal")
    await made(door)
    notes = {choice.stage: choice.notes for choice in (await door.queries.retry_choices("r-first")).choices}
    assert notes[Stage.LYRICS] and not notes[Stage.TRACK]


async def test_what_is_made_again_draws_afresh_and_what_is_edited_later_keeps_that_draw(door: Door) -> None:
    await waiting(door)
    await door.commands.retry("r-first", Stage.COVER)
    await made(door)
    await door.commands.edit("r-first", title="Slow Signal")
    run = await get(door)
    async with door.database.read() as connection:
        origins = {stage: await kept.origin(connection, run, stage) for stage in PRODUCE_STAGES}
    assert run.version == 3
    assert origins == {stage: 2 if stage is Stage.COVER else 1 for stage in PRODUCE_STAGES}


async def test_words_edited_after_a_new_track_are_timed_by_that_track(door: Door) -> None:
    await waiting(door)
    await door.commands.retry("r-first", Stage.TRACK)
    await made(door)
    await door.commands.edit("r-first", lyrics="[verse]\nGlass harbour at dawn\n")
    async with door.database.read() as connection:
        assert await kept.maker(connection, "r-first", 3, Stage.TRACK) == 2


async def test_another_idea_is_not_the_idea_before(door: Door) -> None:
    """A version made from notes stays that song; one that is asked for from a stage on is made anew from there."""
    await waiting(door)
    await door.commands.new_version("r-first", (ReasonTag.TOO_SLOW,))
    await begun(door.database)
    async with door.database.read() as connection:
        assert await sent_back(connection, await get(door), ()) is not None
    await made(door)
    await door.commands.retry("r-first", Stage.LYRICS)
    async with door.database.read() as connection:
        assert await sent_back(connection, await get(door), ()) is None


# --- attempts and costs ---


async def test_every_version_and_attempt_is_told_newest_first(door: Door) -> None:
    await failed(door)
    await door.commands.retry("r-first")
    async with door.database.write() as connection:
        run = await runs.get(connection, "r-first")
        await runs.move(
            connection, run, RunState.FAILED, ENGINE, NOW + timedelta(minutes=2), "again", stage=Stage.CLIP,
            failure=FAILURE,
        )  # fmt: skip
    await door.commands.retry("r-first", Stage.TRACK)
    await made(door)
    await door.commands.new_version("r-first", (ReasonTag.TOO_SLOW,), "slower")
    await begun(door.database)
    third, second, first = (await door.queries.run("r-first")).versions
    assert (first.version, second.how, second.actor_name) == (1, "made again from track", "mara")
    assert third.actor_name == "mara", "who asked for it, not the engine that begins it"
    assert third.how == f"a new version, because: {ReasonTag.TOO_SLOW}, slower"
    assert [(one.attempt, one.outcome, one.stage, one.reason) for one in first.attempts] == [
        (2, "failed", "clip", "again"),
        (1, "failed", "clip", "No space is left."),
    ]
    assert first.made == ("concept", "lyrics", "track", "analysis", "cover")
    assert (second.kept, second.made) == (
        ("concept", "lyrics", "cover"),
        ("track", "analysis", "clip", "reflection"),
    )
    assert [one.outcome for one in second.attempts] == ["awaiting_review"]
    assert third.attempts[0].ended_at is None and third.attempts[0].outcome == ""


async def test_steps_of_an_older_database_are_counted_back_to_their_version_and_attempt(door: Door) -> None:
    await failed(door)
    await door.commands.retry("r-first")
    await made(door)
    await door.commands.retry("r-first", Stage.TRACK)
    async with door.database.write() as connection:
        await connection.exec_driver_sql("UPDATE run_transitions SET version = NULL, attempt = NULL")
    second, first = (await door.queries.run("r-first")).versions
    assert [one.attempt for one in first.attempts] == [2, 1]
    assert (second.version, [one.attempt for one in second.attempts]) == (2, [1])


async def test_what_a_call_costs_is_added_to_its_stage_and_to_its_run(door: Door) -> None:
    from engine.domain.money import Ask, Caps
    from engine.store import journal, spend

    await waiting(door)
    caps = Caps(10_000, 10_000, 10_000)
    call = {
        "run_id": "r-first", "artist_id": "a-vesper", "provider": "x", "model": "y", "prompt_version": "1",
        "prompt": "p", "answer": "a", "ok": True, "error": "", "latency_ms": 5, "at": NOW,
    }  # fmt: skip
    async with door.database.write() as connection:
        for number, (role, cost) in enumerate((("lyrics", 300), ("concept", 200), ("lyrics", 50))):
            await journal.add_call(connection, {**call, "role": role, "cost_microusd": cost})
            await spend.reserve(connection, Ask(f"llm:{number}", "x", role, 400, "r-first"), caps, NOW)
            await spend.settle(connection, f"llm:{number}", cost, NOW)
        await spend.reserve(connection, Ask("music:1", "studio-b", "track", 900, "r-first"), caps, NOW)
        await spend.settle(connection, "music:1", 700, NOW)
    detail = await door.queries.run("r-first")
    assert [(row.name, row.calls, row.cost_microusd) for row in detail.costs] == [
        ("concept", 1, 200),
        ("lyrics", 2, 350),
        ("track (studio-b)", 1, 700),
    ]
    assert detail.row.cost_microusd == 1250


# --- approval over time ---


async def test_the_rate_over_time_counts_people_who_looked_and_nobody_else(home: Home, door: Door) -> None:
    async with door.database.write() as connection:
        for number in range(5):
            await add_waiting_run(connection, f"r-{number}", at=later(minutes=number))
    await door.commands.approve("r-0")
    await door.commands.reject("r-1", (), "no")
    await door.commands.approve("r-2", looked=False)
    await door.commands.new_version("r-3", (), "again")
    async with open_door(home, replace(Settings(), approval_grace_seconds=60), MARA, now=lambda: NOW) as graceful:
        await graceful.commands.approve("r-4")
        await graceful.commands.undo("r-4")
    curve = (await door.queries.artist("a-vesper")).approval
    assert curve.decisions == 2
    assert curve.points[-1].share == 0.5


async def test_the_rate_by_month_is_counted_by_the_database(door: Door) -> None:
    async with door.database.write() as connection:
        for number in range(6):
            at = later(days=40 * number)
            await add_waiting_run(connection, f"r-{number}", at=at)
            verdict = Verdict(Decision.REJECT if number % 2 else Decision.APPROVE, text="no")
            await decide(connection, f"r-{number}", verdict, MARA, at, grace_s=0, retirement_threshold=9)
    curve = (await door.queries.artist("a-vesper")).approval
    assert curve.by_month and curve.decisions == 6
    assert [point.label for point in curve.points][:2] == ["2026-11", "2026-12"]
    assert [point.share for point in curve.points if point.share is not None] == [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]


async def test_a_stage_under_which_the_run_was_cancelled_stands_still(home: Home, door: Door) -> None:
    async with door.database.write() as connection:
        run = await runs.move(connection, await add_run(connection), RunState.GENERATING, ENGINE, NOW)
        await runs.stage_starts(connection, run, Stage.CONCEPT, NOW)
    async with open_door(home, Settings(), MARA, now=lambda: later(seconds=5)) as soon:
        await soon.commands.cancel("r-first")
    async with open_door(home, Settings(), MARA, now=lambda: later(hours=5)) as late:
        found = await late.queries.run("r-first")
    assert (found.stages[0].state, found.stages[0].seconds, found.row.elapsed_s) == ("stopped", 5.0, 5.0)
