"""What people are told of new errors and of patches that wait, worked out from the rows as they stand: opened, put
right and closed. What was applied or taken back is told where it is done (`engine.repair.rows`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.plurals import many
from engine.domain.repair import GroupState, PatchState
from engine.safety.text import plain
from engine.store import journal, repairs
from engine.store.repairs import Group, Patch
from engine.store.tables import notices

NEW = "errors.new"
"""One notice counts all new errors, so that a storm is one line; a chat tells each by itself, a few at a time."""
READY = "patch."
_TOLD_ELSEWHERE = ("patch.applied.", "patch.reverted.", "patch.stuck.")
_NAMED = 3
_WORDS = 300
_MOST = 20
"""Notices about patches at a time."""

Words = tuple[str, str, str]
"""Level, title and detail."""


async def tell(connection: AsyncConnection, at: datetime) -> None:
    """Opens what is wanted, closes what is over. Twice changes nothing."""
    wanted, told = await _wanted(connection), await _told(connection)
    await journal.close_notices(connection, [incident for incident in told if incident not in wanted], at)
    for incident, (level, title, detail) in wanted.items():
        await journal.open_notice(connection, incident, level, title, detail, at)


async def news(connection: AsyncConnection) -> bool:
    """Whether `tell` would change anything: to look costs no lock."""
    return await _wanted(connection) != await _told(connection)


async def _told(connection: AsyncConnection) -> dict[str, Words]:
    n = notices.c
    mine = (n.incident == NEW) | (
        n.incident.startswith(READY) & and_(*(~n.incident.startswith(other) for other in _TOLD_ELSEWHERE))
    )
    query = select(n.incident, n.level, n.title, n.detail).where(n.closed_at.is_(None), mine)
    return {row.incident: (row.level, row.title, row.detail) for row in await connection.execute(query)}


async def _wanted(connection: AsyncConnection) -> dict[str, Words]:
    found: dict[str, Words] = {}
    fresh = await repairs.groups_in(connection, [GroupState.NEW, GroupState.REGRESSED])
    if fresh:
        named = "; ".join(_named(group) for group in fresh[:_NAMED])
        more = f"; {len(fresh) - _NAMED} more" if len(fresh) > _NAMED else ""
        found[NEW] = "warning", f"{many(len(fresh), 'new error')}: {named}{more}", "See `noktvrn errors list`."
    standing = await repairs.patches_in(connection, [PatchState.READY, PatchState.VALIDATED])
    for patch in standing[-_MOST:]:
        group = await repairs.group(connection, patch.group_id)
        if group.state in (GroupState.PATCH_READY, GroupState.VALIDATED):
            found[READY + patch.id] = _words(group, patch)
    return found


def _words(group: Group, patch: Patch) -> Words:
    summary = plain(group.diagnosis.summary, limit=_WORDS) if group.diagnosis else ""
    where = f"`noktvrn errors diff {group.id}` shows it; only the console and the command line apply it."
    detail = " ".join(part for part in (summary, f"It changes {', '.join(patch.files)}.", where) if part)
    if patch.state is PatchState.READY:
        return "info", f"A patch is ready for {_named(group)}", detail
    return "info", f"A patch for {_named(group)} passed its trial", detail


def _named(group: Group) -> str:
    return f"{plain(group.type.rpartition('.')[2], limit=80)} in {plain(group.part, limit=60)}"
