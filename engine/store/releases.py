"""Releases as rows: one for each approved revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotFound
from engine.store import feed
from engine.store.tables import releases


@dataclass(frozen=True, slots=True)
class Release:
    """One finished package; `path` is absolute."""

    id: str
    run_id: str
    artist_id: str
    revision_id: str
    title: str
    path: str
    manifest_sha256: str
    facts: Mapping[str, Any]
    created_at: datetime


_ROW = tuple(releases.c[name] for name in Release.__dataclass_fields__)


async def add(connection: AsyncConnection, release: Release) -> None:
    """Records a package after its rename, once for each revision."""
    values = {name: getattr(release, name) for name in Release.__dataclass_fields__}
    statement = upsert(releases).values({**values, "facts": dict(release.facts)})
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["run_id", "revision_id"]))
    await feed.record(connection, "release", release.id)


async def moved(connection: AsyncConnection, release_id: str, path: str, manifest_sha256: str) -> None:
    """The package was made anew: where it lies now, and the hash of its MANIFEST.sha256."""
    values = {"path": path, "manifest_sha256": manifest_sha256}
    await connection.execute(update(releases).where(releases.c.id == release_id).values(**values))
    await feed.record(connection, "release", release_id)


async def get(connection: AsyncConnection, release_id: str) -> Release:
    """The release. Raises NotFound."""
    row = (await connection.execute(select(*_ROW).where(releases.c.id == release_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no release {release_id!r}.", fix="See `noktvrn releases list`.")
    return Release(**row._mapping)


async def of_run(connection: AsyncConnection, run_id: str) -> Release | None:
    """The run's newest release, None for none."""
    query = select(*_ROW).where(releases.c.run_id == run_id).order_by(releases.c.created_at.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Release(**row._mapping)
