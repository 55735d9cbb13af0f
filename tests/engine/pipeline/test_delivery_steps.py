"""What a delivery went through stays readable, and a person can have what failed tried at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine.api import delivery_commands, delivery_view
from engine.domain.delivery import DeliveryState, Turn
from engine.domain.errors import NotAllowed, OutcomeUnknown, TargetAway
from engine.home import Home
from engine.pipeline.deliveries import Hands, carry_out
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store import deliveries, delivery_steps
from engine.store.database import Database
from tests.conftest import NOW
from tests.delivering import PERSON, Place, add_folder, deliver, packaged
from tests.packages import RELEASE

S = DeliveryState


@pytest.fixture
async def line(database: Database, home: Home) -> Line:
    """A label with one package and one folder target."""
    await packaged(database, home)
    await add_folder(database, home)
    return Line(database, home, Settings(), Redactor(), now=lambda: NOW)


def raises(error: Exception) -> None:
    raise error


async def begun(line: Line) -> str:
    async with line.database.write() as connection:
        [told] = await deliver(connection, RELEASE, ["usb"], {}, None, PERSON, NOW)
    return told.delivery_id


async def attempt(line: Line, delivery_id: str, place: Place) -> deliveries.Delivery:
    before = await found(line, delivery_id)
    await carry_out(line, delivery_id, before.attempt, Hands(opened=lambda _line, _target: place))
    return await found(line, delivery_id)


async def found(line: Line, delivery_id: str) -> deliveries.Delivery:
    async with line.database.read() as connection:
        return await deliveries.get(connection, delivery_id)


async def again(line: Line, delivery_id: str) -> S:
    async with line.database.write() as connection:
        return (await delivery_commands.again(connection, delivery_id, PERSON, NOW)).state


async def test_every_step_is_kept_with_who_took_it_and_why(line: Line) -> None:
    own, place = await begun(line), Place()
    place.fail = lambda: raises(TargetAway("The disk is away.", fix="Mount it."))
    await attempt(line, own, place)
    await again(line, own)
    place.fail = lambda: None
    await attempt(line, own, place)
    async with line.database.read() as connection:
        steps = (await delivery_view.detail(connection, own)).steps
    told = [(step.state, step.actor.name, step.words) for step in reversed(steps)]
    assert told == [
        (S.QUEUED, "mara", ""),
        (S.SENDING, "", ""),
        (S.FAILED, "", "The disk is away."),
        (S.QUEUED, "mara", ""),
        (S.SENDING, "", ""),
        (S.DELIVERED, "", "there"),
    ]


async def test_an_unknown_outcome_is_asked_about_and_not_sent_at_once(line: Line) -> None:
    own, place = await begun(line), Place()
    place.fail_after = lambda: raises(OutcomeUnknown("Who knows."))
    assert (await attempt(line, own, place)).state is S.UNKNOWN
    assert await again(line, own) is S.UNKNOWN
    waits = await found(line, own)
    assert waits.next_try_at == NOW
    async with line.database.write() as connection:  # as the keeper does when a try is due
        await deliveries.move(connection, waits, S.SENDING, NOW, next_try_at=None)
    assert (await attempt(line, own, place)).state is S.DELIVERED
    assert place.sends == 1


async def test_a_withdrawal_that_failed_can_be_tried_at_once(line: Line) -> None:
    own, place = await begun(line), Place()
    await attempt(line, own, place)
    async with line.database.write() as connection:
        await delivery_commands.withdraw(connection, RELEASE, ["usb"], PERSON, NOW)
    place.fail = lambda: raises(TargetAway("The disk is away.", fix=""))
    assert (await attempt(line, own, place)).failure is not None
    await again(line, own)
    place.fail = lambda: None
    assert (await attempt(line, own, place)).state is S.WITHDRAWN


async def test_what_did_not_fail_is_not_tried_again(line: Line) -> None:
    own = await begun(line)
    with pytest.raises(NotAllowed, match="is queued at usb"):
        await again(line, own)


async def test_no_two_turns_of_one_second_at_a_target_are_equal_and_each_stays(line: Line, home: Home) -> None:
    await add_folder(line.database, home, "disk")
    place = Place()
    own = await begun(line)
    async with line.database.write() as connection:
        [other] = await deliver(connection, RELEASE, ["disk"], {}, None, PERSON, NOW)
    await attempt(line, own, place)
    async with line.database.write() as connection:
        await delivery_commands.withdraw(connection, RELEASE, ["usb"], PERSON, NOW)
    await attempt(line, own, place)
    assert await begun(line) == own
    async with line.database.read() as connection:
        turns = [
            await delivery_steps.turn(connection, *which)
            for which in ((own, 1, S.QUEUED), (own, 1, S.WITHDRAWING), (own, 2, S.QUEUED))
        ]
        assert turns == [Turn(NOW, number) for number in range(3)]
        assert await delivery_steps.turn(connection, other.delivery_id, 1, S.QUEUED) == Turn(NOW)
        assert await delivery_steps.turn(connection, other.delivery_id, 1, S.WITHDRAWING) is None


async def test_messages_of_a_later_round_are_of_its_own_time(line: Line) -> None:
    place, moments = Place(), []

    async def messages(_line: object, _release: object, _target: object, at: datetime) -> tuple[()]:
        moments.append(at)
        return ()

    hands = Hands(opened=lambda _line, _target: place, messages=messages)
    own = await begun(line)
    await carry_out(line, own, 1, hands)
    later = NOW + timedelta(days=9)
    async with line.database.write() as connection:
        await delivery_commands.withdraw(connection, RELEASE, ["usb"], PERSON, later)
    await carry_out(line, own, (await found(line, own)).attempt, hands)
    async with line.database.write() as connection:
        await deliver(connection, RELEASE, ["usb"], {}, None, PERSON, later + timedelta(days=1))
    await carry_out(line, own, (await found(line, own)).attempt, hands)
    assert moments == [NOW, NOW, later + timedelta(days=1)]
