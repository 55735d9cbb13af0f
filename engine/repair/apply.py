"""Puts a patch that passed its trial into the live code, and takes one back. Rows follow the files, and `report` brings
them up to what the marker says, whoever was ended in between: see `engine.repair.rows`."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime

from engine.domain.errors import NotAllowed
from engine.domain.repair import PatchState
from engine.domain.runs import Actor, ActorKind
from engine.repair import gate, tree
from engine.repair.candidate import Candidate
from engine.repair.checkout import Checkout, GitFailed
from engine.repair.ground import Ground, why_not
from engine.repair.hold import Hold
from engine.repair.marker import Marker, Step
from engine.repair.rows import by_of, gone, report
from engine.repair.trailers import Trailers, trailers_of
from engine.repair.undoing import taking_back, undo
from engine.safety.secrets import Redactor
from engine.store import repairs
from engine.store.database import Database
from engine.store.repairs import Group, Patch

_PEOPLE = (ActorKind.OPERATOR, ActorKind.TELEGRAM)


def digest_of(diff: str) -> str:
    """What a person who saw this diff agrees to: its SHA-256."""
    return hashlib.sha256(diff.encode("utf-8", "surrogateescape")).hexdigest()


async def apply(
    database: Database,
    ground: Ground,
    patch_id: str,
    digest: str,
    actor: Actor,
    now: datetime,
    *,
    redactor: Redactor | None = None,
) -> Patch:
    """Moves the live code to the very commit that was tried and begins its probation; returns the patch.

    With `redactor`, the gate looks for the values of loaded secrets too: one may have been set since the proposal.

    The engine must start anew afterwards. Applying what is on probation already changes nothing. Raises NotFound,
    NotAllowed: the message says what stands in the way, and nothing was moved.
    """
    async with database.read() as connection:
        patch = await repairs.patch(connection, patch_id)
        group = await repairs.group(connection, patch.group_id)
    if patch.state is PatchState.PROBATION:
        return patch
    checkout = _checkout(ground)
    _may_apply(patch, group, digest, actor)
    await asyncio.to_thread(_is_what_was_tried, checkout, patch, actor, redactor)
    meant = _marker(ground, patch, "apply", actor, now, patch.base, patch.commit)
    marker = await asyncio.to_thread(tree.advance, checkout, meant, replace(meant, step=Step.PROBATION))
    await report(database, ground, now, marker)
    async with database.read() as connection:
        return await repairs.patch(connection, patch_id)


async def revert(
    database: Database, ground: Ground, patch_id: str, actor: Actor, now: datetime, *, reason: str = ""
) -> Patch:
    """Takes an applied patch out of the live code by a new commit; returns the patch.

    The engine must start anew afterwards. The tree is that of the base where nothing came on top; otherwise the files
    of the patch are merged without it. A patch that the code does not hold any more is marked as taken back. Taking
    back what was taken back changes nothing. Raises NotFound, NotAllowed; nothing was moved then.
    """
    async with database.read() as connection:
        patch = await repairs.patch(connection, patch_id)
    if patch.state is PatchState.REVERTED:
        return patch
    checkout = _checkout(ground)
    if patch.state not in (PatchState.PROBATION, PatchState.APPLIED):
        raise NotAllowed(f"Patch {patch_id} is {patch.state.replace('_', ' ')}: there is nothing to take back.")
    reason = reason or f"{actor.name or 'a person'} took it back"

    def without(held: Hold) -> tuple[Marker, Marker]:
        made = undo(held, patch.base, patch.commit, taking_back(patch.id, patch.group_id, patch.commit, reason))
        meant = _marker(ground, patch, "revert", actor, now, held.head(), made, reason=reason)
        return meant, replace(meant, step=Step.REVERTED)

    try:
        marker = await asyncio.to_thread(tree.take_back, checkout, str(ground.home), without)
    except tree.PatchGone as error:
        await gone(database, ground, patch, actor, now, str(error))
    else:
        await report(database, ground, now, marker)
    async with database.read() as connection:
        return await repairs.patch(connection, patch_id)


def _checkout(ground: Ground) -> Checkout:
    if refused := why_not(ground):
        raise NotAllowed(refused)
    assert ground.checkout is not None
    return ground.checkout


def _may_apply(patch: Patch, group: Group, digest: str, actor: Actor) -> None:
    """Raises NotAllowed unless the rows speak for it."""
    if patch.state is not PatchState.VALIDATED or patch.trial is None or not patch.trial.ok:
        raise NotAllowed(
            f"Patch {patch.id} is {patch.state.replace('_', ' ')}: only one that passed its trial can be applied.",
            fix="Try it first.",
        )
    if digest != digest_of(patch.diff):
        raise NotAllowed(f"The diff of patch {patch.id} is not the one that was shown.", fix="Read it again.")
    if actor.kind in _PEOPLE:
        return
    for shut, why in (
        (group.tainted, "its error holds text from outside"),
        (not patch.trial.isolated, "its trial was not isolated"),
        (patch.trial.reproduced is not True, "no test failed without it and passes with it"),
    ):
        if shut:
            raise NotAllowed(f"Patch {patch.id} is applied by a person only: {why}.", fix="Read its diff and apply it.")


def _is_what_was_tried(checkout: Checkout, patch: Patch, actor: Actor, redactor: Redactor | None) -> None:
    """Raises NotAllowed unless the commit is the one that the trial names, follows its base, holds the diff, and passes
    the gate."""
    assert patch.trial is not None
    try:
        parents = checkout.git("log", "-1", "--format=%P", "--end-of-options", patch.commit).split()
        named = trailers_of(checkout, patch.commit)
        diff = checkout.diff(patch.base, patch.commit)
    except GitFailed as error:
        raise NotAllowed(f"The commit of patch {patch.id} is not there any more.", fix="Propose it again.") from error
    expected = Trailers(patch.group_id, named.model, patch.prompt_hash, patch.trial.id)
    if parents != [patch.base] or diff != patch.diff or named != expected:
        raise NotAllowed(
            f"The commit {patch.commit[:12]} of patch {patch.id} is not what was tried.", fix="Try it again."
        )
    # Rows are no proof that the gate has seen this commit, and it may be stricter than it was.
    candidate = Candidate(patch.base, patch.commit, patch.diff, patch.files)
    verdict = gate.check(checkout, candidate, redactor=redactor)
    if not verdict.ok:
        raise NotAllowed(" ".join(refusal.message for refusal in verdict.refusals))
    if verdict.warnings and actor.kind not in _PEOPLE:
        raise NotAllowed(f"Patch {patch.id} is applied by a person only: {'; '.join(verdict.warnings)}.")


def _marker(
    ground: Ground,
    patch: Patch,
    what: str,
    actor: Actor,
    now: datetime,
    source: str,
    target: str,
    *,
    reason: str = "",
) -> Marker:
    return Marker(
        step=Step.MOVING,
        what=what,
        patch=patch.id,
        group=patch.group_id,
        home=str(ground.home),
        base=patch.base,
        commit=patch.commit,
        source=source,
        target=target,
        files=patch.files,
        at=now.isoformat(),
        actor=by_of(actor),
        minutes=ground.minutes,
        reason=reason,
    )
