"""What a delivery went through: one row a step, written with the step, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.delivery import DeliveryState, Turn
from engine.domain.runs import Actor
from engine.store import actors
from engine.store.delivery_tables import deliveries, delivery_steps

_BEGINS = (DeliveryState.QUEUED, DeliveryState.WITHDRAWING)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `words` say why, or what the target said; no secret is in them."""

    round: int
    attempt: int
    state: DeliveryState
    at: datetime
    actor: Actor
    words: str


async def keep(connection: AsyncConnection, delivery_id: str, step: Step) -> None:
    """Adds a step."""
    await connection.execute(
        insert(delivery_steps).values(
            delivery_id=delivery_id,
            round=step.round,
            attempt=step.attempt,
            state=step.state,
            at=step.at,
            words=step.words,
            **actors.columns(step.actor),
        )
    )


async def steps_of(connection: AsyncConnection, delivery_id: str, limit: int = 100) -> list[Step]:
    """The newest steps, newest first."""
    query = (
        select(delivery_steps)
        .where(delivery_steps.c.delivery_id == delivery_id)
        .order_by(delivery_steps.c.id.desc())
        .limit(limit)
    )
    return [
        Step(
            row._mapping["round"],
            row.attempt,
            DeliveryState(row.state),
            row.at,
            actors.of(row),
            row.words,
        )
        for row in await connection.execute(query)
    ]


async def turn(connection: AsyncConnection, delivery_id: str, of_round: int, state: DeliveryState) -> Turn | None:
    """The turn at which the delivery first came to this state in this round; None where it never did. It is counted
    over the steps that begin something at the target, which are never changed."""
    c = delivery_steps.c
    query = select(c.id, c.at).where(c.delivery_id == delivery_id, c["round"] == of_round, c.state == state)
    first = (await connection.execute(query.order_by(c.id).limit(1))).one_or_none()
    if first is None:
        return None
    second = first.at.replace(microsecond=0)
    target = select(deliveries.c.target).where(deliveries.c.id == delivery_id).scalar_subquery()
    before = (
        select(func.count())
        .select_from(delivery_steps.join(deliveries, c.delivery_id == deliveries.c.id))
        .where(deliveries.c.target == target, c.state.in_(_BEGINS), c.id < first.id)
        .where(c.at >= second, c.at < second + timedelta(seconds=1))
    )
    return Turn(first.at, (await connection.execute(before)).scalar_one())
