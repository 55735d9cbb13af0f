"""Targets and deliveries as rows. Every move is checked against the state machine of `engine.domain.delivery`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.delivery import (
    OPEN,
    DeliveryState,
    FileReceipt,
    Finding,
    Mode,
    Receipt,
    TargetKind,
    check_move,
    run_state,
)
from engine.domain.errors import NotAllowed, NotFound
from engine.domain.runs import ENGINE, POLICY, Actor, ActorKind, RunState, Stage
from engine.store import actors, albums, delivery_steps, feed, runs
from engine.store.delivery_tables import deliveries, delivery_files, targets
from engine.store.ids import new_id
from engine.store.releases import Release, older_than, superseded
from engine.store.tables import releases
from engine.store.tables import runs as run_rows

_MOVED_BY_DELIVERIES = frozenset(
    {RunState.PACKAGED, RunState.DELIVERING, RunState.DELIVERED, RunState.FAILED, RunState.WITHDRAWN}
)


@dataclass(frozen=True, slots=True)
class Target:
    """One place that the operator added. `options` hold no secret."""

    name: str
    kind: TargetKind
    mode: Mode
    options: Mapping[str, str]
    declarations: Mapping[str, str]
    since: datetime
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    checked_at: datetime | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One release on its way to one target. `receipt` holds no files: see `receipts_of`."""

    id: str
    release_id: str
    target: str
    state: DeliveryState
    round: int
    attempt: int
    failures: int
    due_at: datetime | None
    next_try_at: datetime | None
    failure: Mapping[str, Any] | None
    declarations: Mapping[str, str]
    memory: Mapping[str, Any]
    receipt: Receipt | None
    bytes_total: int
    bytes_done: int
    at_file: str
    actor: Actor
    note: str
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None

    @property
    def mark(self) -> str:
        """What names this delivery at the target: equal for every attempt of a round."""
        return f"{self.id}:{self.round}"


# --- targets ---


async def all_targets(connection: AsyncConnection) -> list[Target]:
    """Those that were not removed, by name."""
    query = select(targets).where(targets.c.removed_at.is_(None)).order_by(targets.c.name)
    return [_target(row) for row in await connection.execute(query)]


async def target(connection: AsyncConnection, name: str, *, removed: bool = False) -> Target:
    """The target; one that was removed only with `removed`. Raises NotFound."""
    row = (await connection.execute(select(targets).where(targets.c.name == name))).one_or_none()
    if row is None or (row.removed_at is not None and not removed):
        raise NotFound(f"There is no target {name[:40]!r}.", fix="See `noktvrn targets list`.")
    return _target(row)


async def known_target(connection: AsyncConnection, name: str) -> Target | None:
    """The target of this name, one that was removed too; None where there never was one."""
    row = (await connection.execute(select(targets).where(targets.c.name == name))).one_or_none()
    return None if row is None else _target(row)


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
    """Adds a target. One that was removed may come back under its name, if it is of the same kind: what was delivered
    there stays known. Raises NotAllowed."""
    found = (await connection.execute(select(targets).where(targets.c.name == name))).one_or_none()
    if found is not None and found.removed_at is None:
        raise NotAllowed(f"There is a target {name!r} already.", fix="Remove it first, or choose another name.")
    if found is not None and found.kind != kind:
        raise NotAllowed(f"{name!r} was a {found.kind} target once.", fix="Choose another name.")
    values = {
        "kind": kind,
        "mode": mode,
        "options": dict(options),
        "declarations": dict(declarations),
        "since": at,
        "added_at": at,
        "added_by": actor.name or str(actor.kind),
        "removed_at": None,
        "checked_at": None,
        "findings": [],
    }
    await connection.execute(
        upsert(targets).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )
    await feed.record(connection, "target", name)


async def set_target(connection: AsyncConnection, name: str, **columns: Any) -> None:
    """Changes columns of a target."""
    await connection.execute(update(targets).where(targets.c.name == name).values(**columns))
    await feed.record(connection, "target", name)


async def checked(connection: AsyncConnection, name: str, findings: Sequence[Finding], at: datetime) -> None:
    """Keeps what a check found."""
    await set_target(connection, name, findings=[asdict(finding) for finding in findings], checked_at=at)


async def open_at(connection: AsyncConnection, name: str) -> list[Delivery]:
    """What a target is not done with."""
    query = select(deliveries).where(deliveries.c.target == name, deliveries.c.state.in_(OPEN))
    return [_delivery(row) for row in await connection.execute(query)]


def _target(row: Row[Any]) -> Target:
    values = dict(row._mapping)
    values["findings"] = tuple(Finding(**found) for found in values["findings"])
    return Target(**{**values, "kind": TargetKind(row.kind), "mode": Mode(row.mode)})


# --- deliveries ---


async def get(connection: AsyncConnection, delivery_id: str) -> Delivery:
    """The delivery. Raises NotFound."""
    row = (await connection.execute(select(deliveries).where(deliveries.c.id == delivery_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id!r}.", fix="See `noktvrn releases show ID`.")
    return _delivery(row)


async def between(connection: AsyncConnection, release_id: str, name: str) -> Delivery | None:
    """The one delivery of a release to a target."""
    query = select(deliveries).where(deliveries.c.key == f"{release_id}:{name}")
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _delivery(row)


async def of_release(connection: AsyncConnection, release_id: str) -> list[Delivery]:
    """Every delivery of a release, by target."""
    query = select(deliveries).where(deliveries.c.release_id == release_id).order_by(deliveries.c.target)
    return [_delivery(row) for row in await connection.execute(query)]


async def in_states(
    connection: AsyncConnection,
    states: Collection[DeliveryState],
    *,
    target: str | None = None,
    limit: int = 0,
) -> list[Delivery]:
    """Deliveries in these states, oldest first; all of them without a `limit`."""
    query = select(deliveries).where(deliveries.c.state.in_(states))
    if target is not None:
        query = query.where(deliveries.c.target == target)
    query = query.order_by(deliveries.c.created_at, deliveries.c.id)
    query = query.limit(limit) if limit else query
    return [_delivery(row) for row in await connection.execute(query)]


async def due(connection: AsyncConnection, states: Collection[DeliveryState], now: datetime) -> list[Delivery]:
    """Deliveries whose time has come: what waits for its day, and what is in these states for its next try."""
    waits = and_(deliveries.c.state == DeliveryState.WAITING, deliveries.c.due_at <= now)
    again = and_(deliveries.c.state.in_(states), deliveries.c.next_try_at <= now)
    query = select(deliveries).where(or_(waits, again)).order_by(deliveries.c.created_at, deliveries.c.id)
    return [_delivery(row) for row in await connection.execute(query)]


async def stopped_by_blocks(connection: AsyncConnection, after: str, limit: int) -> list[Delivery]:
    """Failed deliveries that blocks had stopped, by id, from the one after `after` on."""
    blocks = deliveries.c.failure["blocks"].as_string()
    query = select(deliveries).where(
        deliveries.c.state == DeliveryState.FAILED, blocks.is_not(None), deliveries.c.id > after
    )
    return [_delivery(row) for row in await connection.execute(query.order_by(deliveries.c.id).limit(limit))]


async def newest(connection: AsyncConnection, limit: int = 200) -> list[Delivery]:
    """What moved last, first."""
    query = select(deliveries).order_by(deliveries.c.updated_at.desc(), deliveries.c.id).limit(limit)
    return [_delivery(row) for row in await connection.execute(query)]


async def unbegun(connection: AsyncConnection) -> list[tuple[str, str]]:
    """(release, target) of each newest release of a run or an album that was made since the target came, and has no
    delivery there yet."""
    there = (
        select(deliveries.c.id)
        .where(deliveries.c.release_id == releases.c.id, deliveries.c.target == targets.c.name)
        .exists()
    )
    query = (
        select(releases.c.id, targets.c.name)
        .join(targets, releases.c.created_at >= targets.c.since)
        .where(targets.c.removed_at.is_(None), ~there, ~superseded())
        .order_by(releases.c.created_at, targets.c.name)
        .limit(100)
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]


async def add(
    connection: AsyncConnection,
    release_id: str,
    name: str,
    state: DeliveryState,
    actor: Actor,
    at: datetime,
    **columns: Any,
) -> Delivery:
    """Makes the one delivery of a release to a target. Raises IntegrityError where there is one."""
    delivery_id = new_id("delivery")
    which = {"release_id": release_id, "target": name, "key": f"{release_id}:{name}"}
    values = {**actors.columns(actor), "created_at": at, "updated_at": at, **columns}
    await connection.execute(insert(deliveries).values(id=delivery_id, state=state, **which, **values))
    await _told(connection, delivery_id, release_id)
    return await _kept(connection, delivery_id, actor, at)


async def move(
    connection: AsyncConnection,
    delivery: Delivery,
    after: DeliveryState,
    at: datetime,
    *,
    actor: Actor | None = None,
    **columns: Any,
) -> Delivery:
    """Takes one step, if the delivery is still as the caller saw it. A person's word comes with the `actor`.

    Raises NotAllowed where the state machine forbids it or somebody was faster.
    """
    check_move(delivery.id, delivery.state, after)
    values = {"state": after, "updated_at": at, **(actors.columns(actor) if actor else {}), **columns}
    if isinstance(values.get("receipt"), Receipt):
        values["receipt"] = {**asdict(values["receipt"]), "files": []}
    done = await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.state == delivery.state,
            deliveries.c.attempt == delivery.attempt,
        )
        .values(**values)
    )
    if done.rowcount != 1:
        now = await get(connection, delivery.id)
        raise NotAllowed(f"Delivery {delivery.id} is no longer {delivery.state}: it is {now.state}.")
    await _told(connection, delivery.id, delivery.release_id)
    return await _kept(connection, delivery.id, actor or ENGINE, at)


async def end_older(connection: AsyncConnection, newer: Release, at: datetime) -> None:
    """Declines what only asks or waits for the releases whose place a newer one took, where nothing of it was sent."""
    for release_id in await older_than(connection, newer):
        for each in await of_release(connection, release_id):
            if each.state in (DeliveryState.ASKED, DeliveryState.WAITING) and not each.bytes_total:
                note = f"{newer.id} took its place"
                await move(connection, each, DeliveryState.DECLINED, at, note=note)


async def _kept(connection: AsyncConnection, delivery_id: str, actor: Actor, at: datetime) -> Delivery:
    """The delivery as it is now, with the step that brought it there written down."""
    now = await get(connection, delivery_id)
    step = delivery_steps.Step(now.round, now.attempt, now.state, at, actor, _why(now))
    await delivery_steps.keep(connection, delivery_id, step)
    return now


def _why(now: Delivery) -> str:
    """What there is to say of the state that a delivery has just come to."""
    if now.state in (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.WITHDRAWING):
        return str((now.failure or {}).get("cause", ""))
    if now.state is DeliveryState.WAITING and now.due_at is not None:
        return f"for {now.due_at:%Y-%m-%d %H:%M} UTC"
    if now.state in (DeliveryState.DELIVERED, DeliveryState.WITHDRAWN) and now.receipt is not None:
        return " ".join(filter(None, (now.note or now.receipt.place, *now.receipt.notes)))
    return now.note if now.state in (DeliveryState.ASKED, DeliveryState.DECLINED, DeliveryState.DELIVERED) else ""


async def change(connection: AsyncConnection, delivery_id: str, **columns: Any) -> None:
    """Changes columns that are not the state."""
    await connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**columns))
    await feed.record(connection, "delivery", delivery_id)


async def _told(connection: AsyncConnection, delivery_id: str, release_id: str) -> None:
    await feed.record(connection, "delivery", delivery_id)
    await feed.record(connection, "release", release_id)


# --- receipts ---


async def has(connection: AsyncConnection, delivery: Delivery, receipt: FileReceipt) -> None:
    """Keeps that a file of this round is there; the newest word counts."""
    values = {"remote": receipt.remote, "size": receipt.size, "sha256": receipt.sha256, "at": receipt.at}
    await connection.execute(
        upsert(delivery_files)
        .values(delivery_id=delivery.id, round=delivery.round, name=receipt.name, **values)
        .on_conflict_do_update(index_elements=["delivery_id", "round", "name"], set_=values)
    )
    await feed.record(connection, "delivery", delivery.id)


async def receipts_of(connection: AsyncConnection, delivery: Delivery) -> list[FileReceipt]:
    """The receipts of this round, in the order in which they came."""
    query = (
        select(delivery_files)
        .where(delivery_files.c.delivery_id == delivery.id, delivery_files.c.round == delivery.round)
        .order_by(delivery_files.c.at, delivery_files.c.name)
    )
    return [FileReceipt(row.name, row.remote, row.size, row.sha256, row.at) for row in await connection.execute(query)]


async def forget_receipts(connection: AsyncConnection, delivery: Delivery) -> None:
    """The files of this round are taken back."""
    which = (delivery_files.c.delivery_id == delivery.id, delivery_files.c.round == delivery.round)
    await connection.execute(delete(delivery_files).where(*which))


def _delivery(row: Row[Any]) -> Delivery:
    values = {name: row._mapping[name] for name in Delivery.__dataclass_fields__}
    kept = values.pop("receipt")
    receipt = Receipt(**{**kept, "files": (), "notes": tuple(kept["notes"])}) if kept else None
    return Delivery(**{**values, "state": DeliveryState(row.state), "actor": actors.of(row), "receipt": receipt})


# --- the run behind a release ---


async def settle_run(connection: AsyncConnection, release_id: str, actor: Actor, at: datetime) -> None:
    """Brings the run of a release, or its album, to where its deliveries are, by one step of a state machine after
    another.

    `actor` is whose word it was: a person's for what begins, fails anew or is taken back, the engine's for the rest.
    """
    query = select(run_rows.c.id).join(releases, releases.c.run_id == run_rows.c.id).where(releases.c.id == release_id)
    run_id = (await connection.execute(query)).scalar_one_or_none()
    found = await of_release(connection, release_id)
    if run_id is None:
        await albums.settle(connection, release_id, [each.state for each in found], at)
        return
    run = await runs.get(connection, run_id)
    wanted = run_state([each.state for each in found], run.state)
    for step, by in _steps(run, wanted, actor):
        reason = _reason(found, step)
        columns: dict[str, Any] = {"stage": Stage.DELIVERY} if step is RunState.DELIVERING else {}
        if step is RunState.FAILED:
            failure = next((each.failure for each in found if each.failure), None) or {}
            retry = {"cause": failure.get("cause", reason), "fix": failure.get("fix", ""), "retryable": True}
            columns = {"stage": Stage.DELIVERY, "failure": retry}
        run = await runs.move(connection, run, step, by, at, reason, **columns)


def _steps(run: runs.Run, wanted: RunState, actor: Actor) -> list[tuple[RunState, Actor]]:
    """The way from where the run is: nothing becomes delivered that was not delivering."""
    now = run.state
    if now is RunState.FAILED and run.stage is not Stage.DELIVERY:
        return []
    if now is wanted or now not in _MOVED_BY_DELIVERIES:
        return []
    if wanted is RunState.WITHDRAWN:
        return [(wanted, actor)] if now is RunState.DELIVERED else []
    begin = actor if actor.kind in (ActorKind.OPERATOR, ActorKind.TELEGRAM) else POLICY
    steps = [] if now is RunState.DELIVERING else [(RunState.DELIVERING, begin)]
    return steps if wanted is RunState.DELIVERING else [*steps, (wanted, ENGINE)]


def _reason(found: Sequence[Delivery], step: RunState) -> str:
    named = {
        RunState.DELIVERING: {DeliveryState.QUEUED, DeliveryState.SENDING},
        RunState.DELIVERED: {DeliveryState.DELIVERED},
        RunState.FAILED: {DeliveryState.FAILED, DeliveryState.UNKNOWN},
        RunState.WITHDRAWN: {DeliveryState.WITHDRAWN},
    }.get(step, set())
    return ", ".join(each.target for each in found if each.state in named)
