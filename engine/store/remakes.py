"""Versions that a person asked for by naming a stage: from there on the run is made again, what came before is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain import naming
from engine.domain.clock import local
from engine.domain.runs import Actor, RunState, Stage
from engine.store import actors
from engine.store.version_tables import remakes


@dataclass(frozen=True, slots=True)
class Remake:
    """One of them. `version` is the one that it makes, `before` the state that the run was in."""

    id: str
    run_id: str
    version: int
    stage: Stage
    before: RunState
    actor: Actor
    at: datetime

    @property
    def summary(self) -> str:
        """What was asked for, and by whom, when and where."""
        return f"made again from {self.stage}, asked for by {naming.of(self.actor)} at {local(self.at)}"


async def add(connection: AsyncConnection, remake: Remake) -> None:
    """Stores one."""
    await connection.execute(
        insert(remakes).values(
            id=remake.id,
            run_id=remake.run_id,
            version=remake.version,
            stage=remake.stage,
            before=remake.before,
            at=remake.at,
            **actors.columns(remake.actor),
        )
    )


async def of_version(connection: AsyncConnection, run_id: str, version: int) -> Remake | None:
    """The one that made this version, None where none did."""
    query = select(remakes).where(remakes.c.run_id == run_id, remakes.c.version == version)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _remake(row)


async def of_run(connection: AsyncConnection, run_id: str) -> dict[int, Remake]:
    """All of a run, by version."""
    query = select(remakes).where(remakes.c.run_id == run_id).order_by(remakes.c.version)
    return {row.version: _remake(row) for row in await connection.execute(query)}


def _remake(row: Row[Any]) -> Remake:
    return Remake(
        id=row.id,
        run_id=row.run_id,
        version=row.version,
        stage=Stage(row.stage),
        before=RunState(row.before),
        actor=actors.of(row),
        at=row.at,
    )
