"""The keeper asks or begins where a release meets a target, starts what is due, and tries again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest

from engine.domain.delivery import DeliveryState, Mode
from engine.domain.errors import TargetRefused
from engine.domain.rights import Block
from engine.domain.runs import RunState
from engine.durable import Durable
from engine.home import Home
from engine.pipeline.deliveries import Hands, carry_out
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.service.delivery_keeper import DeliveryKeeper
from engine.settings import Settings
from engine.store import chat_alerts, control, deliveries, runs
from engine.store.database import Database
from tests.conftest import NOW
from tests.delivering import PERSON, RUN, Place, add_folder, deliver, packaged

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
        await deliver(connection, release_id, [], {}, due, PERSON, NOW)
    await keeper(line, workflows).look()
    assert (await only(line)).state is S.WAITING and workflows.started == []
    await keeper(replace(line, now=lambda: due), workflows).look()
    assert (await only(line)).state is S.QUEUED and len(workflows.started) == 1


async def test_a_failed_delivery_is_tried_again_when_its_time_comes(line: Line, workflows: Workflows) -> None:
    release_id = await packaged(line.database, line.home, at=NOW - timedelta(seconds=1))
    await add_folder(line.database, line.home)
    async with line.database.write() as connection:
        await deliver(connection, release_id, [], {}, None, PERSON, NOW)
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


@dataclass
class Stands:
    """A gate that a test can open and close."""

    left: list[Block] = field(default_factory=list)

    async def __call__(self, _line: Line, _release: object, _target: object) -> list[Block]:
        return self.left


PLAN = Block("music-plan", "The plan forbids it.", "Make a new version.")


async def test_an_automatic_target_stops_at_a_block_says_so_and_goes_on_by_itself(
    line: Line, workflows: Workflows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.service.delivery_keeper._UNBLOCK_EVERY_S", 0.0)
    await add_folder(line.database, line.home, mode=Mode.AUTOMATIC)
    await packaged(line.database, line.home)
    gate, place = Stands([PLAN]), Place()
    own = DeliveryKeeper(line, cast(Durable, workflows), gate)
    hands = Hands(opened=lambda line, target: place, gate=gate)
    await own.look()
    delivery = await only(line)
    assert delivery.note == "blocked: music-plan"
    await carry_out(line, delivery.id, delivery.attempt, hands)
    await own.look()
    assert (await only(line)).state is S.FAILED and place.sends == 0
    async with line.database.read() as connection:
        [alert] = [each for each in await chat_alerts.standing(connection, NOW) if "delivery" in each.incident]
    assert "The plan forbids it. Make a new version." in alert.detail
    gate.left = []
    await own.look()
    delivery = await only(line)
    assert delivery.state is S.QUEUED and workflows.started[-1] == (delivery.id, delivery.attempt)
    await carry_out(line, delivery.id, delivery.attempt, hands)
    assert (await only(line)).state is S.DELIVERED and place.sends == 1
    async with line.database.read() as connection:
        assert {each.level for each in await chat_alerts.standing(connection, NOW)} == {"info"}, "it has arrived"


async def test_what_failed_for_another_reason_is_not_taken_up_by_an_open_gate(
    line: Line, workflows: Workflows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.service.delivery_keeper._UNBLOCK_EVERY_S", 0.0)
    await add_folder(line.database, line.home, mode=Mode.AUTOMATIC)
    await packaged(line.database, line.home)
    own = DeliveryKeeper(line, cast(Durable, workflows), Stands())
    await own.look()
    delivery = await only(line)
    place = Place(fail=_refuses)
    await carry_out(line, delivery.id, delivery.attempt, Hands(opened=lambda line, target: place))
    await own.look()
    assert (await only(line)).state is S.FAILED


def _refuses() -> None:
    raise TargetRefused("Wrong key.")
