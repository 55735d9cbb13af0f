"""Carries out deliveries: each attempt asks the target before it sends again, and ends as a row whatever happens.

A kill at any moment leaves the delivery `sending`; the next worker takes it up under the same mark, from what the
target says is there. What was sent is never sent twice: see `engine.delivery` for how each kind of target holds that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from engine.delivery.target import Known, Parcel, ParcelFile, Target
from engine.domain.delivery import (
    TEST_NOTE,
    DeliveryState,
    FileReceipt,
    Receipt,
    Turn,
    next_try,
    takes_ddex,
    undeclared,
)
from engine.domain.errors import (
    Blocked,
    DeliveryError,
    FileProblem,
    NoktvrnError,
    NotAllowed,
    OutcomeUnknown,
    TargetAway,
    TargetFull,
    TargetRefused,
)
from engine.pipeline import target_desk
from engine.pipeline.line import Line
from engine.pipeline.parcels import parcel_of, require_sealed
from engine.repair.capture import capture
from engine.store import albums, control, deliveries, delivery_steps, journal, releases
from engine.store.package_papers import read_message
from engine.store.releases import Release
from engine.store.rights_facts import destination

_log = logging.getLogger(__name__)

_S = DeliveryState
_REPORT_EVERY_S = 0.5
_WORDS = 600
PAUSES = (control.PAUSES["all"], control.PAUSES["publishing"])


class Block(Protocol):
    """Why a release may not leave the house: its kind, `what` for a person, and what would clear it."""

    @property
    def kind(self) -> str:
        """Its name."""

    @property
    def what(self) -> str:
        """Why."""

    @property
    def fix(self) -> str:
        """What would clear it."""


Gate = Callable[[Line, Release, deliveries.Target], Awaitable[Sequence[Block]]]
"""Every block that stands against a release at a target; one is enough to refuse."""
Messages = Callable[[Line, Release, deliveries.Target, datetime], Awaitable[Sequence[ParcelFile]]]
"""Files for a target, made as of a moment: equal for equal moments."""


async def _nothing(*_: Any) -> Sequence[Any]:
    return ()


@dataclass(frozen=True, slots=True)
class Hands:
    """What a delivery works with: how a target is reached, what may forbid it, what withdraws it."""

    opened: Callable[[Line, deliveries.Target], Target] = target_desk.opened
    gate: Gate = _nothing
    messages: Messages = _nothing
    """What goes in place of the package's own files of the same names."""
    takedown: Messages = _nothing
    """What withdraws a release at a DDEX recipient."""


class _Held(Exception):
    """An album's embargo holds the release back: the delivery waits for its end."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class _Paused(Exception):
    """Publishing is paused: the delivery goes back into its queue, where it is taken up again later."""


@dataclass(slots=True)
class _Journal:
    """A delivery's memory in the store (`engine.delivery.target.Journal`)."""

    line: Line
    delivery: deliveries.Delivery

    async def recall(self) -> Mapping[str, Any]:
        async with self.line.database.read() as connection:
            return (await deliveries.get(connection, self.delivery.id)).memory

    async def note(self, **values: Any) -> None:
        async with self.line.database.write() as connection:
            memory = {**(await deliveries.get(connection, self.delivery.id)).memory, **values}
            kept = {name: value for name, value in memory.items() if value is not None}
            await deliveries.change(connection, self.delivery.id, memory=kept)

    async def receipts(self) -> Mapping[str, FileReceipt]:
        async with self.line.database.read() as connection:
            return {each.name: each for each in await deliveries.receipts_of(connection, self.delivery)}

    async def has(self, receipt: FileReceipt) -> None:
        async with self.line.database.write() as connection:
            await deliveries.has(connection, self.delivery, receipt)


@dataclass(slots=True)
class _Progress:
    """Writes how far it is a few times a second at most, and stops at a pause. `sizes` are bytes there by file."""

    line: Line
    delivery: deliveries.Delivery
    sizes: dict[str, int] = field(default_factory=dict)
    last: float = field(default_factory=monotonic)

    async def __call__(self, name: str, size: int) -> None:
        self.sizes[name] = size
        if monotonic() - self.last < _REPORT_EVERY_S:
            return
        self.last = monotonic()
        async with self.line.database.write() as connection:
            done = sum(self.sizes.values())
            await deliveries.change(connection, self.delivery.id, bytes_done=done, at_file=name)
            held = await paused(connection)
        if held:
            raise _Paused


async def paused(connection: Any) -> bool:
    """Whether nothing may be published now."""
    return any([await control.switch(connection, name) for name in PAUSES])


async def carry_out(line: Line, delivery_id: str, attempt: int, hands: Hands) -> None:
    """One attempt at a delivery or a withdrawal. Idempotent, and raises nothing but the end of the process."""
    async with line.database.read() as connection:
        delivery = await deliveries.get(connection, delivery_id)
        release = await releases.get(connection, delivery.release_id)
        target = await deliveries.target(connection, delivery.target, removed=True)
        held = await paused(connection)
        embargo = await albums.embargo_of(connection, delivery.release_id)
    if delivery.attempt != attempt or delivery.state not in (_S.QUEUED, _S.SENDING, _S.WITHDRAWING):
        return
    try:
        if held:
            raise _Paused
        if embargo is not None and embargo.holds(line.now()) and delivery.state is _S.QUEUED:
            raise _Held(embargo.until)
        if delivery.state is _S.WITHDRAWING:
            await _withdraw(line, delivery, release, target, hands)
        else:
            await _deliver(line, delivery, release, target, hands)
    except _Paused:
        await _back_into_the_queue(line, delivery_id)
    except _Held as embargoed:
        await _wait_until(line, delivery_id, embargoed.until)
    except Exception as error:  # noqa: BLE001 - an attempt that failed is a row, never a dead workflow
        if line.stopping.is_set():
            await asyncio.Event().wait()  # a line that dies with us is no failure
        await _failed(line, delivery_id, target, error)


async def _deliver(
    line: Line, delivery: deliveries.Delivery, release: Release, target: deliveries.Target, hands: Hands
) -> None:
    fresh = delivery.state is _S.QUEUED and delivery.attempt == 1 and not delivery.memory
    begun = delivery.state is _S.SENDING or delivery.bytes_total > 0
    answers = await _answers(line, delivery, target)
    if target.removed_at is not None:
        raise TargetRefused(f"The target {target.name} was removed.", fix="Add it again, or deliver elsewhere.")
    _refuse_unanswered(release, target, answers)
    if not begun:
        await _refuse_blocked(line, release, target, hands)
    turn = await _turn(line, delivery, _S.QUEUED)
    parcel = await parcel_of(delivery, release, answers, turn)
    await require_sealed(release)
    parcel = _with(parcel, await hands.messages(line, release, target, turn.at))
    place = hands.opened(line, target)
    delivery = await _begins(line, delivery, parcel)
    own = _Journal(line, delivery)
    if not fresh:
        answer = await place.ask(parcel, own)
        if answer.known is Known.UNKNOWN:
            raise OutcomeUnknown(answer.detail or "Whether it arrived cannot be told.")
        if answer.receipt is not None:
            await _ended(line, delivery, await _noted(release, target, answer.receipt))
            return
    if begun:  # what is there already is there; nothing more goes before the block is gone
        await _refuse_blocked(line, release, target, hands)
    receipt = await place.send(parcel, own, _Progress(line, delivery))
    await _ended(line, delivery, await _noted(release, target, receipt))


async def _noted(release: Release, target: deliveries.Target, receipt: Receipt) -> Receipt:
    """The receipt, which says so where a test message was sent."""
    if not takes_ddex(target.kind, target.options):
        return receipt
    message = await asyncio.to_thread(read_message, Path(release.path))
    if message is None or message.live:
        return receipt
    return replace(receipt, notes=(*receipt.notes, TEST_NOTE), test=True)


def _with(parcel: Parcel, others: Sequence[ParcelFile]) -> Parcel:
    instead = {each.name: each for each in others}
    return replace(parcel, files=tuple(instead.get(file.name, file) for file in parcel.files))


async def _turn(line: Line, delivery: deliveries.Delivery, state: DeliveryState) -> Turn:
    """When this round came to a state first, however often it is tried."""
    async with line.database.read() as connection:
        found = await delivery_steps.turn(connection, delivery.id, delivery.round, state)
    return found or Turn(delivery.created_at)


async def _answers(line: Line, delivery: deliveries.Delivery, target: deliveries.Target) -> Mapping[str, str]:
    async with line.database.read() as connection:
        return (await destination(connection, delivery.release_id, target)).answers


def _refuse_unanswered(release: Release, target: deliveries.Target, answers: Mapping[str, str]) -> None:
    if missing := undeclared(target.kind, answers):
        asked = ", ".join(each.name for each in missing)
        raise Blocked(
            f"The target {target.name} needs an answer first: {asked}.",
            fix=f"`noktvrn releases declare {release.id} {missing[0].name} ANSWER`.",
            kinds=[f"declaration-{each.name}" for each in missing],
        )


async def _refuse_blocked(line: Line, release: Release, target: deliveries.Target, hands: Hands) -> None:
    if blocks := await hands.gate(line, release, target):
        raise blocked(blocks)


def blocked(blocks: Sequence[Block]) -> Blocked:
    """The error that says all of these."""
    every = dict.fromkeys(block.what for block in blocks)
    return Blocked(" ".join(every), fix=blocks[0].fix, kinds=[block.kind for block in blocks])


async def _begins(line: Line, delivery: deliveries.Delivery, parcel: Parcel) -> deliveries.Delivery:
    if delivery.state is _S.SENDING:
        return delivery
    async with line.database.write() as connection:
        total = sum(file.size for file in parcel.files)
        moved = await deliveries.move(
            connection, delivery, _S.SENDING, line.now(), bytes_total=total, bytes_done=0, failure=None
        )
        await deliveries.settle_run(connection, delivery.release_id, delivery.actor, line.now())
    _log.info("release %s goes to %s", delivery.release_id, delivery.target)
    return moved


async def _ended(line: Line, delivery: deliveries.Delivery, receipt: Receipt) -> None:
    now = line.now()
    async with line.database.write() as connection:
        for file in receipt.files:
            await deliveries.has(connection, delivery, file)
        await deliveries.move(
            connection,
            delivery,
            _S.DELIVERED,
            now,
            receipt=receipt,
            bytes_done=delivery.bytes_total,
            at_file="",
            failure=None,
            failures=0,
            next_try_at=None,
            finished_at=now,
        )
        await journal.close_notice(connection, incident(delivery.id), now)
        await deliveries.settle_run(connection, delivery.release_id, delivery.actor, now)
    _log.info("release %s is delivered to %s", delivery.release_id, delivery.target)


async def _withdraw(
    line: Line, delivery: deliveries.Delivery, release: Release, target: deliveries.Target, hands: Hands
) -> None:
    answers = await _answers(line, delivery, target)
    turn, back = await _turn(line, delivery, _S.QUEUED), await _turn(line, delivery, _S.WITHDRAWING)
    messages = await hands.takedown(line, release, target, back.at)
    parcel = await parcel_of(delivery, release, answers, turn)
    parcel = _with(parcel, await hands.messages(line, release, target, turn.at))
    parcel = replace(parcel, takedown=tuple(messages), takedown_turn=back)
    receipt = await hands.opened(line, target).withdraw(parcel, _Journal(line, delivery))
    now = line.now()
    async with line.database.write() as connection:
        await deliveries.move(
            connection,
            delivery,
            _S.WITHDRAWN,
            now,
            receipt=receipt,
            failure=None,
            failures=0,
            next_try_at=None,
            finished_at=now,
        )
        await deliveries.forget_receipts(connection, delivery)
        await journal.close_notice(connection, incident(delivery.id), now)
        await deliveries.settle_run(connection, delivery.release_id, delivery.actor, now)
    _log.info("release %s is withdrawn from %s", delivery.release_id, delivery.target)


async def _back_into_the_queue(line: Line, delivery_id: str) -> None:
    """The attempt is over, so that the next has a workflow of its own."""
    async with line.database.write() as connection:
        delivery = await deliveries.get(connection, delivery_id)
        if delivery.state is _S.SENDING:
            await deliveries.move(connection, delivery, _S.QUEUED, line.now(), attempt=delivery.attempt + 1)
        else:
            await deliveries.change(connection, delivery_id, attempt=delivery.attempt + 1)


async def _wait_until(line: Line, delivery_id: str, until: datetime) -> None:
    """Nothing has left yet: the next attempt begins then."""
    async with line.database.write() as connection:
        delivery = await deliveries.get(connection, delivery_id)
        columns: dict[str, Any] = {"due_at": until, "attempt": delivery.attempt + 1}
        await deliveries.move(connection, delivery, _S.WAITING, line.now(), **columns)
        await deliveries.settle_run(connection, delivery.release_id, delivery.actor, line.now())


async def _failed(line: Line, delivery_id: str, target: deliveries.Target, error: Exception) -> None:
    """Whatever happened becomes a row: tried again later, left to a person, or of unknown outcome."""
    now = line.now()
    kind, words, fix = await _told(line, target, error)
    async with line.database.write() as connection:
        delivery = await deliveries.get(connection, delivery_id)
        failures = delivery.failures + 1
        named = error.retry_after if isinstance(error, TargetAway) else None
        again = next_try(failures, now, named) if kind is not _S.FAILED or _worth_it(error) else None
        failure = {"cause": words, "fix": fix, "retryable": again is not None}
        if isinstance(error, Blocked):
            failure["blocks"] = list(error.kinds)
        columns: dict[str, Any] = {
            "failures": failures,
            "failure": failure,
            "next_try_at": again,
            "attempt": delivery.attempt + 1,
        }
        if delivery.state is _S.WITHDRAWING:
            kind = _S.WITHDRAWING
        try:
            await deliveries.move(connection, delivery, kind, now, **columns)
        except NotAllowed:  # somebody was faster
            return
        if again is None or kind is _S.UNKNOWN:
            title = f"{delivery.release_id} → {target.name}: {_HEADS[kind]}"
            await journal.open_notice(
                connection, incident(delivery_id), "warning", title, f"{words} {fix}".strip(), now
            )
        await deliveries.settle_run(connection, delivery.release_id, delivery.actor, now)
    _log.warning("release %s to %s: %s", delivery.release_id, target.name, words)


_HEADS = {
    _S.FAILED: "not delivered",
    _S.UNKNOWN: "it is not known whether it arrived",
    _S.WITHDRAWING: "not withdrawn",
}


async def _told(line: Line, target: deliveries.Target, error: Exception) -> tuple[DeliveryState, str, str]:
    """The state that follows, and words for a person without any secret. What nobody foresaw is captured."""
    own = target_desk.redactor_of(line, target.name, target.kind)
    if isinstance(error, NoktvrnError):
        words, fix = error.message, error.fix
    else:
        group = await capture(line.database, line.redactor, error, line.now(), part="delivery", provider=target.name)
        words, fix = f"{type(error).__name__}: {error}", f"See `noktvrn errors show {group}`."
    state = _S.UNKNOWN if isinstance(error, OutcomeUnknown) else _S.FAILED
    clean = [line.redactor.text(own.text(text))[:_WORDS] for text in (words, fix)]
    return state, clean[0], clean[1]


def _worth_it(error: Exception) -> bool:
    """Whether the same again may go better by itself. A fault of our own is tried again too: a patch may have come."""
    if isinstance(error, TargetAway | TargetFull):
        return True
    return not isinstance(error, DeliveryError | FileProblem | NotAllowed)


def incident(delivery_id: str) -> str:
    """The notice that stands while a delivery needs a person."""
    return f"delivery.{delivery_id}"
