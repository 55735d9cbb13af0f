"""Runs that wait, at a cap or for a model: held without a workflow, they say why and go on by themselves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import CapReached, NobodyAnswers
from engine.domain.money import Cap
from engine.domain.runs import RunState
from engine.store import control, journal, runs

_log = logging.getLogger(__name__)

MODELS = "models"
"""What holds a run that no language model answered."""
_LOOK_AGAIN = timedelta(minutes=5)
_PREFIX = "budget."
_TITLES = {
    Cap.DAY: "The day's budget is spent: work that costs money waits",
    Cap.ARTIST: "An artist's budget for the day is spent: its runs wait",
    Cap.RUN: "A run has spent its budget and waits",
    Cap.PAUSE: "Spending is paused: work that costs money waits",
}


async def hold(connection: AsyncConnection, run: runs.Run, reached: CapReached, at: datetime) -> None:
    """The run waits at the cap: it says why, and a notice is open while anything waits there."""
    await runs.set_columns(
        connection, run.id, held_by=reached.cap, held_until=reached.until, waiting_reason=reached.message, updated_at=at
    )
    await tell(connection, reached, at)
    _log.warning("a run waits: %s", reached.message, extra={"run_id": run.id, "artist_id": run.artist_id})


async def hold_for_models(connection: AsyncConnection, run: runs.Run, nobody: NobodyAnswers, at: datetime) -> None:
    """The run waits until a model may be asked again; where only a person can help, it looks now and then."""
    until = at + _LOOK_AGAIN if nobody.until is None else nobody.until
    await runs.set_columns(
        connection, run.id, held_by=MODELS, held_until=until, waiting_reason=nobody.message, updated_at=at
    )
    _log.warning("a run waits: %s", nobody.message, extra={"run_id": run.id, "artist_id": run.artist_id})


async def tell(connection: AsyncConnection, reached: CapReached, at: datetime) -> None:
    """Opens the cap's notice, once while it lasts."""
    cap = Cap(reached.cap)
    await journal.open_notice(connection, incident(cap), "warning", _TITLES[cap], str(reached), at)


def incident(cap: Cap) -> str:
    """The name under which the cap's notice is open."""
    return f"{_PREFIX}{cap}"


async def free(connection: AsyncConnection, run: runs.Run) -> None:
    """The run goes on with its next attempt: what it had finished stays."""
    await runs.set_columns(connection, run.id, held_by="", held_until=None, waiting_reason="", attempt=run.attempt + 1)
    _log.info("a run goes on after it had waited", extra={"run_id": run.id, "artist_id": run.artist_id})


def due(run: runs.Run, at: datetime, *, spending_paused: bool) -> bool:
    """Whether what holds the run may have ended."""
    if run.held_by == Cap.PAUSE:
        return not spending_paused
    return run.held_until is not None and run.held_until <= at


async def free_all(connection: AsyncConnection, at: datetime) -> None:
    """At the engine's start every run tries again: the operator may have raised a cap."""
    held = [run for run in await runs.in_states(connection, [RunState.GENERATING]) if run.held_by]
    for run in held:
        await free(connection, run)
    await close(connection, list(Cap), at)


async def ended(connection: AsyncConnection, at: datetime) -> list[Cap]:
    """Caps with an open notice that hold nothing any more."""
    open_ones = set(await journal.open_incidents(connection, _PREFIX))
    if not open_ones:
        return []
    holding = {run.held_by for run in await runs.in_states(connection, [RunState.GENERATING])}
    found = [cap for cap in Cap if incident(cap) in open_ones and cap not in holding]
    return [cap for cap in found if await _over(connection, cap, at)]


async def close(connection: AsyncConnection, caps: Sequence[Cap], at: datetime) -> None:
    """Ends the notices of these caps."""
    for cap in caps:
        await journal.close_notice(connection, incident(cap), at)


async def _over(connection: AsyncConnection, cap: Cap, at: datetime) -> bool:
    """The day's notice may tell of a new artist, which no run stands for: the day itself says when it ends."""
    if cap is Cap.PAUSE:
        return not await control.switch(connection, control.PAUSES["spending"])
    since = await journal.open_since(connection, incident(cap))
    return cap is not Cap.DAY or since is None or since.date() < at.date()
