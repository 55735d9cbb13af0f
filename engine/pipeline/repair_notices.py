"""What people are told of errors and patches, worked out from the rows as they stand: opened, put right and closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.plurals import many
from engine.domain.repair import GroupState, PatchState
from engine.safety.text import plain
from engine.store import journal, repairs
from engine.store.repairs import Group, Patch

NEW = "errors.new"
"""One notice counts all new errors, so that a storm is one line; a chat tells each by itself, a few at a time."""
READY, APPLIED, REVERTED = "patch.", "patch.applied.", "patch.reverted."
_NAMED = 3
_WORDS = 300
_MOST = 20
"""Notices about patches at a time."""

Words = tuple[str, str, str]
"""Level, title and detail."""


async def tell(connection: AsyncConnection, at: datetime) -> None:
    """Opens what is wanted, closes what is over. Twice changes nothing."""
    wanted = await _wanted(connection)
    told = [NEW, *await journal.open_incidents(connection, READY)]
    await journal.close_notices(connection, [incident for incident in told if incident not in wanted], at)
    for incident, (level, title, detail) in wanted.items():
        await journal.open_notice(connection, incident, level, title, detail, at)


async def _wanted(connection: AsyncConnection) -> dict[str, Words]:
    found: dict[str, Words] = {}
    fresh = await repairs.groups_in(connection, [GroupState.NEW, GroupState.REGRESSED])
    if fresh:
        named = "; ".join(_named(group) for group in fresh[:_NAMED])
        more = f"; {len(fresh) - _NAMED} more" if len(fresh) > _NAMED else ""
        found[NEW] = "warning", f"{many(len(fresh), 'new error')}: {named}{more}", "See `noktvrn errors list`."
    standing = await repairs.patches_in(connection, [PatchState.READY, PatchState.VALIDATED, PatchState.PROBATION])
    taken_back = {group.id for group in await repairs.groups_in(connection, [GroupState.REVERTED])}
    for group_id in taken_back:
        standing += (await repairs.patches_of(connection, group_id))[:1]
    for patch in standing[-_MOST:]:
        group = await repairs.group(connection, patch.group_id)
        if words := _words(group, patch):
            found[words[0]] = words[1]
    return found


def _words(group: Group, patch: Patch) -> tuple[str, Words] | None:
    name, where = _named(group), f"`noktvrn errors diff {group.id}` shows it; only the console and the command line apply it."
    summary = plain(group.diagnosis.summary, limit=_WORDS) if group.diagnosis else ""
    detail = " ".join(part for part in (summary, f"It changes {', '.join(patch.files)}.", where) if part)
    if patch.state is PatchState.READY:
        return READY + patch.id, ("info", f"A patch is ready for {name}", detail)
    if patch.state is PatchState.VALIDATED:
        return READY + patch.id, ("info", f"A patch for {name} passed its trial", detail)
    if patch.state is PatchState.PROBATION:
        until = f"{patch.probation_until:%H:%M} UTC" if patch.probation_until else "the end of its probation"
        took = f"The same error again before {until} takes it back. `noktvrn errors revert {patch.id}` does so now."
        return APPLIED + patch.id, ("info", f"A patch for {name} is applied and watched until {until}", took)
    if patch.state is PatchState.REVERTED:
        why = f"{plain(patch.note, limit=_WORDS)}. The error is open again: `noktvrn errors show {group.id}`."
        return REVERTED + patch.id, ("error", f"A patch for {name} was taken back", why)
    return None


def _named(group: Group) -> str:
    return f"{plain(group.type.rpartition('.')[2], limit=80)} in {plain(group.part, limit=60)}"
