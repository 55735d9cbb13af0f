"""A list on its way into a file: how far it is, and the wish to stop it."""

from __future__ import annotations

import threading

from console.human import many


class StoppedSaving(Exception):
    """Somebody wished so; no file is left."""


class Saving:
    """One list that is being written. The thread that writes tells of it, the screen's looks and may stop it."""

    def __init__(self, name: str, total: int) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self.cut = False
        """Whether more may fit the filter than is listed."""
        self._stopped = threading.Event()

    @property
    def words(self) -> str:
        """How far it is, such as `Runs, 340,000 of 1,000,000 lines`."""
        return f"{self.name}, {self.done:,} of {many(self.total, 'line')}"

    @property
    def short(self) -> str:
        """The same where there is little room."""
        return f"saving {self.name} {self.done * 100 // self.total if self.total else 0}%"

    def stop(self) -> None:
        """What is written goes; heard before the next lines are read."""
        self._stopped.set()

    def reached(self, done: int, total: int, *, cut: bool) -> None:
        """So many lines are written. Raises StoppedSaving where that is wished."""
        self.done, self.total, self.cut = done, total, cut
        if self._stopped.is_set():
            raise StoppedSaving
