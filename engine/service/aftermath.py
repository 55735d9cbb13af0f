"""What a new worker does about the falls before it: they become errors like any other, and close when it lives on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime

from engine.lock import Part
from engine.logs.crashing import Leftover, leftovers
from engine.pipeline.line import Line
from engine.repair.crashes import End, as_error, uncaught_of
from engine.service.falls import noted
from engine.store import journal

CALM_S = 120.0
"""A worker that has lived for so long has got over what the last one fell by."""

_log = logging.getLogger(__name__)


async def take_in(line: Line) -> None:
    """Makes errors of how processes ended: of the falls that were written down, each with the stacks and the exception
    that its process left, and of stacks without a fall, such as a console's. Looks are cheap where nothing fell."""
    left = leftovers(line.home.logs)
    falls = noted(line.home.falls)
    ends = []
    for fall in falls:
        _log.warning("the last %s (pid %d) fell: %s", fall.part, fall.pid, fall.words)
        stacks = next((each.text for each in left if each.pid == fall.pid and each.part == fall.part), "")
        ends.append((End(fall.part, fall.pid, fall.words, fall.code, fall.out_of_memory, stacks), fall.at))
    if not falls and not left:
        return
    told = {(fall.part, fall.pid) for fall in falls}
    ends += [(End(each.part, each.pid, "", stacks=each.text), _when(each)) for each in left if _key(each) not in told]
    async with line.database.write() as connection:
        for end, at in ends:
            uncaught = uncaught_of(line.home.engine_log, end.pid) if end.code is not None and end.code > 0 else None
            await journal.add_error(connection, as_error(end, line.redactor, uncaught), datetime.fromisoformat(at))
    line.home.falls.unlink(missing_ok=True)
    for each in left:
        each.path.unlink(missing_ok=True)


def _key(left: Leftover) -> tuple[str, int]:
    return left.part, left.pid


def _when(left: Leftover) -> str:
    return datetime.fromtimestamp(left.at, UTC).isoformat()


async def make_good(line: Line, calm_s: float = CALM_S) -> None:
    """Closes those errors once this worker has lived for `calm_s`; the next fall opens them again."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(line.stopping.wait(), calm_s)
        return
    async with line.database.write() as connection:
        await journal.parts_recovered(connection, list(Part))
