"""Finds runs that are at work with nobody working on them: their workflows died where they could not say so."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from engine.domain.plurals import many
from engine.domain.runs import RunState
from engine.pipeline.line import Line
from engine.store import control, runs

STALLED_S = 30.0


class Watch:
    """Looks now and then. `idle_s` tells for how long no step has been at work; `start_over` ends the worker."""

    def __init__(
        self,
        line: Line,
        idle_s: Callable[[], float],
        start_over: Callable[[str], None],
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._line = line
        self._idle_s = idle_s
        self._start_over = start_over
        self._now = now
        self._since: float | None = None

    async def look(self) -> None:
        """Starts over where runs have been at work, and no step was, for so long.

        How long no step was at work is not enough: a run that begins after a quiet hour has none yet.
        """
        if not self._idle_s() or not (at_work := await self._abandoned()):
            self._since = None
            return
        if self._since is None:
            self._since = self._now()
        if min(self._idle_s(), self._now() - self._since) >= STALLED_S:
            self._start_over(f"{many(at_work, 'run')} at work and nobody working on them for {STALLED_S:g} s")

    async def _abandoned(self) -> int:
        """How many runs are at work; none while all work is paused."""
        async with self._line.database.read() as connection:
            if await control.switch(connection, control.PAUSES["all"]):
                return 0
            return await runs.count_at_work(connection, [RunState.GENERATING, RunState.PACKAGING])
