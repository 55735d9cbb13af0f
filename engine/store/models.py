"""Models as rows: what the vendors list, the order in which each role asks, and how each model did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Integer, bindparam, case, cast, delete, func, insert, literal, select, union_all, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.models import ModelName, Outcome, Role, exhausted_incident, fallback_incident
from engine.store import feed
from engine.store.model_tables import llm_models, llm_rungs
from engine.store.tables import llm_calls, reviews

_m = llm_models.c


class ModelState(StrEnum):
    """How a model stands at its vendor's: what came after the first list is asked only once it passed its check."""

    LISTED = "listed"
    """Known from the first list on."""
    PROPOSED = "proposed"
    """New: it waits for its check."""
    PASSED = "passed"
    FAILED = "failed"
    RETIRED = "retired"
    """Listed no more."""
    WITHDRAWN = "withdrawn"
    """Listed no more, and it never passed."""


UNREADY = frozenset({ModelState.PROPOSED, ModelState.FAILED, ModelState.WITHDRAWN})
"""Never ranked, and asked for nothing but its check."""
_UNREADY = [literal(state.value) for state in sorted(UNREADY)]  # compiled once, unlike a list of values


_ORDER = union_all(
    select(llm_rungs.c.provider, llm_rungs.c.model, llm_rungs.c.place, literal("").label("state")).where(
        llm_rungs.c.role == bindparam("asked")
    ),
    select(_m.provider, _m.model, literal(-1), _m.state).where(_m.state.in_(_UNREADY)),
).order_by("place")


@dataclass(frozen=True, slots=True)
class Order:
    """The models of a role in the order to ask them, as it was last worked out, and who is not to be asked at all."""

    ranked: tuple[ModelName, ...]
    unready: Mapping[ModelName, ModelState]


@dataclass(frozen=True, slots=True)
class News:
    """What a new list changed."""

    new: tuple[str, ...]
    retired: tuple[str, ...]


_BACK = {ModelState.RETIRED: ModelState.LISTED, ModelState.WITHDRAWN: ModelState.PROPOSED}
"""What a model that was listed no more is once it is listed again."""
_INSERT = upsert(llm_models)
_SEEN = _INSERT.on_conflict_do_update(
    index_elements=["provider", "model"],
    set_={"last_seen": _INSERT.excluded.last_seen, "state": _INSERT.excluded.state},
)
_GONE = (
    update(llm_models)
    .where(_m.provider == bindparam("of"), _m.model == bindparam("gone"))
    .values(state=case((_m.state.in_(_UNREADY), ModelState.WITHDRAWN), else_=ModelState.RETIRED))
)


async def take_list(
    connection: AsyncConnection, provider: str, models: Sequence[str], at: datetime, *, whole: bool = True
) -> News:
    """Takes a vendor's list over. On the first one nothing is new; what is missing now is retired, never deleted, but
    not where the list is not the `whole` one."""
    query = select(_m.model, _m.state).where(_m.provider == provider, _m.model != "")
    known = {row.model: ModelState(row.state) for row in await connection.execute(query)}
    new = [model for model in models if model not in known]
    first = not known
    rows = []
    for model in models:
        had = known.get(model, ModelState.LISTED if first else ModelState.PROPOSED)
        seen = {"first_seen": at, "last_seen": at}
        rows.append({"provider": provider, "model": model, "state": _BACK.get(had, had), **seen})
    if rows:
        await connection.execute(_SEEN, rows)
    listed = frozenset(models)
    gone = [model for model, state in known.items() if model not in listed and state not in _BACK] if whole else []
    if gone:
        await connection.execute(_GONE, [{"of": provider, "gone": model, "checked_at": at} for model in gone])
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


async def checked(
    connection: AsyncConnection, name: ModelName, ok: bool, detail: str, at: datetime, *, passing: bool = False
) -> None:
    """Keeps what a check of a model found, if it is one that needs it.

    `passing`: the failure says nothing of the model, so that one that passed before stays so; its circuit tells.
    """
    may = [ModelState.PROPOSED, ModelState.FAILED] + ([] if passing else [ModelState.PASSED])
    if ok:
        state = case((_m.state == ModelState.WITHDRAWN, ModelState.RETIRED), else_=ModelState.PASSED)
        may.append(ModelState.WITHDRAWN)
    await connection.execute(
        update(llm_models)
        .where(_m.provider == name.provider, _m.model == name.model, _m.state.in_(may))
        .values(state=state if ok else ModelState.FAILED, detail=detail, checked_at=at)
    )
    await feed.record(connection, "llm", str(name))


async def states(connection: AsyncConnection) -> dict[ModelName, ModelState]:
    """Every model that a vendor lists or listed, those that were seen first before the others."""
    query = select(_m.provider, _m.model, _m.state).where(_m.model != "").order_by(_m.first_seen, _m.provider, _m.model)
    return {ModelName(row.provider, row.model): ModelState(row.state) for row in await connection.execute(query)}


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


async def order(connection: AsyncConnection, role: Role) -> Order:
    """The role's models in the order to ask them, in one statement: it runs with every question."""
    ranked, unready = [], {}
    for row in await connection.execute(_ORDER, {"asked": role}):
        name = ModelName(row.provider, row.model)
        if row.state:
            unready[name] = ModelState(row.state)
        else:
            ranked.append(name)
    return Order(tuple(ranked), unready)


async def heard_of(connection: AsyncConnection, name: ModelName) -> bool:
    """Whether its vendor lists the model, a ladder names it, or somebody asked it."""
    for table in (llm_models, llm_rungs, llm_calls):
        found = select(table.c.model).where(table.c.provider == name.provider, table.c.model == name.model).limit(1)
        if (await connection.execute(found)).first() is not None:
            return True
    return False


async def waited_for(connection: AsyncConnection, freed: Collection[ModelName]) -> list[str]:
    """Incidents of roles that end when these may be asked again: nobody answered, or the first choice did not."""
    found = []
    for row in await connection.execute(select(llm_rungs).order_by(llm_rungs.c.role, llm_rungs.c.place)):
        if ModelName(row.provider, row.model) in freed or ModelName(row.provider, "") in freed:
            found.append(exhausted_incident(row.role))
            if row.place == 0:
                found.append(fallback_incident(row.role))
    return list(dict.fromkeys(found))


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
