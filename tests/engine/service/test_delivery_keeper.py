"""The keeper asks or begins where a release meets a target, starts what is due, and tries again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest

from engine.api import delivery_commands
from engine.domain.delivery import DeliveryState, Mode
from engine.domain.runs import RunState
from engine.durable import Durable
from engine.home import Home
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.service.delivery_keeper import DeliveryKeeper
from engine.settings import Settings
from engine.store import control, deliveries, runs
from engine.store.database import Database
from tests.conftest import NOW
from tests.delivering import PERSON, RUN, add_folder, packaged

S = DeliveryState


@dataclass
class Workflows:
    """Remembers what was started."""

    started: list[tuple[str, int]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    async def deliver(self, delivery_id: str, attempt: int) -> None:
        self.started.append((delivery_id, attempt))

    async def dead(self, workflow_ids: Collection[str]) -> set[str]:
        return self.ended & set(workflow_ids)


@pytest.fixture
def line(database: Database, home: Home) -> Line:
    return Line(database, home, Settings(), Redactor(), now=lambda: NOW)


@pytest.fixture
def workflows() -> Workflows:
    return Workflows()


def keeper(line: Line, workflows: Workflows) -> DeliveryKeeper:
    return DeliveryKeeper(line, cast(Durable, workflows))


async def only(line: Line) -> deliveries.Delivery:
    async with line.database.read() as connection:
        [found] = await deliveries.newest(connection)
    return found


@pytest.mark.parametrize(("mode", "state"), [(Mode.ASK, S.ASKED), (Mode.AUTOMATIC, S.QUEUED)])
async def test_a_release_meets_a_target(line: Line, workflows: Workflows, mode: Mode, state: S) -> None:
    await add_folder(line.database, line.home, mode=mode)
    await packaged(line.database, line.home)
    for _ in range(2):
        await keeper(line, workflows).look()
    assert (await only(line)).state is state
    assert len(set(workflows.started)) == (1 if state is S.QUEUED else 0)
    async with line.database.read() as connection:
        run = await runs.get(connection, RUN)
    assert run.state is (RunState.DELIVERING if state is S.QUEUED else RunState.PACKAGED)


async def test_what_was_made_before_the_target_came_stays(line: Line, workflows: Workflows) -> None:
    await packaged(line.database, line.home, at=NOW - timedelta(seconds=1))
    await add_folder(line.database, line.home, mode=Mode.AUTOMATIC)
    await keeper(line, workflows).look()
    async with line.database.read() as connection:
        assert await deliveries.newest(connection) == []


async def test_a_scheduled_delivery_begins_on_its_day(line: Line, workflows: Workflows) -> None:
    release_id = await packaged(line.database, line.home, at=NOW - timedelta(seconds=1))
    await add_folder(line.database, line.home)
    due = NOW + timedelta(days=2)
    async with line.database.write() as connection:
        await delivery_commands.deliver(connection, release_id, [], {}, due, PERSON, NOW)
    await keeper(line, workflows).look()
    assert (await only(line)).state is S.WAITING and workflows.started == []
    await keeper(replace(line, now=lambda: due), workflows).look()
    assert (await only(line)).state is S.QUEUED and len(workflows.started) == 1


async def test_a_failed_delivery_is_tried_again_when_its_time_comes(line: Line, workflows: Workflows) -> None:
    release_id = await packaged(line.database, line.home, at=NOW - timedelta(seconds=1))
    await add_folder(line.database, line.home)
    async with line.database.write() as connection:
        await delivery_commands.deliver(connection, release_id, [], {}, None, PERSON, NOW)
        [found] = await deliveries.newest(connection)
        moved = await deliveries.move(connection, found, S.SENDING, NOW)
        again = NOW + timedelta(minutes=1)
        await deliveries.move(connection, moved, S.FAILED, NOW, next_try_at=again, attempt=2, failure={"cause": "away"})
        await deliveries.settle_run(connection, release_id, PERSON, NOW)
    await keeper(line, workflows).look()
    assert workflows.started == []
    await keeper(replace(line, now=lambda: NOW + timedelta(minutes=1)), workflows).look()
    assert workflows.started == [(found.id, 2)]


async def test_nothing_begins_while_publishing_is_paused(line: Line, workflows: Workflows) -> None:
    await add_folder(line.database, line.home, mode=Mode.AUTOMATIC)
    await packaged(line.database, line.home)
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["publishing"], True, PERSON, NOW)
    await keeper(line, workflows).look()
    assert (await only(line)).state is S.QUEUED and workflows.started == []


async def test_a_workflow_that_ended_without_its_delivery_gets_the_next_attempt(
    line: Line, workflows: Workflows
) -> None:
    await add_folder(line.database, line.home, mode=Mode.AUTOMATIC)
    await packaged(line.database, line.home)
    own = keeper(line, workflows)
    await own.look()
    [(delivery_id, attempt)] = workflows.started
    workflows.ended.add(f"{delivery_id}:{attempt}:deliver")
    await own.look()
    await own.look()
    assert workflows.started == [(delivery_id, 1), (delivery_id, 2)]
