"""Runs that wait, at a cap or for a model: held without a workflow, they say why and go on by themselves.

Where words come from whoever costs nothing instead (LLM_AT_CAP=free), no run waits, and a notice of its own says so.
"""

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
_PREFIX, _FREE_PREFIX = "budget.", "llm.at_cap."
_TITLES = {
    Cap.DAY: "The day's budget is spent: work that costs money waits",
    Cap.ARTIST: "An artist's budget for the day is spent: its runs wait",
    Cap.RUN: "A run has spent its budget and waits",
    Cap.PAUSE: "Spending is paused: work that costs money waits",
}
_HOLDS = {
    Cap.DAY: "the day's budget is spent",
    Cap.ARTIST: "the artist's budget of the day is spent",
    Cap.RUN: "the run's budget is spent",
    Cap.PAUSE: "spending is paused",
}
_FREE_TITLES = {
    Cap.DAY: "The day's budget is spent",
    Cap.ARTIST: "An artist's budget for the day is spent",
    Cap.RUN: "A run has spent its budget",
    Cap.PAUSE: "Spending is paused",
}
_TO_WAIT = "With LLM_AT_CAP=wait and a new start of the engine they wait instead."


async def hold(connection: AsyncConnection, run: runs.Run, reached: CapReached, at: datetime) -> None:
    """The run waits at the cap: it says for what and until when, and a notice is open while anything waits there."""
    until = f" until {reached.until:%Y-%m-%d %H:%M} UTC" if reached.until else ""
    reason = f"{_HOLDS[Cap(reached.cap)]}{until}. {reached.message}"
    await runs.set_columns(
        connection, run.id, held_by=reached.cap, held_until=reached.until, waiting_reason=reason, updated_at=at
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


async def tell_free(connection: AsyncConnection, cap: Cap, why: str, at: datetime) -> None:
    """Somebody who costs nothing answers because of the cap: told once while it lasts, whatever is asked."""
    title = f"{_FREE_TITLES[cap]}: words are written offline or for free"
    detail = f"{_TO_WAIT} {why}"
    if await journal.open_notice(connection, f"{_FREE_PREFIX}{cap}", "warning", title, detail, at):
        _log.warning("%s. %s", title, detail)


def incident(cap: Cap) -> str:
    """The name under which the notice of a cap that holds work is open."""
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
    await close(connection, await _open(connection), at)


async def ended(connection: AsyncConnection, at: datetime) -> list[str]:
    """Incidents of caps that are over: nothing is held there any more, and there is money again."""
    open_ones = await _open(connection)
    if not open_ones:
        return []
    at_work = await runs.in_states(connection, [RunState.GENERATING])
    return [name for name in open_ones if await _over(connection, name, at_work, at)]


async def close(connection: AsyncConnection, incidents: Sequence[str], at: datetime) -> None:
    """Ends the notices of these incidents."""
    for name in incidents:
        await journal.close_notice(connection, name, at)


async def _open(connection: AsyncConnection) -> list[str]:
    return [name for prefix in (_PREFIX, _FREE_PREFIX) for name in await journal.open_incidents(connection, prefix)]


async def _over(connection: AsyncConnection, name: str, at_work: Sequence[runs.Run], at: datetime) -> bool:
    """Whether there is money again. The day's notice may tell of a new artist, which no run stands for."""
    cap = Cap(name.rpartition(".")[2])
    if cap is Cap.PAUSE and await control.switch(connection, control.PAUSES["spending"]):
        return False
    since = await journal.open_since(connection, name)
    another_day = since is None or since.date() < at.date()
    if name.startswith(_PREFIX):
        return all(run.held_by != cap for run in at_work) and (cap is not Cap.DAY or another_day)
    if cap is Cap.RUN:
        return since is None or all(run.created_at > since for run in at_work)
    return cap is Cap.PAUSE or another_day
