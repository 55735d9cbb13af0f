"""The facts that the gates on what happens unasked judge by (`engine.repair.limits`): gathered when the keeper leaves a
command, and once more when an unasked trial or apply is begun, which another engine may have left by other settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotAllowed
from engine.domain.repair import Cause, GroupState, Level, Limits, Setup
from engine.domain.runs import ActorKind
from engine.pipeline.repair_hands import Hands
from engine.repair import known, limits
from engine.repair.checkout import GitFailed
from engine.repair.evidence import newest
from engine.repair.limits import Around, Denied, OfGroup
from engine.repair.propose import WARNED
from engine.settings import Settings
from engine.store import control, repair_counts, repairs
from engine.store.repair_counts import Counts
from engine.store.repairs import Group, Patch

_AGAIN = timedelta(hours=1)
"""After that an analysis is tried again for which nobody could be asked."""
_JUDGED = {"patch_trial": (limits.may_try, "tried", "trial"), "patch_apply": (limits.may_apply, "applied", "apply")}


@dataclass(frozen=True, slots=True)
class Here:
    """The place where something unasked is to be begun. `head` is empty where no commit can be told."""

    setup: Setup
    head: str


def limits_of(settings: Settings) -> Limits:
    """The numbers of the gates."""
    return Limits(
        least_events=settings.auto_fix_min_events,
        attempts=settings.auto_fix_attempts,
        calls_per_hour=settings.auto_fix_calls_per_hour,
        daily_microusd=round(settings.auto_fix_daily_usd * 1_000_000),
        apart_s=float(settings.monitor_interval_seconds),
    )


async def head_of(hands: Hands) -> str:
    """The commit that is checked out; empty where none can be told."""
    checkout = hands.checkout()
    if checkout is None:
        return ""
    try:
        return await asyncio.to_thread(checkout.head)
    except GitFailed:
        return ""


async def counted(connection: AsyncConnection, settings: Settings, now: datetime) -> Counts:
    """The figures of the label that the gates look at."""
    return await repair_counts.counts(connection, control.REPAIRS, now, limits_of(settings).cool_off_s)


async def around(
    connection: AsyncConnection, settings: Settings, counts: Counts, setup: Setup, now: datetime
) -> Around:
    """What holds for the whole label, by these settings."""
    return Around(
        level=Level(settings.auto_fix_level),
        apply_enabled=settings.auto_fix_enabled,
        paused=await control.switch(connection, control.PAUSES["all"]),
        new_groups=counts.new_groups,
        calls_last_hour=counts.calls_last_hour,
        spent_today=counts.spent_today,
        since_last_s=(now - counts.asked_at).total_seconds() if counts.asked_at else None,
        in_flight=counts.in_flight[0] if counts.in_flight else "",
        setup_refused=setup.refused or ("" if setup.isolated else "trials are not isolated here"),
    )


async def weigh(
    connection: AsyncConnection, group: Group, now: datetime, head: str, *, analyst: Callable[[], bool]
) -> tuple[OfGroup, Patch | None]:
    """What holds for a group, and its newest patch. `analyst` says whether one can be asked."""
    event = await newest(connection, group.id)
    found = await repairs.patches_of(connection, group.id)
    patch = found[0] if found else None
    trial = patch.trial if patch else None
    since = await repair_counts.diagnosed_at(connection, group.id)
    nobody = _nobody_was_asked(group) and analyst()
    came_back = group.state in (GroupState.REGRESSED, GroupState.REVERTED)
    return (
        OfGroup(
            state=group.state,
            events=group.count,
            age_s=(now - group.last_seen).total_seconds(),
            part=group.part,
            files=tuple(dict.fromkeys(frame.file for frame in event.frames)),
            tainted=group.tainted,
            busy=bool(group.work),
            attempts=sum(":" in each.author for each in found),
            diagnosis=group.diagnosis,
            stale=came_back or (nobody and since is not None and now - since > _AGAIN),
            patch=patch.state if patch else None,
            isolated=bool(trial and trial.isolated),
            reproduced=trial.reproduced if trial else None,
            unjudged=bool(trial and not trial.judged),
            warned=bool(patch and patch.note.startswith(WARNED)),
            moved=bool(patch and head and patch.base != head),
        ),
        patch,
    )


def _nobody_was_asked(group: Group) -> bool:
    found = group.diagnosis
    return found is not None and found.by == known.RULES and found.cause is Cause.UNKNOWN


# --- when it is begun ---


async def here(hands: Hands, command: control.Command) -> Here | None:
    """The place, where the command is an unasked one that is judged once more; else None: nothing is asked of it."""
    if command.actor != ActorKind.ENGINE or command.kind not in _JUDGED:
        return None
    return Here(await hands.setup(probe=False), await head_of(hands))


async def judge(
    connection: AsyncConnection, settings: Settings, place: Here, command: control.Command, group_id: str, now: datetime
) -> None:
    """Raises NotAllowed unless the unasked trial or apply may begin now, by these settings."""
    gate, done, verb = _JUDGED[command.kind]
    group = await repairs.group(connection, group_id)
    of_group, newest_patch = await weigh(connection, group, now, place.head, analyst=lambda: False)
    patch_id = str(command.arguments["patch_id"])
    if newest_patch is None or newest_patch.id != patch_id:
        reason = "a newer one took its place"
    else:
        counts = await counted(connection, settings, now)
        label = await around(connection, settings, counts, place.setup, now)
        answer = gate(label, of_group, limits_of(settings))
        if not isinstance(answer, Denied):
            return
        reason = answer.reason
    raise NotAllowed(
        f"Patch {patch_id} is not {done} unasked: {reason.removesuffix('.')}.",
        fix=f"A person may ask for it: `noktvrn errors {verb} {patch_id}`.",
    )
