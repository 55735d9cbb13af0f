"""Takes a queued run to work: its first version, or the next one where a person sent it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import ENGINE, RunState
from engine.store import reviews, runs


async def begin(connection: AsyncConnection, run: runs.Run, now: datetime) -> runs.Run:
    """Moves the run on. Where it was sent back, that takes effect only here: version, notes, older buttons are void."""
    decisions = [row for row in await reviews.reviews_of(connection, run.id) if row.undone_at is None]
    if not decisions:
        return await runs.move(connection, run, RunState.GENERATING, ENGINE, now)
    await reviews.void_revisions(connection, run.id, now)
    notes = reviews.reason(decisions[0].tags, decisions[0].text)
    columns: dict[str, Any] = {"version": run.version + 1, "attempt": 1, "notes": notes, "progress": 0.0, "stage": None}
    columns |= {"effective_at": None, "waiting_reason": ""}
    return await runs.move(connection, run, RunState.GENERATING, ENGINE, now, notes, **columns)
