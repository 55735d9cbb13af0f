"""What every finished track sounds like, for the comparison of a new one with the fleet's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.music_tables import fingerprints
from engine.store.tables import runs

FLEET = 2_000
"""How many of the newest tracks a new one is compared with."""


@dataclass(frozen=True, slots=True)
class Known:
    """One earlier track: its run, the run's title, its fingerprint."""

    run_id: str
    title: str
    data: bytes


async def keep(
    connection: AsyncConnection, run_id: str, version: int, pcm_sha256: str, data: bytes, at: datetime
) -> None:
    """Stores a track's fingerprint; the same version again replaces it."""
    values = {"pcm_sha256": pcm_sha256, "print": data, "made_at": at}
    await connection.execute(
        upsert(fingerprints)
        .values(run_id=run_id, version=version, **values)
        .on_conflict_do_update(index_elements=["run_id", "version"], set_=values)
    )


async def others(connection: AsyncConnection, run_id: str) -> list[Known]:
    """The newest tracks of all other runs."""
    query = (
        select(fingerprints.c.run_id, runs.c.title, fingerprints.c.print)
        .join(runs, runs.c.id == fingerprints.c.run_id)
        .where(fingerprints.c.run_id != run_id)
        .order_by(fingerprints.c.made_at.desc())
        .limit(FLEET)
    )
    return [Known(row[0], row[1], row[2]) for row in await connection.execute(query)]
