"""Takes a decision back: the run waits again, and its artist is what it was before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.screen_models import TakenBack
from engine.domain.errors import NotAllowed
from engine.domain.record import without
from engine.domain.runs import TAKEN_BACK, Actor, ActorKind, RunState
from engine.store import artists, audit, reviews, runs

_NOUNS = {"approve": "approval", "reject": "rejection"}
"""The decisions that change an artist's record."""


async def undo(
    connection: AsyncConnection, run_id: str, actor: Actor, now: datetime, *, effective_at: datetime | None = None
) -> TakenBack:
    """Takes a decision back while its grace period lasts, with what it changed in its artist's record.

    The artist's state stays where something else has changed it since. Raises NotAllowed after the grace period, and
    where the decision is not the one of `effective_at` any more: somebody took that back and decided anew.
    """
    run = await runs.get(connection, run_id)
    if run.state not in TAKEN_BACK or run.effective_at is None or run.effective_at <= now:
        raise NotAllowed(f"Run {run_id} is {run.state}: its decision can no longer be undone.")
    if effective_at not in (None, run.effective_at):
        raise NotAllowed(
            f"Run {run_id} was decided anew meanwhile: it is {run.state}.", fix="Look at it, then take that back."
        )
    newest = (await reviews.reviews_of(connection, run_id))[0]
    await reviews.undo_review(connection, newest.id, now)
    taken = await _restore_artist(connection, run, newest, actor, now)
    detail = {
        "review": newest.id,
        "decision": newest.decision,
        "artist": run.artist_id,
        "artist_state": [taken.artist_before, taken.artist_state],
        "kept": taken.kept,
    }
    await audit.append(connection, now, actor, "undo", run_id, detail)
    back = {"effective_at": None, "waiting_since": await _waiting_since(connection, run_id)}
    await runs.move(connection, run, RunState.AWAITING_REVIEW, actor, now, "undone", undoing=True, **back)
    return taken


async def _waiting_since(connection: AsyncConnection, run_id: str) -> datetime | None:
    """When the line handed it over: an earlier undo began no new wait."""
    steps = await runs.transitions(connection, run_id)
    waits = [s.at for s in steps if s.after == RunState.AWAITING_REVIEW and s.actor == ActorKind.ENGINE]
    return waits[-1] if waits else None


async def _restore_artist(
    connection: AsyncConnection, run: runs.Run, review: Row[Any], actor: Actor, now: datetime
) -> TakenBack:
    artist = await artists.get(connection, run.artist_id)
    if review.decision not in _NOUNS:
        return TakenBack(run.id, run.title or run.id, artist.name, artist.state, artist.state, "")
    rulings = await reviews.rulings(connection, artist.id)
    undone = next(ruling for ruling in rulings if ruling.at == review.decided_at)
    record = without(artist.state, await artists.record_changes(connection, artist.id), rulings, undone)
    await artists.change(
        connection,
        artist,
        actor,
        now,
        f"{_NOUNS[review.decision]} of {run.title or run.id} undone",
        undoing=True,
        state=record.state,
        rejections_in_a_row=record.rejections_in_a_row,
    )
    return TakenBack(run.id, run.title or run.id, artist.name, artist.state, record.state, record.kept)
