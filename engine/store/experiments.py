"""Experiments as rows: sticky assignments and outcomes counted from the runs themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.experiments import Experiment, VariantOutcome, assign
from engine.domain.runs import ActorKind, RunState
from engine.store.tables import assignments, experiments, reviews, runs

_MISSING = (RunState.FAILED, RunState.EXPIRED, RunState.CANCELLED)


async def assign_run(connection: AsyncConnection, experiment: Experiment, run_id: str, at: datetime) -> str:
    """The run's variant, stored at the first call and the same ever after."""
    known = select(assignments.c.variant).where(
        assignments.c.experiment_id == experiment.id, assignments.c.run_id == run_id
    )
    if variant := (await connection.execute(known)).scalar_one_or_none():
        return str(variant)
    await connection.execute(
        upsert(experiments)
        .values(id=experiment.id, parameter=experiment.parameter, variants=list(experiment.variants), created_at=at)
        .on_conflict_do_nothing()
    )
    variant = assign(experiment, run_id)
    await connection.execute(
        upsert(assignments)
        .values(
            experiment_id=experiment.id,
            run_id=run_id,
            variant=variant,
            propensity=1 / len(experiment.variants),
            assigned_at=at,
        )
        .on_conflict_do_nothing()
    )
    return variant


async def assignments_of(connection: AsyncConnection, run_id: str) -> list[tuple[str, str, str]]:
    """(experiment id, parameter, variant) of a run."""
    query = (
        select(assignments.c.experiment_id, experiments.c.parameter, assignments.c.variant)
        .join(experiments, experiments.c.id == assignments.c.experiment_id)
        .where(assignments.c.run_id == run_id)
    )
    return [(row[0], row[1], row[2]) for row in await connection.execute(query)]


async def outcomes(connection: AsyncConnection) -> list[tuple[Experiment, list[VariantOutcome]]]:
    """Every experiment with the counts of each variant."""
    found = []
    for row in await connection.execute(select(experiments).order_by(experiments.c.created_at.desc())):
        experiment = Experiment(row.id, row.parameter, tuple(row.variants))
        found.append((experiment, [await _outcome(connection, experiment, v) for v in experiment.variants]))
    return found


async def _outcome(connection: AsyncConnection, experiment: Experiment, variant: str) -> VariantOutcome:
    query = (
        select(runs.c.state, reviews.c.decision, reviews.c.actor, reviews.c.looked)
        .select_from(assignments.join(runs, runs.c.id == assignments.c.run_id))
        .outerjoin(
            reviews,
            (reviews.c.run_id == runs.c.id)
            & reviews.c.undone_at.is_(None)
            & reviews.c.decision.in_(["approve", "reject"]),
        )
        .where(assignments.c.experiment_id == experiment.id, assignments.c.variant == variant)
    )
    rows = list(await connection.execute(query))
    people = [row for row in rows if row.looked and row.actor != ActorKind.AUTOPILOT]
    return VariantOutcome(
        variant=variant,
        assigned=len(rows),
        approved=sum(row.decision == "approve" for row in people),
        rejected=sum(row.decision == "reject" for row in people),
        autopilot=sum(row.decision == "approve" and not row.looked for row in rows),
        missing=sum(row.state in _MISSING for row in rows),
    )
