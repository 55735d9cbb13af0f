"""Models as rows: what the vendors list, the order in which each role asks, and how each model did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Integer, bindparam, case, cast, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.models import ModelName, Outcome, Role
from engine.store import feed
from engine.store.model_tables import llm_models, llm_rungs
from engine.store.tables import llm_calls, reviews

_m = llm_models.c
_RUNGS = (
    select(llm_rungs.c.provider, llm_rungs.c.model)
    .where(llm_rungs.c.role == bindparam("asked"))
    .order_by(llm_rungs.c.place)
)


class ModelState(StrEnum):
    """A listed model: known from the first list on, new and to be checked, checked, or listed no more."""

    LISTED = "listed"
    PROPOSED = "proposed"
    PASSED = "passed"
    FAILED = "failed"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class News:
    """What a new list changed."""

    new: tuple[str, ...]
    retired: tuple[str, ...]


async def take_list(connection: AsyncConnection, provider: str, models: Sequence[str], at: datetime) -> News:
    """Takes a vendor's list over. On the first one nothing is new; what is missing now is retired, never deleted."""
    query = select(_m.model, _m.state).where(_m.provider == provider, _m.model != "")
    known = {row.model: row.state for row in await connection.execute(query)}
    new = [model for model in models if model not in known]
    first = not known
    for model in models:
        state = ModelState.LISTED if first or known.get(model) == ModelState.RETIRED else ModelState.PROPOSED
        await connection.execute(
            upsert(llm_models)
            .values(provider=provider, model=model, state=state, first_seen=at, last_seen=at)
            .on_conflict_do_update(
                index_elements=["provider", "model"],
                set_={"last_seen": at, "state": case((_m.state == ModelState.RETIRED, state), else_=_m.state)},
            )
        )
    gone = [model for model, state in known.items() if model not in models and state != ModelState.RETIRED]
    retired = update(llm_models).where(_m.provider == provider, _m.model.in_(gone))
    await connection.execute(retired.values(state=ModelState.RETIRED, checked_at=at))
    await note_look(connection, provider, "", at)
    return News(() if first else tuple(new), tuple(gone))


async def note_look(connection: AsyncConnection, provider: str, problem: str, at: datetime) -> None:
    """When the vendor was asked last, and why its list could not be had; then the last good one stays."""
    values = {"state": "outage" if problem else ModelState.LISTED, "detail": problem, "last_seen": at, "checked_at": at}
    await connection.execute(
        upsert(llm_models)
        .values(provider=provider, model="", first_seen=at, **values)
        .on_conflict_do_update(index_elements=["provider", "model"], set_=values)
    )
    await feed.record(connection, "llm", provider)


async def last_look(connection: AsyncConnection) -> dict[str, datetime]:
    """When each vendor was asked for its list last."""
    query = select(_m.provider, _m.checked_at).where(_m.model == "")
    return {row.provider: row.checked_at for row in await connection.execute(query)}


async def checked(connection: AsyncConnection, name: ModelName, ok: bool, detail: str, at: datetime) -> None:
    """Keeps what a health check of a new model found."""
    state = ModelState.PASSED if ok else ModelState.FAILED
    await connection.execute(
        update(llm_models)
        .where(_m.provider == name.provider, _m.model == name.model, _m.state != ModelState.LISTED)
        .values(state=state, detail=detail, checked_at=at)
    )
    await feed.record(connection, "llm", str(name))


async def set_rungs(
    connection: AsyncConnection, role: Role, rungs: Sequence[tuple[ModelName, str]], at: datetime
) -> None:
    """The order in which the role asks, with a reason each."""
    await connection.execute(delete(llm_rungs).where(llm_rungs.c.role == role))
    rows = [
        {"role": role, "place": place, "provider": name.provider, "model": name.model, "why": why, "at": at}
        for place, (name, why) in enumerate(rungs)
    ]
    if rows:
        await connection.execute(insert(llm_rungs), rows)
    await feed.record(connection, "llm", role)


async def explained(connection: AsyncConnection, role: Role) -> list[tuple[ModelName, str]]:
    """The order as it is stored, with its reasons."""
    query = select(llm_rungs).where(llm_rungs.c.role == role).order_by(llm_rungs.c.place)
    return [(ModelName(row.provider, row.model), row.why) for row in await connection.execute(query)]


async def rungs(connection: AsyncConnection, role: Role) -> list[ModelName]:
    """The role's models in the order to ask them, as it was last worked out."""
    return [ModelName(row.provider, row.model) for row in await connection.execute(_RUNGS, {"asked": role})]


@dataclass(frozen=True, slots=True)
class Tally:
    """A model's calls in one role, and what people decided on the runs that it wrote for."""

    calls: int
    answered: int
    refused: int
    latency_s: float
    cost_microusd: float
    judged: int
    approved: int


async def tallies(connection: AsyncConnection, role: Role, since: datetime) -> Mapping[ModelName, Tally]:
    """How the models did in this role since then."""
    c = llm_calls.c
    mine = (c.role == role, c.at >= since)
    unusable = c.outcome.in_([Outcome.INVALID, Outcome.CUT])
    query = (
        select(
            c.provider,
            c.model,
            func.count().label("calls"),
            func.sum(cast(c.ok, Integer)).label("answered"),
            func.sum(cast(unusable, Integer)).label("refused"),
            func.avg(c.latency_ms).label("latency"),
            func.avg(c.cost_microusd).label("cost"),
        )
        .where(*mine)
        .group_by(c.provider, c.model)
    )
    looked = (reviews.c.looked, reviews.c.undone_at.is_(None), reviews.c.decision.in_(["approve", "reject"]))
    wrote = select(c.run_id, c.provider, c.model).where(*mine, c.ok).distinct().subquery()
    judgements = (
        select(
            wrote.c.provider,
            wrote.c.model,
            func.count().label("judged"),
            func.sum(case((reviews.c.decision == "approve", 1), else_=0)).label("approved"),
        )
        .join(reviews, reviews.c.run_id == wrote.c.run_id)
        .where(*looked)
        .group_by(wrote.c.provider, wrote.c.model)
    )
    judged = {(row.provider, row.model): row for row in await connection.execute(judgements)}
    found = {}
    for row in await connection.execute(query):
        by = judged.get((row.provider, row.model))
        found[ModelName(row.provider, row.model)] = Tally(
            row.calls,
            row.answered,
            row.refused,
            float(row.latency) / 1000,
            float(row.cost),
            by.judged if by else 0,
            by.approved if by else 0,
        )
    return found
