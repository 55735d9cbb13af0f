"""Diagnoses and patches as rows. Every move is checked against the state machines of `engine.domain.repair`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotAllowed, NotFound
from engine.domain.repair import (
    GROUP_STATE_OF,
    Cause,
    Diagnosis,
    GroupState,
    PatchState,
    Refusal,
    RefusalKind,
    Setup,
    TrialReport,
    TrialStep,
    Work,
    may_move,
)
from engine.store import feed
from engine.store.ids import new_id
from engine.store.repair_tables import error_groups, facts, patches

_SETUP = "repair"


@dataclass(frozen=True, slots=True)
class Group:
    """One error group as the repair sees it."""

    id: str
    fingerprint: str
    type: str
    message: str
    part: str
    state: GroupState
    count: int
    first_seen: datetime
    last_seen: datetime
    tainted: bool
    work: Work
    diagnosis: Diagnosis | None


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of a group. `commit` is the very commit that is tried and applied; empty for an invalid one."""

    id: str
    group_id: str
    number: int
    state: PatchState
    base: str
    commit: str
    diff: str
    files: tuple[str, ...]
    author: str
    prompt_hash: str
    refusals: tuple[Refusal, ...]
    trial: TrialReport | None
    created_at: datetime
    applied_at: datetime | None
    reverted_at: datetime | None
    revert_commit: str
    probation_until: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class NewPatch:
    """A patch to be kept: ready, or invalid with its refusals."""

    group_id: str
    state: PatchState
    base: str
    commit: str
    diff: str
    files: Sequence[str]
    author: str
    prompt_hash: str = ""
    refusals: Sequence[Refusal] = ()
    note: str = ""


async def group(connection: AsyncConnection, group_id: str) -> Group:
    """The group. Raises NotFound."""
    row = (await connection.execute(select(error_groups).where(error_groups.c.id == group_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no error group {group_id!r}.", fix="See `noktvrn errors list`.")
    return _group(row)


async def groups_in(connection: AsyncConnection, states: Sequence[GroupState]) -> list[Group]:
    """The groups in these states, the one that was seen last first."""
    query = select(error_groups).where(error_groups.c.state.in_(list(states))).order_by(error_groups.c.last_seen.desc())
    return [_group(row) for row in await connection.execute(query)]


async def patch(connection: AsyncConnection, patch_id: str) -> Patch:
    """The patch. Raises NotFound."""
    row = (await connection.execute(select(patches).where(patches.c.id == patch_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no patch {patch_id!r}.", fix="See `noktvrn errors show ID`.")
    return _patch(row)


async def patches_of(connection: AsyncConnection, group_id: str) -> list[Patch]:
    """The group's patches, the newest first."""
    query = select(patches).where(patches.c.group_id == group_id).order_by(patches.c.number.desc())
    return [_patch(row) for row in await connection.execute(query)]


async def patches_in(connection: AsyncConnection, states: Sequence[PatchState]) -> list[Patch]:
    """All patches in these states, the oldest first."""
    query = select(patches).where(patches.c.state.in_(list(states))).order_by(patches.c.created_at)
    return [_patch(row) for row in await connection.execute(query)]


async def moved_since(connection: AsyncConnection, since: datetime) -> list[Patch]:
    """Patches that are applied now and were not then, or the other way round: the first that was applied first."""
    came, went = patches.c.applied_at >= since, func.coalesce(patches.c.reverted_at >= since, False)
    query = select(patches).where(patches.c.applied_at.is_not(None), came != went).order_by(patches.c.applied_at)
    return [_patch(row) for row in await connection.execute(query)]


async def set_work(connection: AsyncConnection, group_id: str, work: Work, at: datetime) -> None:
    """Says what is being done about the group now; `Work.NONE` when it is done. Raises NotAllowed where something else
    is being done."""
    found = await group(connection, group_id)
    if work and found.work and found.work is not work:
        raise NotAllowed(f"Error {group_id} is busy: {found.work}.", fix="Wait until that is done.")
    values = {"work": work, "work_since": at if work else None, "work_note": ""}
    await connection.execute(update(error_groups).where(error_groups.c.id == group_id).values(**values))
    await feed.record(connection, "error", group_id)


async def note_work(connection: AsyncConnection, group_id: str, note: str) -> None:
    """Says how far the work about the group is; nothing where none is done any more."""
    g = error_groups.c
    await connection.execute(
        update(error_groups).where(g.id == group_id, g.work != Work.NONE).values(work_note=note[:200])
    )
    await feed.record(connection, "error", group_id)


async def end_all_work(connection: AsyncConnection) -> list[tuple[str, Work]]:
    """At a start nothing is being done; returns the groups about which something was, and what."""
    g = error_groups.c
    found = [(row.id, Work(row.work)) for row in await connection.execute(select(g.id, g.work).where(g.work != ""))]
    for group_id, _ in found:
        ended = {"work": Work.NONE, "work_since": None, "work_note": ""}
        await connection.execute(update(error_groups).where(g.id == group_id).values(**ended))
        await feed.record(connection, "error", group_id)
    return found


async def diagnosed(connection: AsyncConnection, group_id: str, diagnosis: Diagnosis, at: datetime) -> None:
    """Keeps a diagnosis. A group that is new or came back is analysed then; any other keeps its state."""
    found = await group(connection, group_id)
    fresh = found.state in (GroupState.NEW, GroupState.REGRESSED, GroupState.REVERTED, GroupState.PATCH_INVALID)
    state = GroupState.ANALYSED if fresh else found.state
    values = {"diagnosis": asdict(diagnosis), "diagnosed_at": at, "cause": diagnosis.cause, "state": state}
    await connection.execute(update(error_groups).where(error_groups.c.id == group_id).values(**values))
    await feed.record(connection, "error", group_id)


async def taint(connection: AsyncConnection, group_id: str) -> None:
    """The group's evidence holds outside text: for good."""
    await connection.execute(update(error_groups).where(error_groups.c.id == group_id).values(tainted=True))
    await feed.record(connection, "error", group_id)


async def move_group(
    connection: AsyncConnection, group_id: str, state: GroupState, *, ignored_until: datetime | None = None
) -> None:
    """Puts the group into a state; `ignored_until` goes with `ignored` alone."""
    values = {"state": state, "ignored_until": ignored_until}
    await connection.execute(update(error_groups).where(error_groups.c.id == group_id).values(**values))
    await feed.record(connection, "error", group_id)


async def add_patch(connection: AsyncConnection, new: NewPatch, at: datetime) -> str:
    """Keeps a patch as the group's newest; those before it that were never applied are superseded."""
    before = await patches_of(connection, new.group_id)
    for old in before:
        if may_move(old.state, PatchState.SUPERSEDED):
            await connection.execute(update(patches).where(patches.c.id == old.id).values(state=PatchState.SUPERSEDED))
    patch_id = new_id("patch")
    await connection.execute(
        insert(patches).values(
            id=patch_id,
            group_id=new.group_id,
            state=new.state,
            base_commit=new.base,
            commit_id=new.commit,
            diff=new.diff,
            files=list(new.files),
            author=new.author,
            prompt_hash=new.prompt_hash,
            refusals=[asdict(refusal) for refusal in new.refusals],
            note=new.note,
            number=max((old.number for old in before), default=0) + 1,
            created_at=at,
        )
    )
    await move_group(connection, new.group_id, GROUP_STATE_OF[new.state])
    return patch_id


async def move_patch(connection: AsyncConnection, patch_id: str, state: PatchState, **columns: Any) -> Patch:
    """Moves a patch, and its group with it where it is the group's newest. `columns` may hold `applied_at`,
    `reverted_at`, `revert_commit`, `probation_until`, `note`, `trial` (a TrialReport). Raises NotAllowed, NotFound."""
    found = await patch(connection, patch_id)
    if not may_move(found.state, state):
        raise NotAllowed(f"Patch {patch_id} is {found.state.replace('_', ' ')}: it cannot become {state}.")
    if isinstance(columns.get("trial"), TrialReport):
        columns["trial"] = asdict(columns["trial"])
    await connection.execute(update(patches).where(patches.c.id == patch_id).values(state=state, **columns))
    newest = (
        await connection.execute(select(func.max(patches.c.number)).where(patches.c.group_id == found.group_id))
    ).scalar_one()
    if newest == found.number and state in GROUP_STATE_OF:
        await move_group(connection, found.group_id, GROUP_STATE_OF[state])
    else:
        await feed.record(connection, "error", found.group_id)
    return await patch(connection, patch_id)


async def note_unjudged(connection: AsyncConnection, patch_id: str, trial: TrialReport) -> None:
    """A trial came to no answer: the patch stands where it stood, and one that had none yet keeps this one."""
    found = await patch(connection, patch_id)
    if found.state is PatchState.READY:
        await connection.execute(update(patches).where(patches.c.id == patch_id).values(trial=asdict(trial)))
    await feed.record(connection, "error", found.group_id)


async def watch_until(connection: AsyncConnection, patch_id: str, until: datetime) -> None:
    """Says until when an applied patch is watched, where that is another moment than before."""
    found = await patch(connection, patch_id)
    if found.probation_until == until:
        return
    await connection.execute(update(patches).where(patches.c.id == patch_id).values(probation_until=until))
    await feed.record(connection, "error", found.group_id)


async def note_setup(connection: AsyncConnection, setup: Setup, at: datetime) -> None:
    """An engine says whether patches can be applied where it runs: a face cannot look itself."""
    values = {"value": asdict(replace(setup, details=dict(setup.details))), "at": at}
    await connection.execute(
        upsert(facts).values(name=_SETUP, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )


async def setup(connection: AsyncConnection) -> Setup | None:
    """What the engine that started last said; None before the first."""
    value = (await connection.execute(select(facts.c.value).where(facts.c.name == _SETUP))).scalar_one_or_none()
    return None if value is None else Setup(**value)


def _group(row: Row[Any]) -> Group:
    return Group(
        id=row.id,
        fingerprint=row.fingerprint,
        type=row.type,
        message=row.message,
        part=row.part,
        state=GroupState(row.state),
        count=row._mapping["count"],
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        tainted=row.tainted,
        work=Work(row.work),
        diagnosis=diagnosis_of(row.diagnosis),
    )


def diagnosis_of(stored: Mapping[str, Any] | None) -> Diagnosis | None:
    """A diagnosis as it was kept."""
    if stored is None:
        return None
    return Diagnosis(**{**stored, "cause": Cause(stored["cause"]), "suspects": tuple(stored["suspects"])})


def _trial_of(stored: Mapping[str, Any] | None) -> TrialReport | None:
    if stored is None:
        return None
    return TrialReport(**{**stored, "steps": tuple(TrialStep(**step) for step in stored["steps"])})


def _patch(row: Row[Any]) -> Patch:
    return Patch(
        id=row.id,
        group_id=row.group_id,
        number=row.number,
        state=PatchState(row.state),
        base=row.base_commit,
        commit=row.commit_id,
        diff=row.diff,
        files=tuple(row.files),
        author=row.author,
        prompt_hash=row.prompt_hash,
        refusals=tuple(Refusal(RefusalKind(r["kind"]), r["message"], r["hint"]) for r in row.refusals),
        trial=_trial_of(row.trial),
        created_at=row.created_at,
        applied_at=row.applied_at,
        reverted_at=row.reverted_at,
        revert_commit=row.revert_commit,
        probation_until=row.probation_until,
        note=row.note,
    )
