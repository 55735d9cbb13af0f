"""What people said of a run's words: that they need the explicit mark, or that they do not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import Actor
from engine.store import actors
from engine.store.release_tables import advisories


async def of_run(connection: AsyncConnection, run_id: str) -> bool | None:
    """Whether a person called the words explicit; None where nobody said anything."""
    query = select(advisories.c.explicit).where(advisories.c.run_id == run_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def put(connection: AsyncConnection, run_id: str, explicit: bool, actor: Actor, at: datetime) -> None:
    """Keeps a person's word in place of an earlier one."""
    values = {"explicit": explicit, "at": at, **actors.columns(actor)}
    statement = upsert(advisories).values(run_id=run_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["run_id"], set_=values))
