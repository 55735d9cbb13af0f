"""What a delivery went through: one row a step, written with the step, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.delivery import DeliveryState
from engine.domain.runs import Actor, ActorKind, Channel
from engine.store.delivery_tables import delivery_steps


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
            actor=step.actor.kind,
            actor_name=step.actor.name,
            channel=step.actor.channel,
            words=step.words,
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
            Actor(ActorKind(row.actor), Channel(row.channel), row.actor_name),
            row.words,
        )
        for row in await connection.execute(query)
    ]


async def first_at(
    connection: AsyncConnection, delivery_id: str, of_round: int, state: DeliveryState
) -> datetime | None:
    """When the delivery first came to this state in this round; None where it never did."""
    c = delivery_steps.c
    query = select(c.at).where(c.delivery_id == delivery_id, c["round"] == of_round, c.state == state)
    return (await connection.execute(query.order_by(c.id).limit(1))).scalar_one_or_none()
