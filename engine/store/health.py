"""The circuits of the models as rows: a cooldown outlives the process, and every process sees the same one.

Music providers and sources of stock video and trends keep their health in the same table, under names in the column
`model` and with words for the state that no model has (`engine.store.purchases`, `engine.store.outside`); nothing here
reads or ends those.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.models import Health, HealthState, ModelName
from engine.store import feed
from engine.store.tables import provider_health

_t = provider_health.c


async def all_of(connection: AsyncConnection) -> dict[ModelName, Health]:
    """Every model that is not simply ready; an empty model stands for its whole provider."""
    return {health.name: health for health in map(_health, await connection.execute(_ALL))}


_OURS = _t.state.in_([literal(state.value) for state in HealthState])  # compiled once, unlike a list of values
_ALL = select(provider_health).where(_OURS, or_(_t.state != HealthState.READY, _t.failures > 0))


async def put(connection: AsyncConnection, health: Health, at: datetime) -> None:
    """Stores how a model is; one that is ready and failed nothing needs no row."""
    if health == Health(health.name):
        await connection.execute(delete(provider_health).where(*_is(health.name)))
    else:
        values = {
            "state": health.state,
            "reason": health.reason,
            "until": health.until,
            "failures": health.failures,
            "checked_at": at,
        }
        await connection.execute(
            upsert(provider_health)
            .values(provider=health.name.provider, model=health.name.model, **values)
            .on_conflict_do_update(index_elements=["provider", "model"], set_=values)
        )
    await feed.record(connection, "llm", str(health.name))


async def claim(connection: AsyncConnection, name: ModelName, at: datetime, seconds: float) -> bool:
    """Takes the one question of a half-open circuit, for so long at most; False where somebody was faster."""
    statement = (
        update(provider_health)
        .where(*_is(name), _t.until <= at)
        .values(state=HealthState.PROBING, until=at + timedelta(seconds=seconds), checked_at=at)
    )
    return bool((await connection.execute(statement)).rowcount)


async def reset(connection: AsyncConnection, provider: str, model: str | None = None) -> list[ModelName]:
    """Forgets what is known against a model, or against a provider and all its models; returns whom that freed."""
    condition = [_t.provider == provider, _OURS]
    if model is not None:
        condition.append(or_(_t.model == model, _t.model == ""))
    statement = delete(provider_health).where(*condition).returning(_t.provider, _t.model)
    freed = [ModelName(row.provider, row.model) for row in await connection.execute(statement)]
    for name in freed:
        await feed.record(connection, "llm", str(name))
    return freed


async def forget_refused_keys(connection: AsyncConnection) -> None:
    """At a new start every key is tried once more: it may be another one."""
    await connection.execute(delete(provider_health).where(_t.state == HealthState.KEY_REFUSED))


def _is(name: ModelName) -> tuple[Any, Any]:
    return _t.provider == name.provider, _t.model == name.model


def _health(row: Row[Any]) -> Health:
    return Health(ModelName(row.provider, row.model), HealthState(row.state), row.reason, row.until, row.failures)
