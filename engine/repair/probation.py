"""What becomes of an applied patch: the same error again takes it back, time makes it stay."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotAllowed
from engine.domain.repair import GroupState, PatchState
from engine.domain.runs import POLICY
from engine.repair import tree
from engine.repair.apply import revert
from engine.repair.ground import Ground
from engine.repair.marker import Marker, Step, read_marker
from engine.repair.rows import APPLIED_INCIDENT, REVERTED_INCIDENT, STUCK_INCIDENT, origin, stuck
from engine.store import audit, journal, repair_counts, repairs
from engine.store.database import Database
from engine.store.repairs import Patch


async def watch(database: Database, ground: Ground, now: datetime) -> bool:
    """One look at what is on probation; True where the code was moved, so that the engine must start anew.

    The group's error again since the first start with the patch: it is taken back. Its time over: it stays.
    """
    if ground.checkout is None:
        return False
    async with database.read() as connection:
        watched = await repairs.patches_in(connection, [PatchState.PROBATION])
    marker = await asyncio.to_thread(read_marker, ground.checkout.root)
    moved = False
    for patch in watched:
        since = _since(patch, marker)
        if since is None:
            continue
        async with database.read() as connection:
            again = await repair_counts.happened_with(connection, patch.group_id, since)
        if again:
            try:
                after = await revert(database, ground, patch.id, POLICY, now, reason="the same error happened again")
            except NotAllowed as error:
                async with database.write() as connection:
                    await stuck(connection, patch, "the same error happened again", str(error), now)
            else:
                moved = moved or bool(after.revert_commit)
        elif patch.probation_until is not None and now >= patch.probation_until:
            await _passed(database, ground, patch, now)
    async with database.write() as connection:
        await _close_what_is_over(connection, now)
    return moved


def _since(patch: Patch, marker: Marker | None) -> datetime | None:
    """From when on its error counts against a patch; None before the first start with it."""
    if marker is not None and marker.patch == patch.id and marker.step is Step.PROBATION:
        return datetime.fromisoformat(marker.since) if marker.since else None
    return patch.applied_at


async def _passed(database: Database, ground: Ground, patch: Patch, now: datetime) -> None:
    assert ground.checkout is not None
    async with database.write() as connection:
        await repairs.move_patch(connection, patch.id, PatchState.APPLIED, note="Its probation passed.")
        await audit.append(connection, now, POLICY, "patch passed probation", patch.id, origin(patch))
        await journal.close_notices(connection, (f"{APPLIED_INCIDENT}{patch.id}", f"{STUCK_INCIDENT}{patch.id}"), now)
    await asyncio.to_thread(tree.over, ground.checkout, patch.id)


async def _close_what_is_over(connection: AsyncConnection, now: datetime) -> None:
    """A notice of a patch that was taken back stands as long as its group is left at that."""
    for incident in await journal.open_incidents(connection, REVERTED_INCIDENT):
        group = await repairs.group(connection, incident.removeprefix(REVERTED_INCIDENT))
        if group.state is not GroupState.REVERTED:
            await journal.close_notice(connection, incident, now)
