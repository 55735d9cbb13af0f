"""Read models of edits and of what differs between revisions."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.edit_models import EditRow, RevisionDifference, RevisionText
from engine.domain.codec import load
from engine.domain.difference import difference
from engine.domain.edits import written
from engine.domain.errors import NotAllowed
from engine.domain.song import Lyrics
from engine.store import edits, reviews, runs
from engine.store.tables import revisions


def row(edit: edits.Edit) -> EditRow:
    """An edit as faces see it."""
    who = edit.actor
    return EditRow(edit.version, tuple(map(str, edit.changed)), who.kind, who.name, who.channel, edit.at)


async def compare(connection: AsyncConnection, run_id: str) -> RevisionDifference:
    """The two newest revisions of a run. Raises NotFound, NotAllowed where there is only one."""
    run = await runs.get(connection, run_id)
    query = select(revisions).where(revisions.c.run_id == run_id).order_by(revisions.c.number.desc()).limit(2)
    found = [reviews.Revision(**each._mapping) for each in await connection.execute(query)]
    pending = await pending_edit(connection, run, found[0]) if found else None
    if len(found) + (pending is not None) < 2:
        raise NotAllowed(f"Run {run_id} has one revision so far: there is nothing to compare.")
    if pending is not None:
        before, after = _text(found[0]), _edited(found[0], pending)
    else:
        before, after = _text(found[1]), _text(found[0])
    made_by = pending or await _between(connection, run_id, found[1].id)
    return RevisionDifference(
        run_id=run_id,
        state=run.state,
        before=before,
        after=after,
        edit=row(made_by) if made_by else None,
        title=tuple(difference(before.title, after.title)),
        lyrics=tuple(difference(before.lyrics, after.lyrics)),
        files={} if pending else _files(found[1], found[0]),
    )


async def pending_edit(connection: AsyncConnection, run: runs.Run, newest: reviews.Revision) -> edits.Edit | None:
    """The edit whose revision is not there yet: it is being made, or that failed or was cancelled."""
    return await edits.of_version(connection, run.id, run.version) if newest.voided_at else None


async def _between(connection: AsyncConnection, run_id: str, revision_id: str) -> edits.Edit | None:
    """The edit that was made of this revision."""
    return next((edit for edit in await edits.of_run(connection, run_id) if edit.revision_id == revision_id), None)


def _text(revision: reviews.Revision) -> RevisionText:
    content = revision.content
    words = written(load(content["lyrics"], Lyrics))
    return RevisionText(revision.number, revision.hash, content["title"], words, revision.created_at)


def _edited(revision: reviews.Revision, edit: edits.Edit) -> RevisionText:
    shown = _text(revision)
    title = edit.title[1] if edit.title else shown.title
    return RevisionText(None, None, title, written(edit.lyrics[1]) if edit.lyrics else shown.lyrics, edit.at)


def _files(before: reviews.Revision, after: reviews.Revision) -> dict[str, bool]:
    old, new = before.content["artefacts"], after.content["artefacts"]
    return {kind: old.get(kind, {}).get("sha256") != file["sha256"] for kind, file in new.items()}
