"""The terminal may vanish at any moment. What is written then is thrown away, and the console leaves.

Textual's writer ends at the first error; nobody empties its queue from then on, and the screen's loop waits for room in
it for ever, deaf to SIGHUP too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import IO, Any

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver


class _Screen:
    """A terminal to write to, for as long as there is one."""

    def __init__(self, file: IO[str], vanished: Callable[[], None]) -> None:
        self._file = file
        self._vanished = vanished
        self._there = True

    def write(self, text: str) -> None:
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        self._try(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def _try(self, act: Callable[[], object]) -> None:
        if not self._there:
            return
        try:
            act()
        except OSError:
            self._there = False
            self._vanished()


class VanishingDriver(LinuxDriver):
    """Textual's driver for a terminal that may not stay."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._vanished = partial(app.call_later, app.hang_up)
        terminal: Any = sys.__stdout__  # Textual draws on stderr, which may well be a file
        screen: Any = _Screen(terminal, self._vanished)
        self._file = screen

    def run_input_thread(self) -> None:
        """Reads keys; a terminal that is gone has none, and that is no fault of the program."""
        try:
            super().run_input_thread()
        except OSError:
            self._vanished()


def for_real_lines(driver: type[Driver]) -> type[Driver]:
    """The driver to use instead of Textual's choice."""
    return VanishingDriver if driver is LinuxDriver else driver
