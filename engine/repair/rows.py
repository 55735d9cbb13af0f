"""The rows of patches follow the marker of the checkout.

The files move first and the marker with them; `report` then writes the rows in one transaction, and only after that
does the marker say no more of it. Whoever is ended in between leaves it to the next start, and saying it twice does
nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotFound
from engine.domain.repair import PatchState
from engine.domain.runs import POLICY, Actor, ActorKind, Channel
from engine.repair import tree
from engine.repair.ground import Ground
from engine.repair.guard import words_of
from engine.repair.marker import Marker, Step
from engine.store import audit, journal, repairs
from engine.store.database import Database
from engine.store.repairs import Patch

APPLIED_INCIDENT = "patch.applied."
REVERTED_INCIDENT = "patch.reverted."
STUCK_INCIDENT = "patch.stuck."
_log = logging.getLogger(__name__)


def by_of(actor: Actor) -> dict[str, str]:
    """An actor as the marker keeps it."""
    return {"kind": actor.kind, "channel": actor.channel, "name": actor.name, "session": actor.session}


async def take_in(database: Database, ground: Ground, now: datetime) -> None:
    """What a worker does at its start: the rows take in what the guard and an interrupted engine left in the marker."""
    if ground.checkout is None:
        return
    marker = await asyncio.to_thread(tree.settle, ground.checkout)
    if marker is not None:
        await report(database, ground, now, marker)


async def report(database: Database, ground: Ground, now: datetime, marker: Marker) -> None:
    """Brings the rows up to what a marker of this home says. Saying it twice changes nothing."""
    if marker.home != str(ground.home) or marker.step is Step.MOVING:
        return
    patch: Patch | None
    assert ground.checkout is not None
    async with database.write() as connection:
        try:
            patch = await repairs.patch(connection, marker.patch)
        except NotFound:  # an older copy of the database was put in place
            _log.warning("patch %s is %s in the code and unknown to this home", marker.patch, marker.step)
            patch = None
        if patch is not None:
            await _take_in(connection, patch, marker, now)
            patch = await repairs.patch(connection, patch.id)
    if marker.step is Step.PROBATION:
        if patch is None or patch.state is not PatchState.PROBATION:
            await asyncio.to_thread(tree.over, ground.checkout, marker.patch)
    else:
        await asyncio.to_thread(tree.told, ground.checkout, marker)


async def _take_in(connection: AsyncConnection, patch: Patch, marker: Marker, now: datetime) -> None:
    if marker.settled:
        _log.warning("%s", words_of(marker))
    if marker.step is Step.NOT_MOVED:
        title = f"{'Applying' if marker.what == 'apply' else 'Taking back'} patch {patch.id} was interrupted"
        await journal.open_notice(connection, f"{STUCK_INCIDENT}{patch.id}", "warning", title, words_of(marker), now)
        return
    if patch.state is PatchState.VALIDATED:
        patch = await _on_probation(connection, patch, marker)
    if marker.step is Step.REVERTED and patch.state in (PatchState.PROBATION, PatchState.APPLIED):
        at = datetime.fromisoformat(marker.at)
        await _reverted(connection, patch, _actor(marker.actor), at, marker.reason, marker.target, marker.settled)
    elif marker.step is Step.PROBATION and patch.state is PatchState.PROBATION:
        if marker.since:  # it is watched while an engine runs, from the first start with it on
            until = datetime.fromisoformat(marker.since) + timedelta(minutes=marker.minutes)
            await repairs.watch_until(connection, patch.id, until)
        if marker.stuck:
            await stuck(connection, patch, marker.reason, marker.stuck, now)


async def _on_probation(connection: AsyncConnection, patch: Patch, marker: Marker) -> Patch:
    apply = marker.what == "apply"
    at = datetime.fromisoformat(marker.at)
    until = at + timedelta(minutes=marker.minutes)
    moved = await repairs.move_patch(
        connection, patch.id, PatchState.PROBATION, applied_at=at, probation_until=until, note=""
    )
    detail = {"commit": patch.commit, **({"settled": marker.settled} if apply and marker.settled else {})}
    actor = _actor(marker.actor) if apply else POLICY
    await audit.append(connection, at, actor, "apply patch", patch.id, {**origin(patch), **detail})
    group = await repairs.group(connection, patch.group_id)
    await journal.close_notices(connection, (f"{REVERTED_INCIDENT}{group.id}", f"{STUCK_INCIDENT}{patch.id}"), at)
    title = f"Patch {patch.number} for {_name(group.type)} in {group.part} is applied"
    words = f"{', '.join(patch.files)}. It is watched for {marker.minutes} minutes: the same error takes it back."
    await journal.open_notice(connection, f"{APPLIED_INCIDENT}{patch.id}", "info", title, words, at)
    return moved


async def _reverted(
    connection: AsyncConnection, patch: Patch, actor: Actor, at: datetime, reason: str, commit: str, settled: str = ""
) -> None:
    note = f"It was taken back: {reason}."
    columns = {"reverted_at": at, "revert_commit": commit, "note": note}
    await repairs.move_patch(connection, patch.id, PatchState.REVERTED, **columns)
    detail = {"reason": reason, "revert_commit": commit, **({"settled": settled} if settled else {})}
    await audit.append(connection, at, actor, "revert patch", patch.id, {**origin(patch), **detail})
    await journal.close_notices(connection, (f"{APPLIED_INCIDENT}{patch.id}", f"{STUCK_INCIDENT}{patch.id}"), at)
    group = await repairs.group(connection, patch.group_id)
    title = f"Patch {patch.number} for {_name(group.type)} in {group.part} was taken back"
    level = "info" if actor.kind in (ActorKind.OPERATOR, ActorKind.TELEGRAM) else "warning"
    await journal.open_notice(connection, f"{REVERTED_INCIDENT}{group.id}", level, title, note, at)


async def gone(database: Database, ground: Ground, patch: Patch, actor: Actor, now: datetime, why: str) -> None:
    """Somebody else took the patch out of the code: the rows say so."""
    async with database.write() as connection:
        await _reverted(connection, patch, actor, now, why.rstrip("."), "")
    if ground.checkout is not None:
        await asyncio.to_thread(tree.over, ground.checkout, patch.id)


async def stuck(connection: AsyncConnection, patch: Patch, reason: str, why: str, now: datetime) -> None:
    """Tells that a patch should be taken back and cannot be."""
    title = f"Patch {patch.id} should be taken back ({reason}), and cannot"
    if await journal.open_notice(connection, f"{STUCK_INCIDENT}{patch.id}", "error", title, why, now):
        _log.error("%s: %s", title, why)


def origin(patch: Patch) -> dict[str, Any]:
    """What the audit log says of a patch: where it comes from and what it was tried by."""
    return {
        "error_group": patch.group_id,
        "model": patch.author,
        "prompt_hash": patch.prompt_hash,
        "trial": patch.trial.id if patch.trial is not None else "",
        "base": patch.base,
        "commit": patch.commit,
        "files": list(patch.files),
    }


def _actor(by: Mapping[str, str]) -> Actor:
    if not by:
        return POLICY
    return Actor(ActorKind(by["kind"]), Channel(by["channel"]), by.get("name", ""), by.get("session", ""))


def _name(type_: str) -> str:
    return type_.rpartition(".")[2]
