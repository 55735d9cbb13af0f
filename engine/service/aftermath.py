"""What a new worker does about the falls before it: they become errors like any other, and close when it lives on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime

from engine.domain.errors import EngineFell
from engine.lock import Part
from engine.pipeline.line import Line
from engine.repair.capture import capture
from engine.service.falls import noted
from engine.store import journal

CALM_S = 120.0
"""A worker that has lived for so long has got over what the last one fell by."""

_log = logging.getLogger(__name__)


async def take_in(line: Line) -> None:
    """Makes errors of the falls that were written down."""
    for fall in noted(line.home.falls):
        _log.warning("the last %s (pid %d) fell: %s", fall.part, fall.pid, fall.words)
        error = EngineFell(f"The {fall.part} fell: {fall.words}")
        await capture(line.database, line.redactor, error, datetime.fromisoformat(fall.at), part=fall.part)
    line.home.falls.unlink(missing_ok=True)


async def make_good(line: Line, calm_s: float = CALM_S) -> None:
    """Closes those errors once this worker has lived for `calm_s`; the next fall opens them again."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(line.stopping.wait(), calm_s)
        return
    async with line.database.write() as connection:
        await journal.parts_recovered(connection, list(Part))
