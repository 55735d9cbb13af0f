"""What a person may ask about errors: everything that can be known before the engine is asked is checked here.

What a person asks for is never bounded by `AUTO_FIX_LEVEL`: that is for what happens unasked. `works` says whether an
engine is at work: where none is, nothing is being done about any error, whatever the rows say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.repair_models import Asked
from engine.domain.errors import NotAllowed, UsageError
from engine.domain.repair import GROUP_STATE_OF, GroupState, PatchState, Work
from engine.domain.repair_deeds import Deed, refusal_beside, refusal_of_group, refusal_of_patch
from engine.domain.runs import Actor, Channel
from engine.store import audit, control, repairs

MOST_TEXT = 256_000
"""Characters of a person's own patch; what the gate lets through is far shorter."""


def digest_of(diff: str) -> str:
    """What an order to apply a patch must name: the sha256 of the diff that was shown."""
    return sha256(diff.encode("utf-8", "surrogateescape")).hexdigest()


async def analyse(connection: AsyncConnection, group_id: str, *, works: bool) -> Asked:
    """A diagnosis is wanted, or another one. Raises NotAllowed, NotFound."""
    group = await _allowed(connection, Deed.ANALYSE, group_id, works)
    return await _once(connection, "error_analyse", {"group_id": group_id}, group)


async def propose(connection: AsyncConnection, group_id: str, diff: str | None, actor: Actor, *, works: bool) -> Asked:
    """A patch is wanted of the engineer, or `diff` to be taken as one. Raises NotAllowed, NotFound, UsageError."""
    group = await _allowed(connection, Deed.PROPOSE, group_id, works)
    if diff is None:
        return await _once(connection, "error_propose", {"group_id": group_id}, group)
    if actor.channel is Channel.TELEGRAM:
        raise NotAllowed("No patch is taken from a chat.", fix="Use the console or `noktvrn errors propose --patch`.")
    if not diff.strip():
        raise UsageError("The patch is empty.", fix="Give a unified diff, or search/replace blocks.")
    if len(diff) > MOST_TEXT:
        raise UsageError(f"The patch has {len(diff):,} characters.", fix=f"At most {MOST_TEXT:,} are read.")
    return await _once(connection, "error_propose", {"group_id": group_id, "diff": diff}, group)


async def trial(connection: AsyncConnection, patch_id: str, *, works: bool) -> Asked:
    """A trial is wanted, or another one. Raises NotAllowed, NotFound."""
    group, _ = await _patch_allowed(connection, Deed.TRIAL, patch_id, works)
    return await _once(connection, "patch_trial", {"patch_id": patch_id}, group)


async def apply(
    connection: AsyncConnection, patch_id: str, digest: str, actor: Actor, *, engine_running: bool, works: bool
) -> Asked:
    """The patch whose diff has this digest is to be applied. Raises NotAllowed, NotFound."""
    _not_by_chat(actor, Deed.APPLY)
    group, patch = await _patch_allowed(connection, Deed.APPLY, patch_id, works)
    if beside := refusal_beside(patch, await repairs.patches_in(connection, [PatchState.PROBATION])):
        raise beside
    if digest != digest_of(patch.diff):
        raise NotAllowed(
            f"Patch {patch_id} is not what was shown.", fix=f"Look at it again: `noktvrn errors diff {patch_id}`."
        )
    await _can_be_done_here(connection, engine_running)
    return await _once(connection, "patch_apply", {"patch_id": patch_id, "digest": digest}, group)


async def revert(
    connection: AsyncConnection, patch_id: str, actor: Actor, *, engine_running: bool, works: bool
) -> Asked:
    """An applied patch is to be taken back. Raises NotAllowed, NotFound."""
    _not_by_chat(actor, Deed.REVERT)
    group, _ = await _patch_allowed(connection, Deed.REVERT, patch_id, works)
    await _can_be_done_here(connection, engine_running)
    return await _once(connection, "patch_revert", {"patch_id": patch_id}, group)


async def reject(connection: AsyncConnection, patch_id: str, actor: Actor, now: datetime, *, works: bool) -> str:
    """The patch is not wanted: it can no longer be applied, and no other is proposed unasked. Returns its group's id.

    Raises NotAllowed, NotFound.
    """
    patch = await repairs.patch(connection, patch_id)
    group = await repairs.group(connection, patch.group_id)
    if works and group.work:
        raise NotAllowed(f"Error {group.id} is busy: {group.work}.", fix="Wait until that is done.")
    await repairs.move_patch(
        connection, patch_id, PatchState.SUPERSEDED, note=f"{actor.name or actor.kind} rejected it"
    )
    if group.state in (GroupState.PATCH_INVALID, GroupState.PATCH_READY, GroupState.TRIAL_FAILED, GroupState.VALIDATED):
        await repairs.move_group(connection, group.id, GroupState.ANALYSED if group.diagnosis else GroupState.NEW)
    await audit.append(connection, now, actor, "reject patch", patch_id, {"error_group": group.id})
    return group.id


async def ignore(
    connection: AsyncConnection, group_id: str, until: datetime | None, actor: Actor, now: datetime, *, works: bool
) -> None:
    """Nothing is to be heard of the group until then, or at all. Raises NotAllowed, NotFound, UsageError."""
    if until is not None and until <= now:
        raise UsageError("That moment has passed.", fix="Give one that is to come, or none.")
    await _allowed(connection, Deed.IGNORE, group_id, works)
    await repairs.move_group(connection, group_id, GroupState.IGNORED, ignored_until=until)
    detail = {"until": until.isoformat() if until else ""}
    await audit.append(connection, now, actor, "ignore error", group_id, detail)


async def unignore(connection: AsyncConnection, group_id: str, actor: Actor, now: datetime) -> GroupState:
    """The group is heard of again; returns where it stands. Raises NotAllowed, NotFound."""
    group = await _allowed(connection, Deed.HEED, group_id, works=True)
    state = await _left_off(connection, group)
    await repairs.move_group(connection, group_id, state)
    await audit.append(connection, now, actor, "unignore error", group_id, {"state": state})
    return state


async def _left_off(connection: AsyncConnection, group: repairs.Group) -> GroupState:
    """Where a group stood before it was ignored, as its newest patch and its diagnosis say."""
    newest = next(iter(await repairs.patches_of(connection, group.id)), None)
    if newest is not None and newest.state is PatchState.APPLIED:
        proven = newest.probation_until or newest.applied_at
        again = proven is not None and group.last_seen > proven
        return GroupState.REGRESSED if again else GroupState.RESOLVED
    if newest is not None and newest.state in GROUP_STATE_OF:
        return GROUP_STATE_OF[newest.state]
    return GroupState.ANALYSED if group.diagnosis else GroupState.NEW


# --- what is refused ---


async def _allowed(connection: AsyncConnection, deed: Deed, group_id: str, works: bool) -> repairs.Group:
    group = await _group(connection, group_id, works)
    if refusal := refusal_of_group(deed, group):
        raise refusal
    return group


async def _patch_allowed(
    connection: AsyncConnection, deed: Deed, patch_id: str, works: bool
) -> tuple[repairs.Group, repairs.Patch]:
    patch = await repairs.patch(connection, patch_id)
    group = await _group(connection, patch.group_id, works)
    if refusal := refusal_of_patch(deed, group, patch):
        raise refusal
    return group, patch


async def _group(connection: AsyncConnection, group_id: str, works: bool) -> repairs.Group:
    """The group; where no engine works, what an ended one was doing about it is nothing."""
    group = await repairs.group(connection, group_id)
    return group if works else replace(group, work=Work.NONE)


async def _once(connection: AsyncConnection, kind: str, arguments: Mapping[str, Any], group: repairs.Group) -> Asked:
    """Refuses what was asked for already and waits to be carried out."""
    ref = str(arguments.get("patch_id", group.id))
    for command in await control.pending_commands(connection):
        if command.state == "running" and not group.work:
            continue  # an ended engine began it: the next one says so, and does not begin it again
        if command.kind == kind and ref in (command.arguments.get("group_id"), command.arguments.get("patch_id")):
            raise NotAllowed(
                f"The same was asked for {ref} already, and waits for the engine.",
                fix="An engine does it: `noktvrn headless` starts one.",
            )
    return Asked(kind, arguments, ref)


async def _can_be_done_here(connection: AsyncConnection, engine_running: bool) -> None:
    """What an engine said of its place counts while it runs: another may find that it was put right."""
    setup = await repairs.setup(connection) if engine_running else None
    if setup is not None and setup.refused:
        raise NotAllowed(setup.refused, fix="The patch can be exported: `noktvrn errors export`.")


def _not_by_chat(actor: Actor, deed: Deed) -> None:
    if actor.channel is Channel.TELEGRAM:
        raise NotAllowed(f"No patch is {deed} from a chat.", fix="Use the console or `noktvrn errors` on the machine.")
