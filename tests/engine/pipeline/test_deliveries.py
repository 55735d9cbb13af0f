"""Deliveries end as rows whatever happens, and nothing is delivered twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.api import delivery_commands, delivery_view
from engine.delivery.target import Known
from engine.domain.delivery import DeliveryState, Mode, TargetKind, variable
from engine.domain.errors import NotAllowed, OutcomeUnknown, TargetAway, TargetRefused, UsageError
from engine.domain.runs import RunState
from engine.home import Home
from engine.pipeline import target_desk
from engine.pipeline.deliveries import Hands, carry_out
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.store import control, deliveries, journal, releases, runs
from engine.store.database import Database
from tests import packages
from tests.conftest import NOW
from tests.delivering import PERSON, RUN, Place, add_folder, deliver, packaged

S = DeliveryState
SECRET = "hunter2-of-the-label"


@pytest.fixture
async def release_id(database: Database, home: Home) -> str:
    await add_folder(database, home)
    return await packaged(database, home)


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def hands(place: Place) -> Hands:
    return Hands(opened=lambda line, target: place)


async def asked(line: Line, release_id: str, due_at: datetime | None = None) -> deliveries.Delivery:
    """The delivery that a person asked for."""
    async with line.database.write() as connection:
        [told] = await deliver(connection, release_id, ["usb"], {}, due_at, PERSON, line.now())
        return await deliveries.get(connection, told.delivery_id)


async def attempt(line: Line, delivery: deliveries.Delivery, hands: Hands) -> deliveries.Delivery:
    """One attempt, as its workflow makes it; returns the delivery then."""
    now = await found(line, delivery.id)
    await carry_out(line, now.id, now.attempt, hands)
    return await found(line, delivery.id)


async def found(line: Line, delivery_id: str) -> deliveries.Delivery:
    async with line.database.read() as connection:
        return await deliveries.get(connection, delivery_id)


async def run_state(line: Line) -> RunState:
    async with line.database.read() as connection:
        return (await runs.get(connection, RUN)).state


async def test_a_delivery_ends_with_a_receipt_for_each_file(line: Line, release_id: str) -> None:
    delivery = await asked(line, release_id)
    assert await run_state(line) is RunState.DELIVERING
    done = await attempt(line, delivery, Hands())
    assert done.state is S.DELIVERED and done.receipt is not None
    assert await run_state(line) is RunState.DELIVERED
    async with line.database.read() as connection:
        receipts = await deliveries.receipts_of(connection, done)
        folder = (await releases.get(connection, release_id)).path
    assert {each.name: each.sha256 for each in receipts} == {
        each.name: each.sha256 for each in packages.parcel(Path(folder)).files
    }


async def test_a_second_attempt_at_what_is_delivered_does_nothing(
    line: Line, release_id: str, place: Place, hands: Hands
) -> None:
    delivery = await asked(line, release_id)
    await attempt(line, delivery, hands)
    await carry_out(line, delivery.id, delivery.attempt, hands)
    assert place.sends == 1


async def test_asked_again_it_is_refused_until_it_was_withdrawn(
    line: Line, release_id: str, place: Place, hands: Hands
) -> None:
    delivery = await asked(line, release_id)
    with pytest.raises(NotAllowed, match="queued at usb already"):
        await asked(line, release_id)
    await attempt(line, delivery, hands)
    with pytest.raises(NotAllowed, match="delivered at usb already"):
        await asked(line, release_id)
    await _withdrawn(line, release_id)
    assert (await attempt(line, delivery, hands)).state is S.WITHDRAWN
    assert await run_state(line) is RunState.WITHDRAWN and place.withdrawals == 1


async def test_what_was_withdrawn_is_delivered_anew(line: Line, release_id: str, place: Place, hands: Hands) -> None:
    delivery = await asked(line, release_id)
    await attempt(line, delivery, hands)
    await _withdrawn(line, release_id)
    await attempt(line, delivery, hands)
    again = await asked(line, release_id)
    assert await run_state(line) is RunState.DELIVERING
    await attempt(line, again, hands)
    assert await run_state(line) is RunState.DELIVERED


async def test_a_round_that_was_declined_does_not_hide_the_one_before(
    line: Line, release_id: str, hands: Hands
) -> None:
    delivery = await asked(line, release_id)
    await attempt(line, delivery, hands)
    await _withdrawn(line, release_id)
    await attempt(line, delivery, hands)
    await asked(line, release_id, line.now() + timedelta(days=1))
    assert await _withdrawn(line, release_id) is S.DECLINED
    assert await _told(line, release_id) == ("delivered and withdrawn before", S.WITHDRAWN)


async def test_what_never_arrived_and_was_declined_is_not_said_to_have_been_there(line: Line, release_id: str) -> None:
    delivery = await asked(line, release_id)
    async with line.database.write() as connection:
        sending = await deliveries.move(connection, delivery, S.SENDING, line.now(), bytes_total=9)
        await deliveries.move(connection, sending, S.UNKNOWN, line.now())
        await delivery_commands.settle(connection, release_id, "usb", False, PERSON, line.now())
    assert await _withdrawn(line, release_id) is S.DECLINED
    assert await _told(line, release_id) == ("", S.DECLINED)


async def _told(line: Line, release_id: str) -> tuple[str, S]:
    """What lists say of the one delivery: its words, and how its release stands."""
    async with line.database.read() as connection:
        [row] = await delivery_view.delivery_rows(connection, release_id=release_id)
        [state] = (await delivery_view.states_of(connection, [release_id]))[release_id]
    return row.before, state


async def _withdrawn(line: Line, release_id: str) -> S:
    async with line.database.write() as connection:
        [told] = await delivery_commands.withdraw(connection, release_id, [], PERSON, line.now())
    return told.state


async def test_an_attempt_that_was_killed_asks_the_target_before_it_sends(
    line: Line, release_id: str, place: Place, hands: Hands
) -> None:
    delivery = await asked(line, release_id)

    class Killed(BaseException):
        pass

    def killed() -> None:
        raise Killed

    place.fail_after = killed
    with pytest.raises(Killed):
        await carry_out(line, delivery.id, delivery.attempt, hands)
    assert (await found(line, delivery.id)).state is S.SENDING
    place.fail_after = lambda: None
    assert (await attempt(line, delivery, hands)).state is S.DELIVERED
    assert place.sends == 1


async def test_an_unknown_outcome_is_never_sent_again_by_itself(
    line: Line, release_id: str, place: Place, hands: Hands
) -> None:
    place.fail = _raises(OutcomeUnknown("Who knows."))
    delivery = await asked(line, release_id)
    unknown = await attempt(line, delivery, hands)
    assert unknown.state is S.UNKNOWN and unknown.next_try_at is not None
    assert await run_state(line) is RunState.FAILED
    with pytest.raises(NotAllowed, match="not known"):
        await asked(line, release_id)
    place.fail, place.known = (lambda: None), Known.UNKNOWN
    async with line.database.write() as connection:
        await deliveries.move(connection, unknown, S.SENDING, NOW)
    assert (await attempt(line, delivery, hands)).state is S.UNKNOWN
    assert place.sends == 0


@pytest.mark.parametrize(("arrived", "sends"), [(True, 0), (False, 1)])
async def test_a_person_settles_what_is_unknown(
    line: Line, release_id: str, place: Place, hands: Hands, arrived: bool, sends: int
) -> None:
    place.fail = _raises(OutcomeUnknown("Who knows."))
    delivery = await asked(line, release_id)
    await attempt(line, delivery, hands)
    place.fail = lambda: None
    async with line.database.write() as connection:
        await delivery_commands.settle(connection, release_id, "usb", arrived, PERSON, NOW)
    assert (await attempt(line, delivery, hands)).state is S.DELIVERED
    assert place.sends == sends and await run_state(line) is RunState.DELIVERED
    async with line.database.read() as connection:
        assert await journal.open_incidents(connection, "delivery.") == []


def _raises(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


async def test_a_target_that_is_away_is_tried_again_later(
    line: Line, release_id: str, place: Place, hands: Hands
) -> None:
    place.fail = _raises(TargetAway("Nobody there."))
    delivery = await asked(line, release_id)
    times = []
    for _ in range(9):
        failed = await attempt(line, delivery, hands)
        times.append(failed.next_try_at)
        if failed.next_try_at is None:
            break
        async with line.database.write() as connection:
            await deliveries.move(connection, failed, S.QUEUED, NOW)
    waits = [(each - NOW).total_seconds() for each in times if each]
    assert waits == sorted(waits) and waits[0] == 60 and len(waits) == 7
    assert times[-1] is None, "then a person is asked"
    async with line.database.read() as connection:
        assert await journal.open_incidents(connection, "delivery.") == [f"delivery.{delivery.id}"]


async def test_a_time_that_the_target_names_counts(line: Line, release_id: str, place: Place, hands: Hands) -> None:
    place.fail = _raises(TargetAway("Not today.", retry_after=7_200))
    failed = await attempt(line, await asked(line, release_id), hands)
    assert failed.next_try_at == NOW + timedelta(hours=2)


async def test_what_the_target_refuses_waits_for_a_person_and_can_be_retried(
    line: Line, release_id: str, place: Place, hands: Hands
) -> None:
    place.fail = _raises(TargetRefused("Wrong key.", fix="Change it."))
    failed = await attempt(line, await asked(line, release_id), hands)
    assert failed.state is S.FAILED and failed.next_try_at is None and failed.failure is not None
    assert failed.failure["cause"] == "Wrong key." and await run_state(line) is RunState.FAILED
    place.fail = lambda: None
    async with line.database.write() as connection:
        await delivery_commands.retry_run(connection, RUN, PERSON, NOW)
    assert await run_state(line) is RunState.DELIVERING
    assert (await attempt(line, failed, hands)).state is S.DELIVERED


@dataclass
class Hindrance:
    what: str
    fix: str
    kind: str = "music-plan"


async def test_nothing_is_sent_while_a_block_is_left(line: Line, release_id: str, place: Place, hands: Hands) -> None:
    left: list[Hindrance] = [Hindrance("The plan forbids it.", "Renew the plan.")]

    async def gate(_line: Line, _release: releases.Release, _target: deliveries.Target) -> Sequence[Hindrance]:
        return left

    gated = replace(hands, gate=gate)
    delivery = await asked(line, release_id)
    blocked = await attempt(line, delivery, gated)
    assert blocked.state is S.FAILED and place.sends == 0 and blocked.failure is not None
    assert (blocked.failure["cause"], blocked.failure["fix"]) == ("The plan forbids it.", "Renew the plan.")
    left.clear()
    await asked(line, release_id)
    assert (await attempt(line, delivery, gated)).state is S.DELIVERED


@pytest.mark.parametrize("scope", ["all", "publishing"])
async def test_a_pause_of_publishing_holds_a_delivery(
    line: Line, release_id: str, place: Place, hands: Hands, scope: str
) -> None:
    delivery = await asked(line, release_id)
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES[scope], True, PERSON, NOW)
    held = await attempt(line, delivery, hands)
    assert held.state is S.QUEUED and held.failures == 0 and place.sends == 0
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES[scope], False, PERSON, NOW)
    assert (await attempt(line, delivery, hands)).state is S.DELIVERED


async def test_a_pause_stops_what_is_on_its_way_and_it_goes_on_later(
    line: Line, release_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.pipeline.deliveries._REPORT_EVERY_S", 0.0)
    delivery = await asked(line, release_id)

    async def gate(_line: Line, _release: releases.Release, _target: deliveries.Target) -> Sequence[Hindrance]:
        """Behind the first look at the pause."""
        async with line.database.write() as connection:
            await control.set_switch(connection, control.PAUSES["publishing"], True, PERSON, NOW)
        return ()

    held = await attempt(line, delivery, Hands(gate=gate))
    assert held.state is S.QUEUED and held.bytes_done > 0
    async with line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["publishing"], False, PERSON, NOW)
    assert (await attempt(line, delivery, Hands())).state is S.DELIVERED


async def test_a_package_that_was_changed_after_its_approval_is_not_sent(
    line: Line, release_id: str, place: Place, hands: Hands
) -> None:
    async with line.database.read() as connection:
        folder = Path((await releases.get(connection, release_id)).path)
    data = bytearray((folder / "lyrics.txt").read_bytes())
    data[0] ^= 1
    (folder / "lyrics.txt").write_bytes(data)
    failed = await attempt(line, await asked(line, release_id), hands)
    assert failed.state is S.FAILED and failed.failure is not None and place.sends == 0
    assert "changed after packaging" in failed.failure["cause"]


async def test_a_secret_in_an_error_is_in_no_row(
    line: Line, release_id: str, place: Place, hands: Hands, home: Home
) -> None:
    own = variable("usb", "password")
    home.env_file.write_text(f"{own}={SECRET}\n")
    secrets = dict.fromkeys([TargetKind.FOLDER], (("password", False),))
    line = replace(line, redactor=Redactor())  # an engine that started before the secret was set
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target_desk, "SECRETS", secrets)
        place.fail = _raises(TargetRefused(f"login as label:{SECRET} failed"))
        failed = await attempt(line, await asked(line, release_id), hands)
    assert failed.failure is not None and SECRET not in str(failed.failure)


async def test_answers_are_asked_for_before_anything_is_begun(line: Line, release_id: str) -> None:
    options = {"base": "https://x.example", "token_url": "https://x.example/t", "takedown": "private"}
    async with line.database.write() as connection:
        await delivery_commands.add_target(connection, "tube", TargetKind.YOUTUBE, Mode.ASK, options, {}, PERSON, NOW)
    with pytest.raises(UsageError, match="made_for_kids"):
        async with line.database.write() as connection:
            await deliver(connection, release_id, ["tube"], {"rights": "yes"}, None, PERSON, NOW)
    async with line.database.read() as connection:
        assert await deliveries.of_release(connection, release_id) == []
    assert await run_state(line) is RunState.PACKAGED


async def test_what_has_not_left_is_declined_and_not_withdrawn(line: Line, release_id: str, place: Place) -> None:
    await asked(line, release_id, due_at=NOW + timedelta(days=3))
    assert await run_state(line) is RunState.PACKAGED
    assert await _withdrawn(line, release_id) is S.DECLINED and place.withdrawals == 0


async def test_a_withdrawal_that_fails_is_tried_again(line: Line, release_id: str, place: Place, hands: Hands) -> None:
    delivery = await asked(line, release_id)
    await attempt(line, delivery, hands)
    await _withdrawn(line, release_id)
    place.fail = _raises(TargetAway("Nobody there."))
    failed = await attempt(line, delivery, hands)
    assert failed.state is S.WITHDRAWING and failed.next_try_at is not None
    assert await run_state(line) is RunState.DELIVERED, "it is still there"
