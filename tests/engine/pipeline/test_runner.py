"""Stages are done once, failures are rows, and a run that nobody wants any more stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.api import review_view
from engine.api.decide import Decision, Verdict, decide
from engine.api.edit import Wish, edit
from engine.api.repair_view import error_rows
from engine.api.runs_view import detail
from engine.domain.errors import CheckFailed, DiskFull, StoreBusy
from engine.domain.runs import ENGINE, PRODUCE_STAGES, Actor, ActorKind, Channel, RunState, Stage
from engine.pipeline import intake, package, runner
from engine.pipeline.child import Answer
from engine.pipeline.line import Line, Made, Task
from engine.pipeline.runner import Runner
from engine.store import artists, control, journal, kept, reviews, runs
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, stage_results

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)


@pytest.fixture
async def at_work(line: Line) -> runs.Run:
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        return await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """Replaces every stage by one that only says that it ran, with results of the right shape."""
    ran: list[Stage] = []
    results = stage_results()

    def maker(stage: Stage) -> Callable[[Task], Awaitable[Made]]:
        async def make(task: Task) -> Made:
            ran.append(stage)
            return Made(results[stage], title="Glass Harbour" if stage is Stage.CONCEPT else None)

        return make

    monkeypatch.setattr(runner, "_MAKERS", {stage: maker(stage) for stage in PRODUCE_STAGES})
    return ran


async def make_all(line: Line, run: runs.Run) -> bool:
    work = Runner(line)
    return all([await work.stage(run.id, run.version, run.attempt, stage) for stage in PRODUCE_STAGES])


async def get(line: Line, run_id: str = "r-first") -> runs.Run:
    async with line.database.read() as connection:
        return await runs.get(connection, run_id)


async def test_a_finished_stage_is_never_done_again(line: Line, at_work: runs.Run, made: list[Stage]) -> None:
    assert await make_all(line, at_work)
    assert await make_all(line, at_work)
    assert made == list(PRODUCE_STAGES)


async def test_the_finished_line_hands_one_revision_to_review(line: Line, at_work: runs.Run, made: list[Stage]) -> None:
    await make_all(line, at_work)
    for _ in range(2):
        await Runner(line).finish(at_work.id, at_work.version)
    run = await get(line)
    async with line.database.read() as connection:
        revision = await reviews.newest_revision(connection, run.id)
    assert (run.state, run.waiting_since, run.title) == (RunState.AWAITING_REVIEW, NOW, "Glass Harbour")
    assert revision is not None and revision.number == 1


async def test_a_failing_stage_fails_the_run_with_cause_and_fix(
    line: Line, at_work: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(task: Task) -> Made:
        raise DiskFull("No space is left on the disk.", fix="Free some space.")

    monkeypatch.setitem(runner._MAKERS, Stage.CONCEPT, full)
    assert not await Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT)
    run = await get(line)
    assert run.state is RunState.FAILED and run.stage is Stage.CONCEPT
    assert run.failure == runs.Failure("No space is left on the disk.", "Free some space.", retryable=True)


async def test_a_stage_that_could_not_even_begin_is_shown_as_failed_in_plain_words(
    line: Line, at_work: runs.Run, made: list[Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def held(*_: object) -> None:
        raise StoreBusy("Another process holds the database.", fix="Close it.")

    monkeypatch.setattr(runs, "stage_starts", held)
    assert not await Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT)
    async with line.database.read() as connection:
        shown = (await detail(connection, at_work.id, NOW, line.home.artefacts)).stages[0]
    assert (shown.stage, shown.state, shown.starts) == (Stage.CONCEPT, "failed", 0)
    assert shown.note == "Another process holds the database."


async def test_a_failure_of_the_machine_never_touches_the_artist(
    line: Line, at_work: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(task: Task) -> Made:
        raise RuntimeError("boom")

    monkeypatch.setitem(runner._MAKERS, Stage.CONCEPT, broken)
    async with line.database.read() as connection:
        before = await artists.get(connection, "a-vesper")
    await Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT)
    async with line.database.read() as connection:
        assert await artists.get(connection, "a-vesper") == before


async def test_the_error_is_captured_once_in_its_group(
    line: Line, at_work: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(task: Task) -> Made:
        raise RuntimeError(f"boom at {id(task)}")

    monkeypatch.setitem(runner._MAKERS, Stage.CONCEPT, broken)
    for attempt in (1, 2):
        await Runner(line).stage(at_work.id, 1, attempt, Stage.CONCEPT)
        async with line.database.write() as connection:
            run = await runs.get(connection, at_work.id)
            assert await journal.open_errors_of_artist(connection, "a-vesper") == 1
            await runs.move(connection, run, RunState.GENERATING, OPERATOR, NOW, attempt=attempt + 1, failure=None)


async def test_an_error_counts_against_autopilot_only_while_a_run_stands_failed(
    line: Line, at_work: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(task: Task) -> Made:
        raise RuntimeError("boom")

    monkeypatch.setitem(runner._MAKERS, Stage.CONCEPT, broken)
    await Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT)
    async with line.database.write() as connection:
        run = await runs.get(connection, at_work.id)
        await runs.move(connection, run, RunState.GENERATING, OPERATOR, NOW, attempt=2, failure=None)
        assert await journal.open_errors_of_artist(connection, "a-vesper") == 0


async def test_an_error_group_closes_when_its_run_ends_well_and_opens_when_it_comes_again(
    line: Line, at_work: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(task: Task) -> Made:
        raise RuntimeError("boom")

    async def states() -> list[str]:
        async with line.database.read() as connection:
            return [row.state for row in (await error_rows(connection)).rows]

    monkeypatch.setitem(runner._MAKERS, Stage.CONCEPT, broken)
    await Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT)
    async with line.database.write() as connection:
        await journal.run_recovered(connection, at_work.id)
    assert await states() == ["recovered"]
    async with line.database.write() as connection:
        run = await runs.get(connection, at_work.id)
        await runs.move(connection, run, RunState.GENERATING, OPERATOR, NOW, attempt=2, failure=None)
    await Runner(line).stage(at_work.id, 1, 2, Stage.CONCEPT)
    assert await states() == ["new"]


async def test_the_error_of_a_package_closes_once_the_package_is_built(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
        await decide(connection, "r-first", Verdict(Decision.APPROVE), OPERATOR, NOW, grace_s=0, retirement_threshold=5)
        await runs.move(connection, await runs.get(connection, "r-first"), RunState.PACKAGING, ENGINE, NOW)

    async def full(*_: object) -> Answer:
        raise DiskFull("No space is left on the disk.", fix="Free some space.")

    async def built(*_: object) -> Answer:
        return Answer({"path": "releases/glass", "manifest_sha256": "0" * 64, "files": []}, cpu_s=0.0)

    async def states() -> list[str]:
        async with line.database.read() as connection:
            return [row.state for row in (await error_rows(connection)).rows]

    monkeypatch.setattr(Line, "job", full)
    await Runner(line).package("r-first", 1, 1)
    failed = await states()
    async with line.database.write() as connection:
        run = await runs.get(connection, "r-first")
        await runs.move(connection, run, RunState.PACKAGING, OPERATOR, NOW, attempt=2, failure=None)
    monkeypatch.setattr(Line, "job", built)
    await Runner(line).package("r-first", 1, 2)
    assert (failed, await states()) == (["new"], ["recovered"])


async def test_an_artefact_outside_its_limits_is_not_retryable(
    line: Line, at_work: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(task: Task) -> Made:
        raise CheckFailed("not silent: longest silence 20.0 s, at most 4 s")

    monkeypatch.setitem(runner._MAKERS, Stage.CONCEPT, silent)
    await Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT)
    run = await get(line)
    assert run.failure is not None and not run.failure.retryable


async def test_a_cancelled_run_is_left_alone(line: Line, at_work: runs.Run, made: list[Stage]) -> None:
    async with line.database.write() as connection:
        await runs.move(connection, at_work, RunState.CANCELLED, OPERATOR, NOW)
    assert not await Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT)
    assert made == []


async def test_a_step_of_an_older_version_does_nothing(line: Line, at_work: runs.Run, made: list[Stage]) -> None:
    async with line.database.write() as connection:
        await runs.set_columns(connection, at_work.id, version=2)
    assert not await Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT)
    assert made == []


class Resumed:
    """Stands in for the wait between two looks at the pause: says what was done by then, and ends the pause."""

    def __init__(self, line: Line, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._line, self._done = line, done
        self.found: list[list[str]] = []
        monkeypatch.setattr(asyncio, "sleep", self)

    async def __call__(self, _seconds: float) -> None:
        self.found.append(list(self._done))
        await pause_all(self._line, on=False)


async def pause_all(line: Line, *, on: bool) -> None:
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["all"], on, OPERATOR, NOW)


async def test_a_package_waits_while_all_work_is_paused(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
        await decide(connection, "r-first", Verdict(Decision.APPROVE), OPERATOR, NOW, grace_s=0, retirement_threshold=5)
        await runs.move(connection, await runs.get(connection, "r-first"), RunState.PACKAGING, ENGINE, NOW)
    built: list[str] = []

    async def build(_line: Line, run: runs.Run, _report: object) -> None:
        built.append(run.id)

    monkeypatch.setattr(package, "build", build)
    await pause_all(line, on=True)
    resumed = Resumed(line, built, monkeypatch)
    await Runner(line).package("r-first", 1, 1)
    assert (resumed.found, built) == ([[]], ["r-first"])


async def test_a_command_that_asks_a_model_waits_while_all_work_is_paused_also_after_a_restart(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def carry_out(_line: Line, command: control.Command) -> dict[str, Any]:
        done.append(command.id)
        return {}

    monkeypatch.setattr(intake, "carry_out", carry_out)
    await pause_all(line, on=True)
    async with line.database.write() as connection:
        await control.add_command(connection, "q-1", "create_artist", {}, OPERATOR, NOW)
    resumed = Resumed(line, done, monkeypatch)
    await Runner(line).command("q-1")
    assert (resumed.found, done) == ([[]], ["q-1"])


async def test_while_we_stop_a_dying_child_is_no_failure(
    line: Line, at_work: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(task: Task) -> Made:
        line.stopping.set()
        raise RuntimeError("the child ended with code -9")

    monkeypatch.setitem(runner._MAKERS, Stage.CONCEPT, killed)
    step = asyncio.create_task(Runner(line).stage(at_work.id, 1, 1, Stage.CONCEPT))
    await asyncio.wait([step], timeout=0.3)
    assert not step.done()
    step.cancel()
    assert (await get(line)).state is RunState.GENERATING


async def with_autopilot(line: Line) -> None:
    async with line.database.write() as connection:
        artist = await artists.get(connection, "a-vesper")
        await artists.change(connection, artist, OPERATOR, NOW, "test", autopilot=True)


async def test_autopilot_approves_when_the_gate_passes_and_is_named(
    line: Line, at_work: runs.Run, made: list[Stage]
) -> None:
    await with_autopilot(line)
    await make_all(line, at_work)
    await Runner(line).finish(at_work.id, 1)
    async with line.database.read() as connection:
        (review,) = await reviews.reviews_of(connection, at_work.id)
    assert (await get(line)).state is RunState.APPROVED
    assert (review.actor, review.looked) == ("autopilot", False)


async def test_autopilot_leaves_a_doubtful_run_to_a_person_and_says_why(
    line: Line, at_work: runs.Run, made: list[Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def loud(task: Task) -> Made:
        check = {"name": "true peak", "ok": False, "detail": "-0.4 dBTP, at most -1"}
        return Made({**stage_results()[Stage.ANALYSIS], "checks": [check]})

    monkeypatch.setitem(runner._MAKERS, Stage.ANALYSIS, loud)
    await with_autopilot(line)
    await make_all(line, at_work)
    await Runner(line).finish(at_work.id, 1)
    run = await get(line)
    assert run.state is RunState.AWAITING_REVIEW
    assert run.waiting_reason == "autopilot left this to a person: true peak: -0.4 dBTP, at most -1"


async def test_an_edited_song_does_only_what_is_missing_and_is_left_to_the_person(
    line: Line, at_work: runs.Run, made: list[Stage]
) -> None:
    await with_autopilot(line)
    await make_all(line, at_work)
    async with line.database.write() as connection:
        artist = await artists.get(connection, "a-vesper")
        await artists.change(connection, artist, OPERATOR, NOW, "test", autopilot=False)
    await Runner(line).finish(at_work.id, 1)
    await with_autopilot(line)
    made.clear()
    async with line.database.write() as connection:
        edited = await edit(connection, at_work.id, Wish(title="Slow Signal"), OPERATOR, NOW)
    assert await make_all(line, edited)
    await Runner(line).finish(edited.id, edited.version)
    run = await get(line)
    assert made == [Stage.COVER, Stage.CLIP]
    assert (run.state, run.title) == (RunState.AWAITING_REVIEW, "Slow Signal")
    assert run.waiting_reason == "autopilot left this to a person: a person has edited it"


async def test_a_storyboard_is_recorded_shown_and_kept_by_the_next_version(
    line: Line, at_work: runs.Run, made: list[Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    board: dict[str, Any] = {"artefact": {"sha256": "ab" * 32, "suffix": ".jpg", "size": 5}, "times": [1.0, 2.0]}
    clip = {"sha256": "cd" * 32, "suffix": ".mp4", "size": 9}

    async def with_stills(task: Task) -> Made:
        result = {**stage_results()[Stage.CLIP], "artefact": clip, "storyboard": board}
        return Made(result, kind="clip", aside={"storyboard": board["artefact"]})

    monkeypatch.setitem(runner._MAKERS, Stage.CLIP, with_stills)
    await make_all(line, at_work)
    await Runner(line).finish(at_work.id, 1)
    async with line.database.write() as connection:
        files = await runs.artefacts_of(connection, at_work.id, 1)
        sheet = await review_view.sheet(connection, at_work.id, NOW, line.home.artefacts, window_s=0)
        await kept.take_over(connection, await runs.get(connection, at_work.id), 2, [Stage.CLIP], {})
        later = await runs.artefacts_of(connection, at_work.id, 2)
    assert (files["storyboard"].sha256, files["clip"].sha256) == ("ab" * 32, "cd" * 32)
    assert sheet.storyboard is not None
    assert sheet.storyboard.path == line.home.artefacts / "ab" / f"{'ab' * 32}.jpg"
    assert sheet.storyboard.times == (1.0, 2.0)
    assert later["storyboard"].sha256 == "ab" * 32


async def test_a_song_from_before_there_were_storyboards_is_shown_without_one(
    line: Line, at_work: runs.Run, made: list[Stage]
) -> None:
    await make_all(line, at_work)
    await Runner(line).finish(at_work.id, 1)
    async with line.database.read() as connection:
        sheet = await review_view.sheet(connection, at_work.id, NOW, line.home.artefacts, window_s=0)
    assert sheet.storyboard is None


async def test_a_refusal_of_a_command_is_an_answer_and_no_error_group(line: Line) -> None:
    async with line.database.write() as connection:
        await control.add_command(connection, "q-1", "no such thing", {}, OPERATOR, NOW)
    await Runner(line).command("q-1")
    async with line.database.read() as connection:
        command = await control.command(connection, "q-1")
        groups = (await error_rows(connection)).total
    assert command is not None and (command.state, groups) == ("failed", 0)
