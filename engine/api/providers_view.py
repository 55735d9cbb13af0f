"""Read models of the providers of music, stock video and trends: how each is, why, and how it did over the last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.outside_models import ProviderRow
from engine.domain.money import midnight
from engine.domain.providers import Provider, ProviderState
from engine.domain.purchase import PurchaseState
from engine.store import outside, purchases
from engine.store.music_tables import purchases as orders
from engine.store.outside_tables import source_calls
from engine.store.spend import COUNTED
from engine.store.tables import provider_health, spend

_DAY = timedelta(hours=24)
_FAILED = (PurchaseState.FAILED, PurchaseState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Call:
    """One question or order: how it ended, after how many milliseconds; None where it is still under way."""

    at: datetime
    ok: bool | None
    cause: str
    latency_ms: int


async def providers(connection: AsyncConnection, known: Sequence[Provider], now: datetime) -> list[ProviderRow]:
    """Every provider in the order of `known`, those that are off last."""
    calls = {**await _orders(connection, now), **await _calls(connection, now)}
    health = await _health(connection)
    cost = await _cost(connection, now)
    rows = [_row(each, calls.get(each.name, []), health.get(each.name), cost.get(each.name, 0), now) for each in known]
    return sorted(rows, key=lambda row: row.state is ProviderState.OFF)


async def at_rest(connection: AsyncConnection, now: datetime) -> list[tuple[str, str, datetime | None]]:
    """(provider, why, until when) of everybody who is left alone now; None: until a person does something."""
    rows = (await _health(connection)).values()
    return [(row.provider, row.reason, row.until) for row in rows if _rests(row, now)]


def _rests(row: Row[Any], now: datetime) -> bool:
    if row.state == purchases.REFUSED and row.until is None:
        return True
    return row.state in (purchases.REFUSED, outside.RESTING) and row.until is not None and bool(row.until > now)


def _row(provider: Provider, calls: Sequence[_Call], health: Row[Any] | None, cost: int, now: datetime) -> ProviderRow:
    failures = [call for call in calls if call.ok is False]
    state, reason, until = _state(provider, calls, health, now)
    answered = [call.latency_ms for call in calls if call.ok]
    return ProviderRow(
        provider=provider.name,
        kind=provider.kind,
        state=state,
        reason=reason,
        until=until,
        calls=len(calls),
        failures=len(failures),
        usual_ms=median_low(answered) if answered else 0,
        cost_microusd=cost,
        last_at=calls[-1].at if calls else None,
        last_error=failures[-1].cause if failures else "",
        told=provider.told,
        warnings=tuple(f"{what}. {fix}" for what, fix in provider.warnings),
    )


def _state(
    provider: Provider, calls: Sequence[_Call], health: Row[Any] | None, now: datetime
) -> tuple[ProviderState, str, datetime | None]:
    """What the settings say counts first: who is never asked does not rest."""
    if provider.lacks:
        return ProviderState.OFF, provider.lacks, None
    if health is not None and _rests(health, now):
        state = ProviderState.REFUSED if health.state == purchases.REFUSED else ProviderState.RESTING
        return state, health.reason, health.until
    failing = bool(calls) and calls[-1].ok is False
    return (ProviderState.FAILING, calls[-1].cause, None) if failing else (ProviderState.READY, "", None)


async def _health(connection: AsyncConnection) -> dict[str, Row[Any]]:
    """The newest word on each; no music provider has the name of a source."""
    ours = provider_health.c.model.in_([purchases.HEALTH, outside.HEALTH])
    query = select(provider_health).where(ours).order_by(provider_health.c.provider)
    return {row.provider: row for row in await connection.execute(query)}


async def _orders(connection: AsyncConnection, now: datetime) -> Mapping[str, list[_Call]]:
    """Orders of music since a day ago, oldest first."""
    c = orders.c
    query = (
        select(c.provider, c.state, c.trouble, c.detail, c.created_at, c.changed_at)
        .where(c.created_at >= now - _DAY)
        .order_by(c.created_at, c.number)
    )
    found: dict[str, list[_Call]] = {}
    for row in await connection.execute(query):
        state = PurchaseState(row.state)
        ok = True if state is PurchaseState.DOWNLOADED else False if state in _FAILED else None
        took = round((row.changed_at - row.created_at) / timedelta(milliseconds=1))
        cause = row.detail or row.trouble or str(state)
        found.setdefault(row.provider, []).append(_Call(row.created_at, ok, cause, took))
    return found


async def _calls(connection: AsyncConnection, now: datetime) -> Mapping[str, list[_Call]]:
    """Questions to sources since a day ago, oldest first."""
    query = select(source_calls).where(source_calls.c.at >= now - _DAY).order_by(source_calls.c.at, source_calls.c.id)
    found: dict[str, list[_Call]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.source, []).append(_Call(row.at, row.ok, row.cause, row.latency_ms))
    return found


async def _cost(connection: AsyncConnection, now: datetime) -> dict[str, int]:
    """What each has cost or holds reserved on this UTC day, in micro-dollars."""
    query = select(spend.c.provider, func.sum(COUNTED).label("cost")).where(spend.c.at >= midnight(now))
    return {row.provider: int(row.cost) for row in await connection.execute(query.group_by(spend.c.provider))}
