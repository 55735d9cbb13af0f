"""The terminal may vanish at any moment. What is written then is thrown away, and the console leaves.

Textual's writer ends at the first error; nobody empties its queue from then on, and the screen's loop waits for room in
it for ever, deaf to SIGHUP too.
"""

from __future__ import annotations

import os
import selectors
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from socket import socketpair
from threading import Event
from time import monotonic
from typing import IO, Any

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from console.keystream import KeyParser

_LOOK_S = 0.1
"""How often, after a read, the thread that reads keys looks whether what was read is a key after all."""
_UNSURE_S = 1.0
"""For how long it does so; after that it sleeps until something comes."""
_READ_BYTES = 4096


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


class _Exit(Event):
    """Whether the reading of keys shall end; `told` has something to read once it shall, so that nobody need ask."""

    def __init__(self) -> None:
        super().__init__()
        self.told, self._tell = socketpair()
        self.told.setblocking(False)

    def set(self) -> None:
        super().set()
        self._tell.send(b"\0")

    def clear(self) -> None:
        super().clear()
        with suppress(BlockingIOError):
            self.told.recv(_READ_BYTES)

    def close(self) -> None:
        self.told.close()
        self._tell.close()


class VanishingDriver(LinuxDriver):
    """Textual's driver for a terminal that may not stay."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._vanished = partial(app.call_later, app.hang_up)
        terminal: Any = sys.__stdout__  # Textual draws on stderr, which may well be a file
        screen: Any = _Screen(terminal, self._vanished)
        self._file = screen
        self.exit_event = self._exit = _Exit()

    def close(self) -> None:
        """Perform cleanup."""
        super().close()
        self._exit.close()

    def run_input_thread(self) -> None:
        """Reads keys; a terminal that is gone has none, and that is no fault of the program."""
        try:
            self._read_keys()
        except OSError:
            self._vanished()

    def _read_keys(self) -> None:
        parser = KeyParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        unsure_until = monotonic()
        with selectors.DefaultSelector() as selector:
            keys = selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._exit.told, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = [key for key, _ in selector.select(_LOOK_S if monotonic() < unsure_until else None)]
                if keys in ready:
                    unsure_until = monotonic() + _UNSURE_S
                    data = os.read(self.fileno, _READ_BYTES)
                    if not data:
                        self._vanished()
                        return
                    self._pass_on(parser.feed(text) if (text := decode(data)) else ())
                self._pass_on(parser.tick())

    def _pass_on(self, found: Iterable[Message]) -> None:
        for message in found:
            self.process_message(message)


def for_real_lines(driver: type[Driver]) -> type[Driver]:
    """The driver to use instead of Textual's choice."""
    return VanishingDriver if driver is LinuxDriver else driver
