"""Who did something, as the three columns that rows keep of it."""

from __future__ import annotations

from typing import Any

from engine.domain.runs import Actor, ActorKind, Channel


def columns(actor: Actor) -> dict[str, str]:
    """The values of `actor`, `actor_name` and `channel`."""
    return {"actor": actor.kind, "actor_name": actor.name, "channel": actor.channel}


def of(row: Any) -> Actor:
    """The actor of a row that has these columns."""
    return Actor(ActorKind(row.actor), Channel(row.channel), row.actor_name)
