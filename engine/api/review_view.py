"""The review sheet: everything a reviewer judges by, from one revision."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import edits_view, runs_view
from engine.api.models import ReviewSheet
from engine.domain.codec import load
from engine.domain.errors import NotAllowed
from engine.domain.gate import Check
from engine.domain.learning import Reflection
from engine.domain.media import TrackFacts
from engine.domain.runs import RunState
from engine.domain.song import Concept, Lyrics, Timeline
from engine.store import artists, edits, reviews, runs
from engine.store.tables import llm_calls


async def sheet(
    connection: AsyncConnection, run_id: str, now: datetime, artefact_folder: Path, *, window_s: float
) -> ReviewSheet:
    """The newest revision of a run, also while the next is made. Raises NotFound, NotAllowed before there is one."""
    run = await runs.get(connection, run_id)
    revision = await reviews.newest_revision(connection, run_id)
    if revision is None:
        raise NotAllowed(f"Run {run_id} is {run.state}: there is nothing to review yet.")
    content = revision.content
    files = {
        name: artefact_folder / value["sha256"][:2] / f"{value['sha256']}{value['suffix']}"
        for name, value in content["artefacts"].items()
    }
    decisions = [row for row in await reviews.reviews_of(connection, run_id) if row.undone_at is None]
    edited = await edits.of_run(connection, run_id)
    pending = await edits_view.pending_edit(connection, run, revision)
    open_for_review = run.state is RunState.AWAITING_REVIEW
    undecided = open_for_review or pending is not None or not decisions
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
        writer=await _writer(connection, run_id),
        track=files["track"],
        cover=files["cover"],
        clip=files["clip"],
        expires_at=expires if open_for_review else None,
        decided=None if undecided else runs_view.review_row(decisions[0]),
        edits=tuple(edits_view.row(edit) for edit in edited),
        words_edited=content.get("written") not in (None, content["lyrics"]),
        being_made=run.state is RunState.GENERATING,
    )


async def _writer(connection: AsyncConnection, run_id: str) -> str:
    query = (
        select(llm_calls.c.provider, llm_calls.c.model)
        .where(llm_calls.c.run_id == run_id, llm_calls.c.role == "lyrics", llm_calls.c.ok)
        .order_by(llm_calls.c.at.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return f"{row.provider}: {row.model}" if row else ""
