"""Whether a database moved, by its files' times alone: an idle label costs two `stat` a look."""

from __future__ import annotations

from pathlib import Path
from time import monotonic


class Moved:
    """Says yes after every commit, and now and then all the same: for file systems whose times are coarse, and for
    what is due by the clock."""

    def __init__(self, database: Path, *, sure_every_s: float) -> None:
        self._database = database
        self._sure_every_s = sure_every_s
        self._stamp: tuple[int, ...] = ()
        self._looked_at = monotonic()

    def look(self) -> bool:
        """Whether it is time to read."""
        stamp = self._now()
        if stamp == self._stamp and monotonic() - self._looked_at < self._sure_every_s:
            return False
        self._stamp, self._looked_at = stamp, monotonic()
        return True

    def _now(self) -> tuple[int, ...]:
        """Time and size of the write-ahead log, and of the database itself."""
        found: list[int] = []
        for path in (self._database.with_name(self._database.name + "-wal"), self._database):
            try:
                facts = path.stat()
            except OSError:
                found += (0, 0)
            else:
                found += (facts.st_mtime_ns, facts.st_size)
        return tuple(found)
