"""Taking a run up again: where it failed, or from a stage that a person names, as a new version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import delivery_commands
from engine.api.screen_models import RetryChoice, RetryChoices
from engine.domain.errors import NotAllowed
from engine.domain.runs import PRODUCE_STAGES, Actor, RunState, Stage, depending_on, retry_state, startable
from engine.store import audit, edits, kept, remakes, reviews, runs
from engine.store.ids import new_id

_POSSIBLE = (RunState.FAILED, RunState.AWAITING_REVIEW)


async def choices(connection: AsyncConnection, run_id: str) -> RetryChoices:
    """Every way to take the run up again; none where its state allows none. Raises NotFound."""
    run = await runs.get(connection, run_id)
    if run.state not in _POSSIBLE:
        return RetryChoices(run_id, run.version, ())
    done = set(await kept.results(connection, run_id, run.version))
    usual = await runs.usual_seconds(connection)
    edited = bool(await edits.of_run(connection, run_id))
    found = [_where_it_failed(run, done, usual)] if run.state is RunState.FAILED else []
    for stage in _reached(run, done):
        again = depending_on(stage)
        left = tuple(each for each in PRODUCE_STAGES if each in done and each not in again)
        todo = tuple(each for each in PRODUCE_STAGES if each not in left)
        found.append(RetryChoice(stage, todo, left, _seconds(run, todo, usual), _notes(run, stage, edited=edited)))
    return RetryChoices(run_id, run.version, tuple(found))


def _reached(run: runs.Run, done: set[Stage]) -> tuple[Stage, ...]:
    """The stages that can be begun with: those that are done, and the one that failed."""
    return tuple(stage for stage in startable(done) if stage in done or stage is run.stage)


def _where_it_failed(run: runs.Run, done: set[Stage], usual: dict[str, float]) -> RetryChoice:
    if run.stage is Stage.DELIVERY:
        return RetryChoice(None, (Stage.DELIVERY,), (*PRODUCE_STAGES, Stage.PACKAGE), {})
    if run.stage is Stage.PACKAGE:
        return RetryChoice(None, (Stage.PACKAGE,), PRODUCE_STAGES, _seconds(run, (Stage.PACKAGE,), usual))
    todo = tuple(stage for stage in PRODUCE_STAGES if stage not in done)
    left = tuple(stage for stage in PRODUCE_STAGES if stage in done)
    return RetryChoice(None, todo, left, _seconds(run, todo, usual))


def _seconds(run: runs.Run, stages: tuple[Stage, ...], usual: dict[str, float]) -> dict[str, float]:
    return {stage.value: usual[stage] * run.length_s for stage in stages if stage in usual}


def _notes(run: runs.Run, stage: Stage, *, edited: bool) -> tuple[str, ...]:
    notes = []
    if edited and stage in (Stage.CONCEPT, Stage.LYRICS):
        notes.append("The words that a person edited are written anew.")
    if run.state is RunState.FAILED and run.stage is Stage.PACKAGE:
        notes.append("The approval no longer counts: the new version waits for a decision of its own.")
    return tuple(notes)


async def retry(
    connection: AsyncConnection, run_id: str, stage: Stage | None, version: int | None, actor: Actor, now: datetime
) -> runs.Run:
    """Takes a failed run up where it failed; with a `stage`, makes the next version from there on.

    That stage and all that works from its result are made again with a fresh draw, all else that is done is kept.
    Raises NotAllowed where state or stage forbid it, or where the run is no longer at the version that was looked at.
    """
    run = await runs.get(connection, run_id)
    if version not in (None, run.version):
        raise NotAllowed(f"Run {run_id} is at version {run.version} by now.", fix="Look at it again.")
    if run.state not in _POSSIBLE:
        raise NotAllowed(
            f"Run {run_id} is {run.state}: only one that failed or that awaits review can be taken up again."
        )
    if stage is None or (run.state is RunState.FAILED and stage is run.stage is Stage.PACKAGE):
        return await _where_it_stopped(connection, run, actor, now)
    return await _from_stage(connection, run, stage, actor, now)


async def _where_it_stopped(connection: AsyncConnection, run: runs.Run, actor: Actor, now: datetime) -> runs.Run:
    if run.state is not RunState.FAILED:
        raise NotAllowed(
            f"Run {run.id} awaits review: nothing failed in it.", fix="Name the stage from which it is made again."
        )
    if run.stage is Stage.DELIVERY:
        await delivery_commands.retry_run(connection, run.id, actor, now)
        return await runs.get(connection, run.id)
    after = retry_state(run.stage or Stage.CONCEPT)
    attempt = run.attempt + 1
    moved = await runs.move(connection, run, after, actor, now, "retry", attempt=attempt, failure=None)
    await audit.append(connection, now, actor, "retry", run.id, {"attempt": attempt})
    return moved


async def _from_stage(
    connection: AsyncConnection, run: runs.Run, stage: Stage, actor: Actor, now: datetime
) -> runs.Run:
    done = set(await kept.results(connection, run.id, run.version))
    possible = _reached(run, done)
    if stage not in possible:
        raise NotAllowed(
            f"Run {run.id} cannot be made again from {stage}: it did not come so far.",
            fix=f"Possible: {', '.join(possible)}.",
        )
    version = run.version + 1
    again = depending_on(stage)
    left = [each for each in PRODUCE_STAGES if each in done and each not in again]
    await kept.take_over(connection, run, version, left, {})
    await remakes.add(connection, remakes.Remake(new_id("remake"), run.id, version, stage, run.state, actor, now))
    await reviews.void_revisions(connection, run.id, now)
    columns: dict[str, Any] = {"version": version, "attempt": 1, "progress": 0.0, "stage": None, "failure": None}
    columns |= {"waiting_since": None, "waiting_reason": "", "effective_at": None}
    reason = f"made again from {stage}"
    moved = await runs.move(connection, run, RunState.GENERATING, actor, now, reason, **columns)
    detail = {"from": stage, "version": version, "kept": [str(each) for each in left]}
    await audit.append(connection, now, actor, "retry", run.id, detail)
    return moved
