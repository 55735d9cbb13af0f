"""How long stages usually take, kept for a moment: a list that is read several times a second asks for it each time."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import runs

_GOOD_FOR_S = 5.0


class Pace:
    """The usual seconds of each stage per second of track."""

    def __init__(self) -> None:
        self._usual: Mapping[str, float] = {}
        self._read_at = -_GOOD_FOR_S

    async def usual(self, connection: AsyncConnection) -> Mapping[str, float]:
        """As `runs.usual_seconds`, at most some seconds old."""
        if monotonic() - self._read_at >= _GOOD_FOR_S:
            self._usual, self._read_at = await runs.usual_seconds(connection), monotonic()
        return self._usual
