"""The audit log: each entry carries the hash of the one before, so that a later change of any row shows."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import Actor
from engine.store.tables import audit

_GENESIS = "0" * 64
_SESSION = "session"
_NEWEST = 500


def _hash(previous: str, at: datetime, actor: Actor, action: str, subject: str, detail: Any) -> str:
    body = [previous, at.isoformat(), actor.kind, actor.name, actor.channel, action, subject, detail]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


async def append(
    connection: AsyncConnection, at: datetime, actor: Actor, action: str, subject: str, detail: dict[str, Any]
) -> None:
    """Adds one entry, in the transaction of what it tells of (the write lock keeps the chain in order)."""
    newest = select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)
    previous = (await connection.execute(newest)).scalar_one_or_none() or _GENESIS
    detail = {**detail, _SESSION: actor.session} if actor.session else detail
    await connection.execute(
        insert(audit).values(
            at=at,
            actor=actor.kind,
            actor_name=actor.name,
            channel=actor.channel,
            action=action,
            subject=subject,
            detail=detail,
            previous_hash=previous,
            hash=_hash(previous, at, actor, action, subject, detail),
        )
    )


async def session_of(connection: AsyncConnection, action: str, subject: str, at: datetime) -> str:
    """From which of a person's consoles something was done; empty where that is not known, or long ago.

    Subjects have no index, so only the newest entries are looked at: who works beside somebody acts now.
    """
    newest = select(func.max(audit.c.id)).scalar_subquery()
    query = select(audit.c.detail).where(
        audit.c.id > newest - _NEWEST, audit.c.subject == subject, audit.c.action == action, audit.c.at == at
    )
    found = (await connection.execute(query)).scalars().first()
    return str(found.get(_SESSION, "")) if found else ""


async def details(connection: AsyncConnection, action: str, subject: str) -> list[dict[str, Any]]:
    """What the entries of one action on one subject say, oldest first."""
    query = select(audit.c.detail).where(audit.c.subject == subject, audit.c.action == action).order_by(audit.c.id)
    return list((await connection.execute(query)).scalars())


async def count(connection: AsyncConnection) -> int:
    """How many entries there are."""
    return int((await connection.execute(select(func.count()).select_from(audit))).scalar_one())


async def first_broken(connection: AsyncConnection) -> int | None:
    """The id of the first entry whose chain does not hold, None when all do."""
    from engine.domain.runs import ActorKind, Channel

    previous = _GENESIS
    for row in await connection.execute(select(audit).order_by(audit.c.id)):
        actor = Actor(ActorKind(row.actor), Channel(row.channel), row.actor_name)
        expected = _hash(previous, row.at, actor, row.action, row.subject, row.detail)
        if row.previous_hash != previous or row.hash != expected:
            return int(row.id)
        previous = row.hash
    return None
