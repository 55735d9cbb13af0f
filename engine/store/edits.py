"""What people changed in songs that awaited review: before and after, who, when and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain import naming
from engine.domain.clock import local
from engine.domain.codec import dump, load
from engine.domain.edits import Editable
from engine.domain.runs import Actor
from engine.domain.song import Lyrics
from engine.store import actors, feed
from engine.store.version_tables import edits


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit. `version` is the one that it makes; title and lyrics are (before, after), None where left alone."""

    id: str
    run_id: str
    revision_id: str
    version: int
    title: tuple[str, str] | None
    lyrics: tuple[Lyrics, Lyrics] | None
    actor: Actor
    at: datetime

    @property
    def changed(self) -> tuple[Editable, ...]:
        """What was changed."""
        both = {Editable.TITLE: self.title, Editable.LYRICS: self.lyrics}
        return tuple(name for name, change in both.items() if change is not None)

    @property
    def summary(self) -> str:
        """What was changed, and by whom, when and where."""
        return f"{' and '.join(self.changed)} edited by {naming.of(self.actor)} at {local(self.at)}"


async def add(connection: AsyncConnection, edit: Edit) -> None:
    """Stores one edit."""
    title_before, title_after = edit.title or (None, None)
    lyrics_before, lyrics_after = map(dump, edit.lyrics) if edit.lyrics else (None, None)
    await connection.execute(
        insert(edits).values(
            id=edit.id,
            run_id=edit.run_id,
            revision_id=edit.revision_id,
            version=edit.version,
            title_before=title_before,
            title_after=title_after,
            lyrics_before=lyrics_before,
            lyrics_after=lyrics_after,
            at=edit.at,
            **actors.columns(edit.actor),
        )
    )
    await feed.record(connection, "review", edit.run_id)


async def of_run(connection: AsyncConnection, run_id: str) -> list[Edit]:
    """The run's edits, newest first."""
    query = select(edits).where(edits.c.run_id == run_id).order_by(edits.c.version.desc())
    return [_edit(row) for row in await connection.execute(query)]


async def of_version(connection: AsyncConnection, run_id: str, version: int) -> Edit | None:
    """The edit that made this version, None where no edit did."""
    query = select(edits).where(edits.c.run_id == run_id, edits.c.version == version)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _edit(row)


async def of_runs(connection: AsyncConnection, run_ids: Iterable[str]) -> dict[str, list[Edit]]:
    """The edits of each of these runs that has some, oldest first."""
    query = select(edits).where(edits.c.run_id.in_(list(run_ids))).order_by(edits.c.run_id, edits.c.version)
    found: dict[str, list[Edit]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.run_id, []).append(_edit(row))
    return found


def _edit(row: Row[Any]) -> Edit:
    has_lyrics = row.lyrics_after is not None
    return Edit(
        id=row.id,
        run_id=row.run_id,
        revision_id=row.revision_id,
        version=row.version,
        title=(row.title_before, row.title_after) if row.title_after is not None else None,
        lyrics=(load(row.lyrics_before, Lyrics), load(row.lyrics_after, Lyrics)) if has_lyrics else None,
        actor=actors.of(row),
        at=row.at,
    )
