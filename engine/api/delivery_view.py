"""Read models of targets and deliveries."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.delivery_models import AskedRow, DeliveryDetail, DeliveryRow, SecretState, TargetRow
from engine.domain.delivery import (
    GOES,
    SECRETS,
    DeliveryState,
    TargetKind,
    declared,
    questions,
    undeclared,
    variable,
)
from engine.home import Home
from engine.settings.targets import target_secrets
from engine.store import deliveries, delivery_steps
from engine.store import releases as packages
from engine.store.delivery_tables import deliveries as rows
from engine.store.delivery_tables import delivery_steps as kept_steps
from engine.store.delivery_tables import targets
from engine.store.package_papers import read_message
from engine.store.rights_facts import destination
from engine.store.tables import artists, releases
from engine.store.unsaid import OF_TARGET, meeting, unsaid_of


async def target_rows(connection: AsyncConnection) -> list[TargetRow]:
    """Every target, by name."""
    counted: dict[str, Counter[str]] = {}
    query = select(rows.c.target, rows.c.state, func.count()).group_by(rows.c.target, rows.c.state)
    for name, state, number in await connection.execute(query):
        counted.setdefault(name, Counter())[state] = number
    return [_target(found, counted.get(found.name, Counter())) for found in await deliveries.all_targets(connection)]


async def target_row(connection: AsyncConnection, name: str) -> TargetRow:
    """One target. Raises NotFound."""
    await deliveries.target(connection, name)
    return next(row for row in await target_rows(connection) if row.name == name)


def secret_states(home: Home, name: str, kind: TargetKind) -> tuple[SecretState, ...]:
    """The variables that a target reads, and which hold something now; never what."""
    known = target_secrets(home)
    found = [(variable(name, what), needed) for what, needed in SECRETS[kind]]
    return tuple(SecretState(own, needed, own in known) for own, needed in found)


async def delivery_rows(
    connection: AsyncConnection,
    *,
    release_id: str | None = None,
    target: str | None = None,
    states: Sequence[DeliveryState] = (),
    limit: int = 200,
) -> list[DeliveryRow]:
    """Deliveries, what moved last first; of one release by target."""
    query = _rows()
    if release_id is not None:
        query = query.where(rows.c.release_id == release_id)
    if target is not None:
        query = query.where(rows.c.target == target)
    if states:
        query = query.where(rows.c.state.in_(list(states)))
    query = query.order_by(rows.c.target) if release_id else query.order_by(rows.c.updated_at.desc(), rows.c.id)
    found = (await connection.execute(query.limit(limit) if limit else query)).all()
    return await _shown(connection, found)


async def states_of(connection: AsyncConnection, release_ids: Sequence[str]) -> dict[str, list[DeliveryState]]:
    """The state of each delivery of these releases; those that were sent nowhere are absent. What was withdrawn and
    declined before it left again stands as withdrawn."""
    found: dict[str, list[DeliveryState]] = {}
    query = select(rows.c.release_id, rows.c.state, _withdrawn_before()).where(rows.c.release_id.in_(release_ids))
    for release_id, word, before in await connection.execute(query.order_by(rows.c.id)):
        state = DeliveryState(word)
        hides = before and state is DeliveryState.DECLINED
        found.setdefault(release_id, []).append(DeliveryState.WITHDRAWN if hides else state)
    return found


async def detail(connection: AsyncConnection, delivery_id: str) -> DeliveryDetail:
    """One delivery with its receipts. Raises NotFound."""
    delivery = await deliveries.get(connection, delivery_id)
    [row] = await _shown(connection, (await connection.execute(_rows().where(rows.c.id == delivery_id))).all())
    target = await deliveries.target(connection, delivery.target, removed=True)
    return DeliveryDetail(
        row,
        tuple(await deliveries.receipts_of(connection, delivery)),
        delivery.receipt.notes if delivery.receipt else (),
        (await destination(connection, delivery.release_id, target)).answers,
        tuple(await delivery_steps.steps_of(connection, delivery_id)),
    )


async def asked_of(connection: AsyncConnection, release_id: str) -> list[AskedRow]:
    """What every target asks of a release, and what is answered there. Raises NotFound."""
    release = await packages.get(connection, release_id)
    found = []
    for target in await deliveries.all_targets(connection):
        there = await destination(connection, release_id, target)
        message = await asyncio.to_thread(read_message, Path(release.path)) if there.ddex else None
        live = message is not None and message.live
        found.append(AskedRow(target.name, there.answers, questions(there.kind, live=live), live))
    return found


async def count_by_state(connection: AsyncConnection) -> dict[str, int]:
    """How many deliveries are in each state; states without any are absent."""
    query = select(rows.c.state, func.count()).group_by(rows.c.state)
    return {row[0]: row[1] for row in await connection.execute(query)}


def _rows() -> Any:
    named = (artists.c.name.label("artist"), releases.c.title, releases.c.run_id, releases.c.path, *OF_TARGET)
    joined = rows.join(releases, releases.c.id == rows.c.release_id)
    joined = joined.join(artists, artists.c.id == releases.c.artist_id).join(targets, targets.c.name == rows.c.target)
    return select(rows, *named, _withdrawn_before()).select_from(joined)


def _withdrawn_before() -> ColumnElement[bool]:
    """Whether an earlier round of a delivery ended withdrawn."""
    c = kept_steps.c
    earlier = (c.delivery_id == rows.c.id, c.state == DeliveryState.WITHDRAWN, c["round"] < rows.c["round"])
    return select(c.id).where(*earlier).exists().label("withdrawn_before")


async def _shown(connection: AsyncConnection, found: Sequence[Row[Any]]) -> list[DeliveryRow]:
    """Rows with what must still be answered of those that can be told to go."""
    askable = [row for row in found if DeliveryState(row.state) in GOES]
    asked = zip(askable, await unsaid_of(connection, [meeting(row) for row in askable]), strict=True)
    unsaid = {row.id: tuple(each.name for each in left) for row, left in asked}
    return [_row(row, unsaid.get(row.id, ())) for row in found]


def _row(row: Row[Any], unsaid: tuple[str, ...]) -> DeliveryRow:
    failure, receipt = row.failure or {}, row.receipt or {}
    state = DeliveryState(row.state)
    done = state in (DeliveryState.DELIVERED, DeliveryState.WITHDRAWING)
    return DeliveryRow(
        id=row.id,
        release_id=row.release_id,
        run_id=row.run_id or "",
        artist=row.artist,
        title=row.title,
        target=row.target,
        kind=TargetKind(row.kind),
        state=state,
        share=1.0 if done else min(1.0, row.bytes_done / row.bytes_total) if row.bytes_total else 0.0,
        bytes_done=row.bytes_done,
        bytes_total=row.bytes_total,
        at_file=row.at_file,
        round=row._mapping["round"],
        failures=row.failures,
        cause=failure.get("cause", ""),
        fix=failure.get("fix", ""),
        due_at=row.due_at,
        next_try_at=row.next_try_at,
        reference=receipt.get("reference", ""),
        place=receipt.get("place", ""),
        asked_by=row.actor_name or row.actor,
        note=row.note,
        created_at=row.created_at,
        updated_at=row.updated_at,
        finished_at=row.finished_at,
        unsaid=unsaid,
        test=state is DeliveryState.DELIVERED and receipt.get("test", False),
        withdrawn_before=bool(row.withdrawn_before),
    )


def _target(found: deliveries.Target, counts: Counter[str]) -> TargetRow:
    unsaid = undeclared(found.kind, declared(found.kind, found.declarations))
    return TargetRow(
        name=found.name,
        kind=found.kind,
        mode=found.mode,
        place=place_of(found.kind, found.options),
        options=found.options,
        declarations=found.declarations,
        unsaid=tuple(each.name for each in unsaid),
        added_at=found.added_at,
        added_by=found.added_by,
        checked_at=found.checked_at,
        findings=found.findings,
        counts=dict(counts),
    )


def place_of(kind: TargetKind, options: Any) -> str:
    """Where a target is, in words."""
    if kind is TargetKind.FOLDER:
        return str(options["path"])
    if kind is TargetKind.SFTP:
        return f"{options['user']}@{options['host']}:{options['port']}/{options['folder']}"
    if kind is TargetKind.S3:
        return "/".join(part for part in (options["endpoint"] or "s3:", options["bucket"], options["prefix"]) if part)
    return str(options["base"])
