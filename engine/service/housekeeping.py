"""Keeps house beside the line: measures what the files take, and deletes the media of runs that came to nothing."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from time import monotonic

from engine.pipeline.line import Line
from engine.store import storage

_log = logging.getLogger(__name__)

_EVERY_S = 60.0
"""A song's files reach the quota's count before the next song is done."""
_SHARE = 0.01
"""Of the time; a label of so many files that one look takes six seconds is looked at every ten minutes."""


class Housekeeper:
    """`look` is called often and does something now and then; everything that it finds is in the database."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._due = monotonic()

    async def look(self) -> None:
        """Prunes and measures, where that is due."""
        if monotonic() < self._due:
            return
        begun = monotonic()
        await self.prune()
        await self.measure()
        self._due = monotonic() + max(_EVERY_S, (monotonic() - begun) / _SHARE)

    async def measure(self) -> None:
        """Writes down what the files take now."""
        found = await asyncio.to_thread(storage.measure, self._line.home)
        async with self._line.database.write() as connection:
            await storage.record(connection, found, self._line.now())

    async def prune(self) -> None:
        """Deletes what RETENTION_DAYS no longer keeps, some at a time, so that nobody waits long for the database."""
        days = self._line.settings.retention_days
        if not days:
            return
        before, files, size = self._line.now() - timedelta(days=days), 0, 0
        while not self._line.stopping.is_set():
            async with self._line.database.write() as connection:
                gone = await storage.prune(connection, self._line.home, before, self._line.now())
            files, size = files + len(gone), size + sum(each.size for each in gone)
            if not gone:
                break
        if files:
            _log.info("deleted %d files (%.1f MB) of runs rejected or expired for %d days", files, size / 1e6, days)
