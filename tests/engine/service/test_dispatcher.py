"""The dispatcher starts what is due, once, and finds again what a crash left half-done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from engine.api.decide import Decision, Verdict, decide
from engine.domain.errors import CapReached
from engine.domain.learning import ReasonTag
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.durable import Durable
from engine.home import Home
from engine.pipeline import held
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.service.dispatcher import Dispatcher
from engine.settings import Settings
from engine.store import artists, control, runs
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)


@dataclass
class Workflows:
    """Stands in for the workflow engine: remembers what was started."""

    started: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    busy: bool = False

    async def produce(self, run_id: str, version: int, attempt: int) -> None:
        self.started.append(f"produce {run_id} {version} {attempt}")

    async def release(self, workflow_id: str, run_id: str, version: int, attempt: int) -> None:
        self.started.append(f"release {run_id} {version} {attempt}")

    async def command(self, command_id: str, queue: str = "llm") -> None:
        self.started.append(f"command {command_id}")

    async def pace(self, *, busy: bool) -> None:
        self.busy = busy

    async def dead(self, workflow_ids: Collection[str]) -> set[str]:
        return self.ended & set(workflow_ids)


@pytest.fixture
def line(database: Database, home: Home) -> Line:
    return Line(database, home, replace(Settings(), min_free_disk_mb=0), Redactor(), now=lambda: NOW)


@pytest.fixture
def workflows() -> Workflows:
    return Workflows()


@pytest.fixture
def dispatcher(line: Line, workflows: Workflows) -> Dispatcher:
    return Dispatcher(line, cast(Durable, workflows))


async def state(line: Line, run_id: str = "r-first") -> RunState:
    async with line.database.read() as connection:
        return (await runs.get(connection, run_id)).state


async def approve(line: Line, grace_s: float = 0) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
        verdict = Verdict(Decision.APPROVE)
        await decide(connection, "r-first", verdict, OPERATOR, NOW, grace_s=grace_s, retirement_threshold=5)


async def test_a_queued_run_goes_to_work_once(line: Line, dispatcher: Dispatcher, workflows: Workflows) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    for _ in range(3):
        await dispatcher.look()
    assert await state(line) is RunState.GENERATING
    assert workflows.started == ["produce r-first 1 1"]


async def test_no_more_runs_at_once_than_allowed(line: Line, workflows: Workflows) -> None:
    line = replace(line, settings=replace(line.settings, max_active_runs=2))
    async with line.database.write() as connection:
        await add_artist(connection)
        for number in range(4):
            await add_run(connection, f"r-{number}", at=later(seconds=number))
    await Dispatcher(line, cast(Durable, workflows)).look()
    assert workflows.started == ["produce r-0 1 1", "produce r-1 1 1"]


async def test_paused_means_that_nothing_new_starts(line: Line, dispatcher: Dispatcher, workflows: Workflows) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
        await control.set_switch(connection, control.PAUSES["all"], True, OPERATOR, NOW)
    await dispatcher.look()
    assert await state(line) is RunState.QUEUED and workflows.started == []


async def test_an_approval_starts_the_release(line: Line, dispatcher: Dispatcher, workflows: Workflows) -> None:
    await approve(line)
    await dispatcher.look()
    assert await state(line) is RunState.PACKAGING
    assert workflows.started == ["release r-first 1 1"]


async def test_an_approval_waits_for_its_grace(line: Line, dispatcher: Dispatcher, workflows: Workflows) -> None:
    await approve(line, grace_s=60)
    await dispatcher.look()
    assert await state(line) is RunState.APPROVED and workflows.started == []


async def test_a_new_version_waits_for_its_grace_and_then_for_its_turn(line: Line, workflows: Workflows) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
        verdict = Verdict(Decision.NEW_VERSION, text="slower")
        await decide(connection, "r-first", verdict, OPERATOR, NOW, grace_s=60, retirement_threshold=5)
    await Dispatcher(replace(line, now=lambda: later(seconds=59)), cast(Durable, workflows)).look()
    assert workflows.started == []
    await Dispatcher(replace(line, now=lambda: later(seconds=60)), cast(Durable, workflows)).look()
    assert workflows.started == ["produce r-first 2 1"]


async def test_the_artists_next_song_waits_for_what_it_is_told(line: Line, workflows: Workflows) -> None:
    async with line.database.write() as connection:
        for artist in ("a-vesper", "a-other"):
            await add_artist(connection, artist, artist)
        await add_waiting_run(connection)
        verdict = Verdict(Decision.REJECT, text="drags")
        await decide(connection, "r-first", verdict, OPERATOR, NOW, grace_s=60, retirement_threshold=5)
        await add_run(connection, "r-next")
        await add_run(connection, "r-other", "a-other", at=later(seconds=1))
    await Dispatcher(replace(line, now=lambda: later(seconds=59)), cast(Durable, workflows)).look()
    assert workflows.started == ["produce r-other 1 1"]
    workflows.started.clear()
    await Dispatcher(replace(line, now=lambda: later(seconds=60)), cast(Durable, workflows)).look()
    assert "produce r-next 1 1" in workflows.started


async def test_after_a_restart_whatever_was_at_work_is_started_again_under_the_same_id(
    line: Line, dispatcher: Dispatcher, workflows: Workflows
) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    await dispatcher.look()
    await Dispatcher(line, cast(Durable, workflows)).look()
    assert workflows.started == ["produce r-first 1 1"] * 2


async def test_a_run_whose_workflow_died_gets_the_next_attempt(
    line: Line, dispatcher: Dispatcher, workflows: Workflows
) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    await dispatcher.look()
    workflows.ended.add("r-first:1:1:produce")
    await dispatcher.look()
    await dispatcher.look()
    assert workflows.started[-1] == "produce r-first 1 2"


async def test_an_unanswered_review_expires_and_the_artist_is_not_to_blame(line: Line, workflows: Workflows) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
        before = await artists.get(connection, "a-vesper")
    late = replace(line, now=lambda: later(days=8))
    await Dispatcher(late, cast(Durable, workflows)).look()
    async with line.database.read() as connection:
        assert await artists.get(connection, "a-vesper") == before
    assert await state(line) is RunState.EXPIRED


async def test_with_no_window_nothing_expires(line: Line, workflows: Workflows) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
    forever = replace(line, now=lambda: later(days=800), settings=replace(line.settings, max_approval_wait_time=0))
    await Dispatcher(forever, cast(Durable, workflows)).look()
    assert await state(line) is RunState.AWAITING_REVIEW


@pytest.mark.parametrize(
    ("kind", "arguments", "waits"),
    [
        ("create_artist", {"genre": None}, True),
        ("start_run", {"artist_id": None}, True),
        ("start_run", {"artist_id": "a-vesper"}, False),
        ("llm_ping", {"model": None}, False),
    ],
)
async def test_a_pause_of_all_work_holds_a_command_that_may_ask_a_model_for_a_song_until_it_ends(
    kind: str,
    arguments: dict[str, str | None],
    waits: bool,
    line: Line,
    dispatcher: Dispatcher,
    workflows: Workflows,
) -> None:
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["all"], True, OPERATOR, NOW)
        await control.add_command(connection, "q-1", kind, arguments, OPERATOR, NOW)
    await dispatcher.look()
    assert workflows.started == ([] if waits else ["command q-1"])
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["all"], False, OPERATOR, NOW)
    await dispatcher.look()
    assert workflows.started == ["command q-1"]


async def test_commands_are_started_in_their_order(line: Line, dispatcher: Dispatcher, workflows: Workflows) -> None:
    async with line.database.write() as connection:
        for number in range(3):
            await control.add_command(connection, f"q-{number}", "start_run", {}, ENGINE, later(seconds=number))
    await dispatcher.look()
    await dispatcher.look()
    assert workflows.started == ["command q-0", "command q-1", "command q-2"]


async def test_the_queues_are_looked_at_often_only_while_there_is_work(
    dispatcher: Dispatcher, workflows: Workflows, database: Database
) -> None:
    await dispatcher.look()
    assert not workflows.busy
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection, "r-1")
    await dispatcher.look()
    assert workflows.busy


async def test_a_run_at_a_cap_is_left_alone_until_the_cap_lets_it(
    line: Line, dispatcher: Dispatcher, workflows: Workflows
) -> None:
    reached = CapReached("The day's money is spent.", fix="Wait.", cap="day", until=later(hours=12))
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await runs.move(connection, await add_run(connection), RunState.GENERATING, ENGINE, NOW)
        await held.hold(connection, run, reached, NOW)
    await dispatcher.look()
    assert workflows.started == []
    tomorrow = replace(line, now=lambda: later(hours=12))
    await Dispatcher(tomorrow, cast(Durable, workflows)).look()
    assert workflows.started == ["produce r-first 1 2"]


async def test_a_run_that_was_sent_back_and_then_waited_at_a_cap_goes_on_with_the_version_it_had_begun(
    line: Line, workflows: Workflows
) -> None:
    def at(seconds: float) -> Dispatcher:
        return Dispatcher(replace(line, now=lambda: later(seconds=seconds)), cast(Durable, workflows))

    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
        verdict = Verdict(Decision.NEW_VERSION, (ReasonTag.TOO_SLOW,), "faster")
        await decide(connection, "r-first", verdict, OPERATOR, NOW, grace_s=30, retirement_threshold=5)
    await at(10).look()
    assert (await state(line), workflows.started) == (RunState.QUEUED, []), "it can still be taken back"
    await at(30).look()
    reached = CapReached("The day's money is spent.", fix="Wait.", cap="day", until=later(hours=12))
    async with line.database.write() as connection:
        await held.hold(connection, await runs.get(connection, "r-first"), reached, later(seconds=40))
    await at(50).look()
    await at(12 * 3600).look()
    assert workflows.started == ["produce r-first 2 1", "produce r-first 2 2"]
    async with line.database.read() as connection:
        run = await runs.get(connection, "r-first")
    assert (run.version, run.attempt, run.held_by, run.notes) == (2, 2, "", "too-slow, faster")


async def test_a_queued_run_waits_for_space(line: Line, workflows: Workflows) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection, "r-first")
    full = replace(line, settings=replace(line.settings, min_free_disk_mb=10**9))
    await Dispatcher(full, cast(Durable, workflows)).look()
    assert workflows.started == []
    await Dispatcher(line, cast(Durable, workflows)).look()
    assert workflows.started == ["produce r-first 1 1"]
