"""Releases as rows: one for each approved revision of a track, and one for each package of an album."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotFound
from engine.store import feed
from engine.store.tables import releases


@dataclass(frozen=True, slots=True)
class Release:
    """One finished package; `path` is absolute. A track's has a run and a revision, an album's neither of them."""

    id: str
    run_id: str
    artist_id: str
    revision_id: str
    title: str
    path: str
    manifest_sha256: str
    facts: Mapping[str, Any]
    created_at: datetime
    album_id: str = ""


_MAY_BE_EMPTY = ("run_id", "revision_id", "album_id")
_ROW = tuple(releases.c[name] for name in Release.__dataclass_fields__)


async def add(connection: AsyncConnection, release: Release) -> None:
    """Records a package after its rename, once for each revision."""
    values = {name: getattr(release, name) for name in Release.__dataclass_fields__}
    empty = {name: None for name in _MAY_BE_EMPTY if not values[name]}
    statement = upsert(releases).values({**values, **empty, "facts": dict(release.facts)})
    key = ["id"] if release.album_id else ["run_id", "revision_id"]
    await connection.execute(statement.on_conflict_do_nothing(index_elements=key))
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
    return _release(row)


async def of_run(connection: AsyncConnection, run_id: str) -> Release | None:
    """The run's newest release, None for none."""
    return await _newest(connection, releases.c.run_id == run_id)


async def of_album(connection: AsyncConnection, album_id: str) -> Release | None:
    """The newest package of an album, None for none."""
    return await _newest(connection, releases.c.album_id == album_id)


async def newest_like(connection: AsyncConnection, release: Release) -> Release:
    """The newest release of the same run or album, which may be this one."""
    found = await (of_album(connection, release.album_id) if release.album_id else of_run(connection, release.run_id))
    return found or release


async def older_than(connection: AsyncConnection, release: Release) -> list[str]:
    """The earlier releases of the same run or album."""
    same = releases.c.album_id == release.album_id if release.album_id else releases.c.run_id == release.run_id
    query = select(releases.c.id).where(same, releases.c.id != release.id, releases.c.created_at <= release.created_at)
    return list((await connection.execute(query.order_by(releases.c.created_at, releases.c.id))).scalars())


def superseded() -> ColumnElement[bool]:
    """Whether the run or the album of a release has a newer one; for a query of releases."""
    later = releases.alias("later")
    same = or_(later.c.run_id == releases.c.run_id, later.c.album_id == releases.c.album_id)
    return select(later.c.id).where(same, later.c.created_at > releases.c.created_at).exists()


async def _newest(connection: AsyncConnection, which: ColumnElement[bool]) -> Release | None:
    query = select(*_ROW).where(which).order_by(releases.c.created_at.desc(), releases.c.id.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _release(row)


def _release(row: Row[Any]) -> Release:
    values: dict[str, Any] = {name: "" if value is None else value for name, value in row._mapping.items()}
    return Release(**values)
