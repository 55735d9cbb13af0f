"""Whether a run that waits is still wanted: one question to the database a second, however many runs wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from engine.store import runs
from engine.store.database import Database


@dataclass(slots=True)
class Wanted:
    """The runs that are being made, as they stood at the last look."""

    _found: frozenset[tuple[str, int]] = frozenset()
    _looked: float = float("-inf")
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def holds(self, database: Database, run: runs.Run, age_s: float) -> bool:
        """Whether somebody still waits for this version of the run; what was found `age_s` seconds ago will do."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if now - self._looked >= age_s:
                async with database.read() as connection:
                    self._found = await runs.generating(connection)
                self._looked = now
        return (run.id, run.version) in self._found
