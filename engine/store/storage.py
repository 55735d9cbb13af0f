"""What a label's files take, and the media of runs that came to nothing, which are deleted after a while."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import RunState
from engine.home import Home
from engine.store.kept_files import path_of
from engine.store.storage_tables import storage
from engine.store.tables import artefacts, runs

_CAME_TO_NOTHING = (RunState.REJECTED, RunState.EXPIRED)
_FRESH_S = 3600.0
"""A file this young may just have been made again with the same content, and its row be on the way."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Space on the disk. Size in bytes."""

    size: int = 0
    files: int = 0


def measure(home: Home) -> dict[str, Taken]:
    """What the home's files take, by kind; reads no file's content. Symbolic links are not followed."""
    known = {home.artefacts: "artefacts", home.releases: "releases", home.backups: "backups", home.logs: "logs"}
    found = {name: _below(folder, ()) for folder, name in known.items()}
    found["other"] = _below(home.data, known)
    return found


def _below(folder: Path, apart: Iterable[Path]) -> Taken:
    size = files = 0
    left_out, waiting = {str(path) for path in apart}, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting += [entry.path] if entry.path not in left_out else []
                    elif entry.is_file(follow_symlinks=False):
                        size, files = size + entry.stat(follow_symlinks=False).st_size, files + 1
        except (FileNotFoundError, NotADirectoryError):
            continue  # it went while we looked
    return Taken(size, files)


async def record(connection: AsyncConnection, found: Mapping[str, Taken], at: datetime) -> None:
    """Keeps a measurement in place of the one before."""
    await connection.execute(delete(storage))
    rows = [{"name": name, "size": it.size, "files": it.files, "measured_at": at} for name, it in found.items()]
    await connection.execute(insert(storage), rows)


async def rows(connection: AsyncConnection) -> list[Row[tuple[str, int, int, datetime]]]:
    """The newest measurement, largest first; empty before the first."""
    return list(await connection.execute(select(storage).order_by(storage.c.size.desc(), storage.c.name)))


async def prune(
    connection: AsyncConnection, home: Home, before: datetime, at: datetime, limit: int = 50
) -> list[Taken]:
    """Deletes media of runs that were rejected or expired before that moment; one entry for each file that went. What
    a chat was sent of them goes with them.

    A file is left where another run shows the same content, or where it was written in the last hour. Files go first
    and the transaction ends after them: where we die between, the next call marks the rows.
    """
    gone = []
    for row in await connection.execute(_prunable(before, limit)):
        path = path_of(home.artefacts, row.sha256, row.suffix)
        shared = await _shown_elsewhere(connection, row.sha256, before)
        if not shared and _fresh(path):
            continue
        await connection.execute(update(artefacts).where(artefacts.c.id == row.id).values(pruned_at=at))
        if not shared:
            for copy in home.telegram.glob(f"{row.sha256}*"):
                copy.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            gone.append(Taken(row.size, 1))
    return gone


def _prunable(before: datetime, limit: int) -> Select[tuple[str, str, str, int]]:
    return (
        select(artefacts.c.id, artefacts.c.sha256, artefacts.c.suffix, artefacts.c.size)
        .join(runs, runs.c.id == artefacts.c.run_id)
        .where(runs.c.state.in_(_CAME_TO_NOTHING), runs.c.updated_at < before, artefacts.c.pruned_at.is_(None))
        .limit(limit)
    )


async def _shown_elsewhere(connection: AsyncConnection, digest: str, before: datetime) -> bool:
    """Whether a run that lives, or ended later, has a file of this content."""
    lives = runs.c.state.not_in(_CAME_TO_NOTHING) | (runs.c.updated_at >= before)
    query = (
        select(artefacts.c.id)
        .join(runs, runs.c.id == artefacts.c.run_id)
        .where(artefacts.c.sha256 == digest, artefacts.c.pruned_at.is_(None), lives)
    )
    return (await connection.execute(query.limit(1))).first() is not None


def _fresh(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < _FRESH_S
    except FileNotFoundError:
        return False
