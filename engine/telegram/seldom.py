"""What is said once in a while only."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

_MOST = 10_000


class Seldom:
    """Lets the same thing through once in `every`."""

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._last: dict[Hashable, datetime] = {}

    def may(self, thing: Hashable, now: datetime) -> bool:
        """Whether it is its turn, which it takes. Of more things than can be remembered none has one."""
        if len(self._last) >= _MOST:
            self._last = {each: at for each, at in self._last.items() if now - at < self._every}
        last = self._last.get(thing)
        if (last is not None and now - last < self._every) or len(self._last) >= _MOST:
            return False
        self._last[thing] = now
        return True
