"""Takes an approval back: the run waits again, and its artist is what it was before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.screen_models import TakenBack
from engine.domain.errors import NotAllowed
from engine.domain.record import without
from engine.domain.runs import Actor, RunState
from engine.store import artists, audit, reviews, runs


async def undo(connection: AsyncConnection, run_id: str, actor: Actor, now: datetime) -> TakenBack:
    """Takes an approval back while its grace period lasts, with what it changed in its artist's record.

    The artist's state stays where something else has changed it since. Raises NotAllowed after the grace period.
    """
    run = await runs.get(connection, run_id)
    if run.state is not RunState.APPROVED or run.effective_at is None or run.effective_at <= now:
        raise NotAllowed(f"Run {run_id} is {run.state}: its approval can no longer be undone.")
    newest = (await reviews.reviews_of(connection, run_id))[0]
    await reviews.undo_review(connection, newest.id, now)
    taken = await _restore_artist(connection, run, newest.decided_at, actor, now)
    detail = {
        "review": newest.id,
        "artist": run.artist_id,
        "artist_state": [taken.artist_before, taken.artist_state],
        "kept": taken.kept,
    }
    await audit.append(connection, now, actor, "undo", run_id, detail)
    back = {"effective_at": None, "waiting_since": await _waiting_since(connection, run_id)}
    await runs.move(connection, run, RunState.AWAITING_REVIEW, actor, now, "undone", **back)
    return taken


async def _waiting_since(connection: AsyncConnection, run_id: str) -> datetime | None:
    """When the line handed it over: an earlier undo began no new wait."""
    steps = await runs.transitions(connection, run_id)
    waits = [s.at for s in steps if s.after == RunState.AWAITING_REVIEW and s.before != RunState.APPROVED]
    return waits[-1] if waits else None


async def _restore_artist(
    connection: AsyncConnection, run: runs.Run, decided_at: datetime, actor: Actor, now: datetime
) -> TakenBack:
    artist = await artists.get(connection, run.artist_id)
    rulings = await reviews.rulings(connection, artist.id)
    undone = next(ruling for ruling in rulings if ruling.at == decided_at)
    record = without(artist.state, await artists.record_changes(connection, artist.id), rulings, undone)
    await artists.change(
        connection,
        artist,
        actor,
        now,
        f"approval of {run.title or run.id} undone",
        undoing=True,
        state=record.state,
        rejections_in_a_row=record.rejections_in_a_row,
    )
    return TakenBack(run.id, run.title or run.id, artist.name, artist.state, record.state, record.kept)
