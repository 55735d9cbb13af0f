"""The review sheet: everything a reviewer judges by, from one revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import edits_view, outside_view, runs_view, variants
from engine.api.models import ReviewRow, ReviewSheet, Storyboard
from engine.domain.codec import load
from engine.domain.errors import NotAllowed
from engine.domain.gate import Check
from engine.domain.learning import Reflection
from engine.domain.media import TrackFacts
from engine.domain.runs import RunState, Stage
from engine.domain.song import Concept, Lyrics, Timeline
from engine.store import artists, audit, edits, kept, remakes, reviews, runs
from engine.store.kept_files import path_of
from engine.store.tables import llm_calls, revisions
from engine.store.tables import runs as runs_table


async def sheet(
    connection: AsyncConnection, run_id: str, now: datetime, artefact_folder: Path, *, window_s: float
) -> ReviewSheet:
    """The newest revision of a run, also while the next is made. Raises NotFound, NotAllowed before there is one."""
    run = await runs.get(connection, run_id)
    revision = await reviews.newest_revision(connection, run_id)
    if revision is None:
        raise NotAllowed(f"Run {run_id} is {run.state}: there is nothing to review yet.")
    content = revision.content
    files = {name: _path(artefact_folder, value) for name, value in content["artefacts"].items()}
    decisions = [row for row in await reviews.reviews_of(connection, run_id) if row.undone_at is None]
    edited = await edits.of_run(connection, run_id)
    pending = await edits_view.pending_edit(connection, run, revision)
    open_for_review = run.state is RunState.AWAITING_REVIEW
    again = await remakes.of_version(connection, run_id, run.version) if revision.voided_at else None
    undecided = open_for_review or pending is not None or again is not None or not decisions
    expires = run.waiting_since + timedelta(seconds=window_s) if window_s and run.waiting_since else None
    return ReviewSheet(
        run=await runs_view.row(connection, run_id, now),
        revision_id=revision.id,
        revision_hash=revision.hash,
        revision_number=revision.number,
        persona=(await artists.get(connection, run.artist_id)).persona,
        concept=load(content["concept"], Concept),
        lyrics=load(content["lyrics"], Lyrics),
        timeline=load(content["timeline"], Timeline),
        facts=load(content["facts"], TrackFacts),
        checks=tuple(load(check, Check) for check in content["checks"]),
        reflection=load(content["reflection"], Reflection),
        vocals=content["vocals"],
        writer=await _writer(connection, run_id, content),
        track=files["track"],
        cover=files["cover"],
        clip=files["clip"],
        storyboard=_storyboard(artefact_folder, content.get("storyboard")),
        expires_at=expires if open_for_review else None,
        decided=None if undecided else await _decided(connection, decisions[0]),
        edits=tuple(edits_view.row(edit) for edit in edited),
        looked_back_on=await _looked_back_on(connection, revision, edited),
        words_edited=content.get("written") not in (None, content["lyrics"]),
        being_made=run.state is RunState.GENERATING,
        bought=variants.bought(content, partial(_path, artefact_folder)),
        passed_over=tuple(content.get("passed_over", ())),
        outside=outside_view.of_content(content),
    )


async def _decided(connection: AsyncConnection, row: Row[Any]) -> ReviewRow:
    session = await audit.session_of(connection, row.decision, row.run_id, row.decided_at)
    return replace(runs_view.review_row(row), session=session)


async def previous(connection: AsyncConnection, run_id: str, limit: int) -> list[str]:
    """The artist's runs before this one that have something to show, newest first. Raises NotFound."""
    run = await runs.get(connection, run_id)
    query = (
        select(runs_table.c.id)
        .where(
            runs_table.c.artist_id == run.artist_id,
            runs_table.c.id != run_id,
            runs_table.c.created_at <= run.created_at,
            exists().where(revisions.c.run_id == runs_table.c.id),
        )
        .order_by(runs_table.c.created_at.desc())
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def _looked_back_on(
    connection: AsyncConnection, revision: reviews.Revision, edited: Sequence[edits.Edit]
) -> int | None:
    """The writer looks back on its own words: of what a person made of them since it knows nothing."""
    version = int(revision.content.get("version", 1))
    made = await kept.maker(connection, revision.run_id, version, Stage.REFLECTION)
    since = [edit for edit in edited if made < edit.version <= version and edit.lyrics]
    if not since:
        return None
    first = await reviews.revision(connection, min(since, key=lambda edit: edit.version).revision_id)
    return first.number if first.content["lyrics"] != revision.content["lyrics"] else None


def _path(folder: Path, artefact: Mapping[str, Any]) -> Path:
    return path_of(folder, artefact["sha256"], artefact["suffix"])


def _storyboard(folder: Path, found: Mapping[str, Any] | None) -> Storyboard | None:
    return None if found is None else Storyboard(_path(folder, found["artefact"]), tuple(found["times"]))


async def _writer(connection: AsyncConnection, run_id: str, content: Mapping[str, Any]) -> str:
    if by := content.get("by", {}).get("lyrics"):
        return f"{by['provider']}: {by['model']}"
    query = (
        select(llm_calls.c.provider, llm_calls.c.model)
        .where(llm_calls.c.run_id == run_id, llm_calls.c.role == "lyrics", llm_calls.c.ok)
        .order_by(llm_calls.c.at.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return f"{row.provider}: {row.model}" if row else ""
