"""Read models of the language models: who is on a ladder, how each did, who rests and why, who answered instead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.outside_models import ChainRow, ModelRow, TriedRow
from engine.domain.models import OFFLINE, UNREADY_INCIDENTS, Circuit, Health, HealthState, ModelName, circuit
from engine.domain.money import midnight
from engine.store import chains, health, journal
from engine.store.model_tables import llm_chains, llm_models, llm_rungs
from engine.store.models import ModelState
from engine.store.tables import llm_calls

_DAY = timedelta(hours=24)
_LAST = 1_000
_CHAINS = 200
_NEW = timedelta(days=30)
HALF_OPEN = "half-open"
_GONE = " - name another on the ladder, or have its vendor open it to this key; then `noktvrn llm reset {name}`"
NOT_RANKED = "not ranked"
UNCHECKED = "unchecked"
CHECK_FAILED = "check failed"


@dataclass(frozen=True, slots=True)
class _Place:
    role: str
    place: int
    why: str


async def models(connection: AsyncConnection, now: datetime, enabled: Collection[str]) -> list[ModelRow]:
    """Every model that is on a ladder, was called in the last 24 hours, rests, or is new at its vendor's; best places
    first, then the built-in writer, what a ladder names in vain, what was asked, and what is new. Only what the
    `enabled` vendors have is new: no other can be asked.
    """
    calls = await _calls(connection, now)
    places = await _places(connection)
    known = await health.all_of(connection)
    instead, news = await _fallbacks(connection, now), await _news(connection, places, now, enabled)
    names = {*calls, *places, *news, *(name for name in known if name.model)}
    today = midnight(now)
    rows = []
    for name in names:
        row = _row(name, calls.get(name, []), places.get(name, []), known, now, today)
        row = replace(row, last_fallback=instead.get(name, ""))
        if name in news and (name not in places or not row.reason):
            row = replace(row, state=news[name].state, reason=news[name].reason)
        elif row.state == HealthState.READY and name not in places and name.provider != OFFLINE:
            row = replace(row, state=NOT_RANKED)
        rows.append(row)

    def order(row: ModelRow) -> tuple[int, int, str, str]:
        name = ModelName(row.provider, row.model)
        group = 0 if row.provider == OFFLINE else 2 if name not in news else 1 if news[name].named else 3
        best = min((place.place for place in places.get(name, [])), default=_LAST)
        return best, group, row.provider, row.model

    return sorted(rows, key=order)


@dataclass(frozen=True, slots=True)
class _News:
    """What its vendor's list says of a model. `named`: a ladder names it."""

    state: str
    reason: str
    named: bool


async def _news(
    connection: AsyncConnection, places: Iterable[ModelName], now: datetime, enabled: Collection[str]
) -> dict[ModelName, _News]:
    """The models that are new at their vendor's and on no ladder, those on one and listed no more, and those that a
    ladder names but that are not asked."""
    c, on_ladder = llm_models.c, set(places)
    incidents = await journal.open_incidents(connection, UNREADY_INCIDENTS)
    in_vain = {incident.removeprefix(UNREADY_INCIDENTS) for incident in incidents}
    found: dict[ModelName, _News] = {}
    query = select(llm_models).where(c.model != "", c.state != ModelState.LISTED)
    for row in await connection.execute(query):
        name, named = ModelName(row.provider, row.model), f"{row.provider}:{row.model}" in in_vain
        if row.state == ModelState.RETIRED:
            if name in on_ladder:
                reason = "its vendor lists it no more; it is asked for as long as it answers"
                found[name] = _News("retired", reason, named=True)
            continue
        recent = row.state in _NEW_STATES and name.provider in enabled and row.first_seen >= now - _NEW
        if (named or recent) and name not in on_ladder:
            found[name] = _News(*_new(row), named)
    return found


_NEW_STATES = {
    ModelState.PROPOSED: UNCHECKED,
    ModelState.PASSED: "new",
    ModelState.FAILED: CHECK_FAILED,
}


def _new(row: Row[Any]) -> tuple[str, str]:
    """State and reason of a model that came after the first list."""
    if row.state == ModelState.WITHDRAWN:
        return "retired", "its vendor lists it no more, and it has not passed its health check: it is not asked"
    ask = f"`noktvrn llm ping {row.provider}:{row.model}`"
    said = {
        ModelState.PROPOSED: f"it waits for its health check, made at one of the next lists or by {ask}",
        ModelState.PASSED: f"{row.detail}; it is asked once a ladder names it",
        ModelState.FAILED: f"{row.detail.rstrip('.')}; {ask} checks it again",
    }
    return _NEW_STATES[row.state], f"{said[row.state]} (listed since {row.first_seen:%Y-%m-%d})"


@dataclass(frozen=True, slots=True)
class LastCall:
    """The newest call to a provider; `error` is empty where it was answered."""

    model: str
    role: str
    at: datetime
    outcome: str
    error: str


async def last_calls(connection: AsyncConnection) -> dict[str, LastCall]:
    """The newest call to each provider that was ever asked."""
    c = llm_calls.c
    newest = select(c.provider, func.max(c.at).label("at")).group_by(c.provider).subquery()
    query = select(llm_calls).join(newest, (c.provider == newest.c.provider) & (c.at == newest.c.at))
    return {
        row.provider: LastCall(row.model, row.role, row.at, row.outcome, row.error)
        for row in await connection.execute(query.order_by(c.id))
    }


async def chain_rows(
    connection: AsyncConnection, limit: int | None, run_id: str | None = None, model: str | None = None
) -> list[ChainRow]:
    """The newest questions, those of a run or those that came to a model (`provider:model`), each with everybody it
    came to; the newest first."""
    return [_chain(row) for row in await chains.newest(connection, limit, run_id, model)]


def _chain(row: Row[Any]) -> ChainRow:
    return ChainRow(
        at=row.at,
        role=row.role,
        run_id=row.run_id,
        artist_id=row.artist_id,
        prompt_version=row.prompt_version,
        answered=f"{row.provider}:{row.model}" if row.ok else "",
        why=row.why,
        latency_ms=row.latency_ms,
        cost_microusd=row.cost_microusd,
        attempts=tuple(TriedRow(**attempt) for attempt in row.attempts),
    )


async def last_fallback(connection: AsyncConnection, now: datetime) -> ChainRow | None:
    """The newest question of the last 24 hours that was not answered by the first choice."""
    c = llm_chains.c
    query = select(llm_chains).where(c.at >= now - _DAY, c.fell_back).order_by(c.at.desc(), c.id).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _chain(row)


async def _fallbacks(connection: AsyncConnection, now: datetime) -> dict[ModelName, str]:
    """For each model the newest question that another answered in its place: when, for what, who, why."""
    c = llm_chains.c
    query = select(llm_chains).where(c.at >= now - _DAY, c.fell_back).order_by(c.at.desc(), c.id).limit(_CHAINS)
    found: dict[ModelName, str] = {}
    for row in await connection.execute(query):
        answered = f"{row.provider}:{row.model}"
        who = f"{answered} answered" if row.ok else "nobody answered"
        for attempt in row.attempts:
            if attempt["model"] != answered:
                said = f"{row.at:%Y-%m-%d %H:%M} UTC, {row.role}: {attempt['cause'] or attempt['outcome']}; {who}"
                found.setdefault(ModelName.parse(attempt["model"]), said)
    return found


async def _calls(connection: AsyncConnection, now: datetime) -> dict[ModelName, list[Row[Any]]]:
    c = llm_calls.c
    query = (
        select(c.provider, c.model, c.role, c.ok, c.outcome, c.error, c.latency_ms, c.cost_microusd, c.at)
        .where(c.at >= now - _DAY)
        .order_by(c.at)
    )
    found: dict[ModelName, list[Row[Any]]] = {}
    rows: Iterable[Row[Any]] = await connection.execute(query)
    for row in rows:
        found.setdefault(ModelName(row.provider, row.model), []).append(row)
    return found


async def _places(connection: AsyncConnection) -> dict[ModelName, list[_Place]]:
    found: dict[ModelName, list[_Place]] = {}
    for row in await connection.execute(select(llm_rungs).order_by(llm_rungs.c.role)):
        found.setdefault(ModelName(row.provider, row.model), []).append(_Place(row.role, row.place, row.why))
    return found


def _row(
    name: ModelName,
    calls: Sequence[Row[Any]],
    places: Sequence[_Place],
    known: Mapping[ModelName, Health],
    now: datetime,
    today: datetime,
) -> ModelRow:
    latencies = sorted(call.latency_ms for call in calls)
    failures = [call for call in calls if not call.ok]
    state, reason, until = _state(name, calls, known, now)
    return ModelRow(
        provider=name.provider,
        model=name.model,
        state=state,
        calls=len(calls),
        failures=len(failures),
        p50_ms=_quantile(latencies, 0.5),
        p95_ms=_quantile(latencies, 0.95),
        cost_microusd=sum(call.cost_microusd for call in calls if call.at >= today),
        last_role=calls[-1].role if calls else "",
        last_at=calls[-1].at if calls else None,
        last_error=failures[-1].error if failures else "",
        reason=reason,
        until=until,
        roles=tuple(f"{place.role} {place.place + 1}" for place in places),
        why=tuple(f"{place.role} {place.place + 1}: {place.why}" for place in places),
    )


def _state(
    name: ModelName, calls: Sequence[Row[Any]], known: Mapping[ModelName, Health], now: datetime
) -> tuple[str, str, datetime | None]:
    """The circuit of the provider counts before the model's own."""
    for which in (ModelName(name.provider, ""), name):
        if (found := known.get(which)) is not None and found.state is not HealthState.READY:
            if circuit(found, now) is Circuit.HALF_OPEN:
                return HALF_OPEN, found.reason, None  # its rest is over
            advice = _GONE.format(name=name) if found.state is HealthState.GONE else ""
            return found.state, found.reason + advice, found.until
    return ("failing" if calls and not calls[-1].ok else "ready"), "", None


def _quantile(ascending: Sequence[int], share: float) -> int:
    """The nearest of the values; 0 for none."""
    return ascending[min(len(ascending) - 1, round(share * (len(ascending) - 1)))] if ascending else 0
