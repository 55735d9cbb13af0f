"""The cycle: starts a run now and then while its switch is on, nothing is paused and the line is healthy."""

from __future__ import annotations

import logging
from time import monotonic

from engine.domain.errors import CapReached, NoktvrnError
from engine.domain.money import Cap
from engine.domain.runs import RunState
from engine.pipeline import held, intake, space
from engine.pipeline.line import Line
from engine.pipeline.space import Health
from engine.store import control, journal, runs
from engine.store.ids import new_id

_log = logging.getLogger(__name__)

FAILURES = "cycle.failures"
MODELS = "cycle.models"

_HEALTH_EVERY_S = 30.0


class Cycle:
    """Remembers only when it turned last; everything else is in the database."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._next_at = monotonic()
        self._health_at = monotonic()

    async def look(self) -> None:
        """Checks the health now and then, also while the cycle is off, and starts a run if one is due and allowed."""
        async with self._line.database.read() as connection:
            on = await control.switch(connection, control.CYCLE)
            paused = await control.switch(connection, control.PAUSES["all"])
        due = on and not paused and monotonic() >= self._next_at
        if not due and monotonic() < self._health_at:
            return
        self._health_at = monotonic() + _HEALTH_EVERY_S
        healthy = await self._healthy(on=on)
        if not due:
            return
        self._next_at = monotonic() + self._line.settings.cycle_interval_seconds
        if healthy and await self._room():
            await self._turn()

    async def _turn(self) -> None:
        try:
            begun = await intake.begin_cycle(self._line, new_id("command"))
        except CapReached as reached:
            async with self._line.database.write() as connection:
                await held.tell(connection, reached, self._line.now())
            _log.info("the cycle made no run: %s", reached)
        except NoktvrnError as error:
            _log.info("the cycle made no run: %s", error)
        else:
            _log.info("the cycle asks for a song", extra=begun)

    async def _room(self) -> bool:
        """Runs at work and runs waiting for review both have a limit; at the day's cap a new one could only wait."""
        settings = self._line.settings
        async with self._line.database.read() as connection:
            at_work = await runs.count_at_work(connection, [RunState.QUEUED, RunState.GENERATING])
            begun = await runs.count(connection, [RunState.QUEUED, RunState.GENERATING, RunState.AWAITING_REVIEW])
            spent = await journal.open_since(connection, held.incident(Cap.DAY)) is not None
        return not spent and at_work < settings.max_active_runs and begun < settings.max_unreviewed

    async def _healthy(self, *, on: bool) -> bool:
        """Opens a notice for what is wrong and closes it when it is right again. What only holds the cycle up is
        nothing to tell of while that is off."""
        checks = [*await space.checks(self._line)]
        checks += [await self._failures(on=on), await self._models(on=on)]
        now = self._line.now()
        async with self._line.database.read() as connection:
            told = await journal.open_incidents(connection, "cycle.")
        if all(check.ok and check.incident not in told for check in checks):
            return True
        async with self._line.database.write() as connection:
            for check in checks:
                if check.ok:
                    await journal.close_notice(connection, check.incident, now)
                elif await journal.open_notice(connection, check.incident, "error", check.title, check.detail, now):
                    _log.warning("%s (%s)", check.title, check.detail)
        return all(check.ok for check in checks)

    async def _failures(self, *, on: bool) -> Health:
        limit = self._line.settings.max_failures_in_a_row
        async with self._line.database.read() as connection:
            found = await runs.failures_in_a_row(connection, limit)
        return Health(
            FAILURES,
            "The cycle pauses: runs fail one after the other",
            not on or found < limit,
            f"{found} in a row; retry one (`noktvrn runs retry ID`) or cancel them, and it goes on",
        )

    async def _models(self, *, on: bool) -> Health:
        """The newest calls all failed: nobody answers."""
        async with self._line.database.read() as connection:
            found = await journal.failed_calls_in_a_row(connection, limit=5)
        return Health(
            MODELS,
            "The cycle pauses: no language model answers",
            not on or found < 5,
            f"{found} calls failed in a row",
        )
