"""What a person may say about targets and deliveries: all that can be known before anything is sent is checked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import target_places
from engine.api.delivery_models import Told
from engine.domain.clock import local
from engine.domain.delivery import (
    DECLARATIONS,
    DeliveryState,
    Mode,
    TargetKind,
    checked_declarations,
    checked_name,
    checked_options,
    declared,
    undeclared,
)
from engine.domain.errors import NotAllowed, NotFound, UsageError
from engine.domain.runs import Actor, Channel
from engine.store import albums, audit, deliveries, journal, releases
from engine.store.shelf import Shelf
from engine.store.tables import releases as release_rows
from engine.store.unsaid import unsaid

_S = DeliveryState
_ARRIVED = (_S.DELIVERED, _S.UNKNOWN)


async def add_target(
    connection: AsyncConnection,
    name: str,
    kind: TargetKind,
    mode: Mode,
    options: Mapping[str, str],
    declarations: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> None:
    """Adds a target. An SFTP target comes with the host key that a person accepted. Raises NotAllowed, UsageError."""
    not_by_chat(actor)
    found = checked_options(kind, options)
    if kind is TargetKind.SFTP and not found.get("host_key"):
        raise UsageError("No host key was accepted.", fix="Look at the server's fingerprint first.")
    answers = checked_declarations(kind, declarations)
    _all_said(kind, mode, answers)
    await target_places.require_own_place(connection, name, kind, found)
    await deliveries.add_target(connection, checked_name(name), kind, mode, found, answers, actor, at)
    await audit.append(connection, at, actor, "add target", name, {"kind": kind, "mode": mode, "options": found})


async def set_target(
    connection: AsyncConnection,
    name: str,
    mode: Mode | None,
    declarations: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> None:
    """Gives a target another mode or other answers. What was made before it became automatic is not sent unasked.

    Raises NotAllowed, NotFound, UsageError.
    """
    not_by_chat(actor)
    target = await deliveries.target(connection, name)
    answers = {**target.declarations, **checked_declarations(target.kind, declarations)}
    wanted = mode or target.mode
    _all_said(target.kind, wanted, answers)
    since = at if wanted is Mode.AUTOMATIC and target.mode is not Mode.AUTOMATIC else target.since
    await deliveries.set_target(connection, name, mode=wanted, declarations=answers, since=since)
    await audit.append(connection, at, actor, "set target", name, {"mode": wanted, "declarations": answers})


def _all_said(kind: TargetKind, mode: Mode, answers: Mapping[str, str]) -> None:
    missing = undeclared(kind, declared(kind, answers)) if mode is Mode.AUTOMATIC else []
    if missing:
        asked = "; ".join(f"{each.name} ({each.question})" for each in missing)
        raise UsageError(f"An automatic target must know beforehand: {asked}", fix="Declare it, or let the target ask.")


async def remove_target(connection: AsyncConnection, name: str, actor: Actor, at: datetime) -> int:
    """Removes a target; what was delivered there stays recorded. Questions about it end; returns how many did.

    Raises NotAllowed while something is on its way, NotFound.
    """
    not_by_chat(actor)
    await deliveries.target(connection, name)
    busy = await deliveries.open_at(connection, name)
    if busy:
        raise NotAllowed(
            f"{len(busy)} delivery(ies) to {name} are not over, such as {busy[0].release_id} ({busy[0].state}).",
            fix="Wait, or withdraw them first.",
        )
    asked = await deliveries.in_states(connection, [_S.ASKED], target=name)
    for each in asked:
        await deliveries.move(connection, each, _S.DECLINED, at, actor=actor, note="the target was removed")
    await deliveries.set_target(connection, name, removed_at=at)
    await audit.append(connection, at, actor, "remove target", name, {"questions": len(asked)})
    return len(asked)


async def deliver(
    connection: AsyncConnection,
    release_id: str,
    names: Sequence[str],
    declarations: Mapping[str, str],
    due_at: datetime | None,
    shelf: Shelf,
    actor: Actor,
    at: datetime,
) -> list[Told]:
    """Has a release delivered to these targets, or to all: now, or when `due_at` comes.

    Each answer must fit one of the targets. Raises NotAllowed, NotFound, PapersChanged, UsageError; then nothing was
    begun.
    """
    release = await releases.get(connection, release_id)
    chosen = await _chosen(connection, names)
    unknown = set(declarations) - {each.name for target in chosen for each in DECLARATIONS[target.kind]}
    if unknown:
        raise UsageError(f"None of these targets asks for {', '.join(sorted(unknown))}.", fix="Leave it out.")
    if due_at is not None and due_at <= at:
        raise UsageError("That moment has passed.", fix="Give one that is to come.")
    newest = await releases.newest_like(connection, release)
    if newest.id != release.id:
        raise NotAllowed(f"There is a newer package of {release.title}: {newest.id}.", fix="Deliver that one.")
    embargo = await albums.embargo_of(connection, release_id)
    if embargo is not None and embargo.holds(due_at or at):
        raise NotAllowed(
            f"{release.title} is held back until {local(embargo.until)} by the embargo of {embargo.title}.",
            fix=f"`noktvrn releases schedule` it for then, or see `noktvrn albums schedule {embargo.album_id} --help`.",
        )
    told = []
    for target in chosen:
        told.append(await _one(connection, release, target, declarations, due_at, shelf, actor, at))
    await deliveries.settle_run(connection, release.id, actor, at)
    return told


async def _one(
    connection: AsyncConnection,
    release: releases.Release,
    target: deliveries.Target,
    given: Mapping[str, str],
    due_at: datetime | None,
    shelf: Shelf,
    actor: Actor,
    at: datetime,
) -> Told:
    known = {each.name for each in DECLARATIONS[target.kind]}
    own = checked_declarations(target.kind, {name: value for name, value in given.items() if name in known})
    before = await deliveries.between(connection, release.id, target.name)
    answers = {**(before.declarations if before else {}), **own}
    if missing := await unsaid(connection, release, target, shelf, own):
        asked = "; ".join(f"{each.name}={'|'.join(each.choices) or '…'} ({each.question})" for each in missing)
        raise UsageError(f"{target.name} needs an answer before anything is sent: {asked}", fix="Use --declare.")
    state = _S.WAITING if due_at else _S.QUEUED
    columns = {"declarations": answers, "due_at": due_at, "next_try_at": None, "note": ""}
    if before is None:
        moved = await deliveries.add(connection, release.id, target.name, state, actor, at, **columns)
    else:
        _deliverable(before)
        fresh = {"attempt": before.attempt + 1, "failures": 0, "finished_at": None, **columns}
        if before.state is _S.WITHDRAWN:  # another round: what the first one knew and got is another delivery's
            fresh |= {"round": before.round + 1, "memory": {}, "receipt": None, "bytes_done": 0, "bytes_total": 0}
        moved = await deliveries.move(connection, before, state, at, actor=actor, **fresh)
        await journal.close_notice(connection, f"delivery.{before.id}", at)
    detail = {"target": target.name, "due_at": due_at.isoformat() if due_at else "", "declarations": answers}
    await audit.append(connection, at, actor, "deliver", release.id, detail)
    return Told(moved.id, target.name, moved.state)


def _deliverable(delivery: deliveries.Delivery) -> None:
    """Raises NotAllowed where the release is there or on its way already."""
    if delivery.state in (_S.DELIVERED, _S.SENDING, _S.QUEUED, _S.WITHDRAWING):
        raise NotAllowed(
            f"{delivery.release_id} is {delivery.state} at {delivery.target} already.",
            fix="It is delivered once; withdraw it first to deliver it anew.",
        )
    if delivery.state is _S.UNKNOWN:
        raise NotAllowed(
            f"It is not known whether {delivery.release_id} arrived at {delivery.target}.",
            fix="Look there, then say so: `noktvrn releases settle`.",
        )


async def withdraw(
    connection: AsyncConnection, release_id: str, names: Sequence[str], actor: Actor, at: datetime
) -> list[Told]:
    """Takes a release back from these targets, or from all that have it or are to get it.

    What has not left yet is declined; what may have left is withdrawn by the engine. Raises NotAllowed, NotFound.
    """
    await releases.get(connection, release_id)
    found = await _which(connection, release_id, names)
    told = []
    for delivery in found:
        if delivery.state in (_S.WITHDRAWN, _S.DECLINED, _S.WITHDRAWING):
            continue
        if delivery.state is _S.SENDING:
            raise NotAllowed(
                f"{release_id} is on its way to {delivery.target} now.", fix="Pause publishing, or wait for its end."
            )
        begun = delivery.bytes_total > 0  # of this round: some of it may be there
        after = _S.WITHDRAWING if begun or delivery.state in _ARRIVED else _S.DECLINED
        columns = {"attempt": delivery.attempt + 1, "failures": 0, "failure": None, "next_try_at": None}
        moved = await deliveries.move(connection, delivery, after, at, actor=actor, **columns)
        await journal.close_notice(connection, f"delivery.{delivery.id}", at)
        await audit.append(connection, at, actor, "withdraw", release_id, {"target": delivery.target, "state": after})
        told.append(Told(moved.id, moved.target, moved.state))
    if not told:
        raise NotAllowed(f"{release_id} is nowhere that it could be taken back from.", fix="See `releases show`.")
    await deliveries.settle_run(connection, release_id, actor, at)
    return told


async def settle(
    connection: AsyncConnection, release_id: str, name: str, arrived: bool, actor: Actor, at: datetime
) -> Told:
    """A person says of an unknown outcome what they found at the target. Raises NotAllowed, NotFound."""
    not_by_chat(actor)
    [delivery] = await _which(connection, release_id, [name])
    if delivery.state is _S.WITHDRAWING and delivery.failure and arrived is False:
        moved = await deliveries.move(connection, delivery, _S.WITHDRAWN, at, actor=actor, finished_at=at, failure=None)
    elif delivery.state is not _S.UNKNOWN:
        raise NotAllowed(f"The delivery to {name} is {delivery.state}: nothing about it is unknown.")
    elif arrived:
        columns = {"finished_at": at, "failure": None, "next_try_at": None, "note": f"{actor.name} saw it there"}
        moved = await deliveries.move(connection, delivery, _S.DELIVERED, at, actor=actor, **columns)
    else:
        fresh = {"attempt": delivery.attempt + 1, "memory": {}, "failures": 0, "failure": None, "next_try_at": None}
        fresh |= {"round": delivery.round + 1, "bytes_done": 0, "bytes_total": 0}
        moved = await deliveries.move(connection, delivery, _S.QUEUED, at, actor=actor, **fresh)
    await journal.close_notice(connection, f"delivery.{delivery.id}", at)
    await deliveries.settle_run(connection, release_id, actor, at)
    await audit.append(connection, at, actor, "settle delivery", release_id, {"target": name, "arrived": arrived})
    return Told(moved.id, moved.target, moved.state)


async def again(connection: AsyncConnection, delivery_id: str, actor: Actor, at: datetime) -> Told:
    """Has the engine try now what failed: to send, or to take back; of an unknown outcome to ask the target.

    Raises NotAllowed, NotFound.
    """
    delivery = await deliveries.get(connection, delivery_id)
    fresh = {"attempt": delivery.attempt + 1, "failures": 0, "next_try_at": None}
    if delivery.state is _S.FAILED:
        moved = await deliveries.move(connection, delivery, _S.QUEUED, at, actor=actor, **fresh)
    elif delivery.state is _S.WITHDRAWING and delivery.failure:
        moved = await deliveries.move(connection, delivery, _S.WITHDRAWING, at, actor=actor, failure=None, **fresh)
    elif delivery.state is _S.UNKNOWN:  # the engine takes it up at once, and asks before it sends anything
        await deliveries.change(connection, delivery_id, next_try_at=at, failures=0)
        moved = delivery
    else:
        raise NotAllowed(
            f"{delivery.release_id} is {delivery.state} at {delivery.target}: there is nothing to try again."
        )
    await journal.close_notice(connection, f"delivery.{delivery_id}", at)
    await deliveries.settle_run(connection, delivery.release_id, actor, at)
    await audit.append(connection, at, actor, "retry delivery", delivery.release_id, {"target": delivery.target})
    return Told(moved.id, moved.target, moved.state)


async def retry_run(connection: AsyncConnection, run_id: str, actor: Actor, at: datetime) -> None:
    """Takes up every failed delivery of a run. Raises NotAllowed where only unknown ones are left."""
    query = select(release_rows.c.id).where(release_rows.c.run_id == run_id)
    again = 0
    for (release_id,) in (await connection.execute(query)).all():
        for each in await deliveries.of_release(connection, release_id):
            if each.state is _S.FAILED:
                columns = {"attempt": each.attempt + 1, "failures": 0, "next_try_at": None}
                await deliveries.move(connection, each, _S.QUEUED, at, actor=actor, **columns)
                await journal.close_notice(connection, f"delivery.{each.id}", at)
                again += 1
        await deliveries.settle_run(connection, release_id, actor, at)
    if not again:
        raise NotAllowed(
            f"No delivery of run {run_id} failed: whether one arrived is not known.",
            fix="Look at the target, then `noktvrn releases settle`.",
        )
    await audit.append(connection, at, actor, "retry", run_id, {"deliveries": again})


async def _chosen(connection: AsyncConnection, names: Sequence[str]) -> list[deliveries.Target]:
    if names:
        return [await deliveries.target(connection, name) for name in dict.fromkeys(names)]
    found = await deliveries.all_targets(connection)
    if not found:
        raise NotAllowed("There is no target.", fix="`noktvrn targets add` makes one.")
    if len(found) > 1:
        raise UsageError("There is more than one target.", fix=f"Name them: {', '.join(each.name for each in found)}.")
    return found


async def _which(connection: AsyncConnection, release_id: str, names: Sequence[str]) -> list[deliveries.Delivery]:
    found = await deliveries.of_release(connection, release_id)
    if missing := set(names) - {each.target for each in found}:
        raise NotFound(f"{release_id} has no delivery to {', '.join(sorted(missing))}.", fix="See `releases show`.")
    return [each for each in found if not names or each.target in names]


def not_by_chat(actor: Actor) -> None:
    """Raises NotAllowed for a word out of a chat."""
    if actor.channel is Channel.TELEGRAM:
        raise NotAllowed("Targets are not changed from a chat.", fix="Use the console or `noktvrn targets`.")
