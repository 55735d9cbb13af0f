"""What becomes of the console's writing when the terminal is gone; tests/terminal tries it with real ones."""

from __future__ import annotations

import io
import selectors
from typing import Any

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver

from console.terminal import VanishingDriver, _Exit, _Screen, for_real_lines

pytestmark = pytest.mark.quick


class Gone(io.StringIO):
    """A terminal that takes so many writes and then vanishes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.left = writes

    def write(self, text: str) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(5, "Input/output error")
        return super().write(text)


def test_what_is_written_to_a_vanished_terminal_is_dropped_and_told_once() -> None:
    told: list[str] = []
    file = Gone(1)
    screen = _Screen(file, lambda: told.append("gone"))
    for text in ("a", "b", "c"):
        screen.write(text)
        screen.flush()
    assert file.getvalue() == "a"
    assert told == ["gone"]


def test_only_the_driver_of_real_terminals_is_replaced() -> None:
    other: Any = HeadlessDriver
    assert for_real_lines(LinuxDriver) is VanishingDriver
    assert for_real_lines(other) is other


def test_the_reading_of_keys_can_wait_for_its_end_instead_of_asking() -> None:
    end = _Exit()
    with selectors.DefaultSelector() as selector:
        selector.register(end.told, selectors.EVENT_READ)
        before = selector.select(0)
        end.set()
        told = selector.select(0)
        end.clear()
        after = selector.select(0)
    end.close()
    assert (len(before), len(told), len(after)) == (0, 1, 0)
