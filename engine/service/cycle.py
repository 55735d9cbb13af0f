"""The cycle: starts a run now and then while its switch is on, nothing is paused and the line is healthy."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from time import monotonic

from engine.domain.errors import CapReached, NoktvrnError
from engine.domain.money import Cap
from engine.domain.runs import RunState
from engine.pipeline import held, intake
from engine.pipeline.line import Line
from engine.store import control, journal, runs, storage
from engine.store.ids import new_id

_log = logging.getLogger(__name__)

DISK = "cycle.disk"
QUOTA = "cycle.quota"
FAILURES = "cycle.failures"
MODELS = "cycle.models"


@dataclass(frozen=True, slots=True)
class Health:
    """One health check of the line. `detail` holds the figure and the limit."""

    incident: str
    title: str
    ok: bool
    detail: str


class Cycle:
    """Remembers only when it turned last; everything else is in the database."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._next_at = monotonic()

    async def look(self) -> None:
        """Checks the health, and starts a run if one is due and allowed."""
        async with self._line.database.read() as connection:
            on = await control.switch(connection, control.CYCLE)
            paused = await control.switch(connection, control.PAUSES["all"])
        if not on or paused or monotonic() < self._next_at:
            return
        self._next_at = monotonic() + self._line.settings.cycle_interval_seconds
        if await self._healthy() and await self._room():
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

    async def _healthy(self) -> bool:
        """Opens a notice for what is wrong and closes it when it is right again."""
        checks = [self._disk(), await self._quota(), await self._failures(), await self._models()]
        now = self._line.now()
        async with self._line.database.write() as connection:
            for check in checks:
                if check.ok:
                    await journal.close_notice(connection, check.incident, now)
                elif await journal.open_notice(connection, check.incident, "error", check.title, check.detail, now):
                    _log.warning("the cycle pauses: %s (%s)", check.title, check.detail)
        return all(check.ok for check in checks)

    def _disk(self) -> Health:
        free_mb = shutil.disk_usage(self._line.home.data).free // 1_000_000
        wanted = self._line.settings.min_free_disk_mb
        return Health(
            DISK,
            "The cycle pauses: the disk is nearly full",
            free_mb >= wanted,
            f"{free_mb} MB free, MIN_FREE_DISK_MB is {wanted}",
        )

    async def _quota(self) -> Health:
        """By the housekeeper's last measurement."""
        quota = self._line.settings.data_quota_mb
        async with self._line.database.read() as connection:
            taken = sum(row.size for row in await storage.rows(connection)) // 1_000_000 if quota else 0
        return Health(
            QUOTA,
            "The cycle pauses: the label's files have reached their limit",
            not quota or taken < quota,
            f"{taken} MB, DATA_QUOTA_MB is {quota}; delete releases that are delivered, or lower RETENTION_DAYS",
        )

    async def _failures(self) -> Health:
        limit = self._line.settings.max_failures_in_a_row
        async with self._line.database.read() as connection:
            found = await runs.failures_in_a_row(connection, limit)
        return Health(
            FAILURES,
            "The cycle pauses: runs fail one after the other",
            found < limit,
            f"{found} in a row; retry one (`noktvrn runs retry ID`) or cancel them, and it goes on",
        )

    async def _models(self) -> Health:
        """The newest calls all failed: nobody answers."""
        async with self._line.database.read() as connection:
            found = await journal.failed_calls_in_a_row(connection, limit=5)
        return Health(
            MODELS, "The cycle pauses: no language model answers", found < 5, f"{found} calls failed in a row"
        )
