"""What reaches a real terminal: copies, bell and notification, byte by byte through a pty."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine.home import Home
from tests.console.label import Label

PATIENCE_S = 30.0
PROGRAM = """
import sys
from pathlib import Path
from console.main import run_console
from engine.home import at
from engine.settings import Settings
settings = dict(pair.split("=") for pair in sys.argv[2:])
run_console(at(Path(sys.argv[1])), Settings(**settings), start_engine=False)
"""


class Terminal:
    """A console in a pty of its own, and every byte that it wrote."""

    def __init__(self, pid: int, handle: int) -> None:
        self.pid, self.handle = pid, handle
        self.written = b""

    def read(self, wanted: bytes) -> bool:
        """Reads until these bytes came; False when they never did."""
        end = time.monotonic() + PATIENCE_S
        while wanted not in self.written and time.monotonic() < end:
            if select.select([self.handle], [], [], 0.1)[0]:
                try:
                    self.written += os.read(self.handle, 65536)
                except OSError:
                    break
        return wanted in self.written

    def rung(self) -> int:
        """Bells; one that ends an OSC sequence is none."""
        return re.sub(rb"\x1b\][^\x07\x1b]*\x07", b"", self.written).count(b"\x07")

    def press(self, keys: str) -> None:
        """Types."""
        os.write(self.handle, keys.encode())


@contextmanager
def opened(home: Home, *settings: str, **environ: str) -> Iterator[Terminal]:
    """A console without an engine, in a terminal of 100x30."""
    kept = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY", "NO_COLOR")}
    env = {**kept, "TERM": "xterm-256color", **environ}
    pid, handle = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", PROGRAM, str(home.root), *settings], env)
    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    terminal = Terminal(pid, handle)
    try:
        yield terminal
    finally:
        os.kill(pid, signal.SIGTERM)
        terminal.read(b"\x1b[?1049l")
        os.waitpid(pid, 0)
        os.close(handle)


def test_a_copy_is_one_osc_52_with_the_text(filled: Home, ids: dict[str, str]) -> None:
    with opened(filled) as terminal:
        assert terminal.read(b"Last Tram Home")
        terminal.press("2y")
        assert terminal.read(b"Copy")
        terminal.press("i")
        sent = b"\x1b]52;c;" + base64.b64encode(ids["review"].encode()) + b"\x07"
        assert terminal.read(sent)
        assert terminal.read(b"Sent to the terminal")


@pytest.mark.parametrize(
    ("setting", "sequence"),
    [
        ("console_notify=osc9", b"\x1b]9;noktvrn: Review: A song waits for you"),
        ("console_notify=osc777", b"\x1b]777;notify;noktvrn: Review;A song waits for you"),
    ],
)
async def test_a_song_that_waits_calls_the_operator_once(setting: str, sequence: bytes, label: Label) -> None:
    artist = await label.artist("Nadir Choir", "ambient")
    with opened(label.home, setting) as terminal:
        assert await asyncio.to_thread(terminal.read, b"Disk nearly full")
        assert sequence not in terminal.written  # who has just opened the console need not be called
        await label.to_review(artist, "Lantern Weather")
        assert await asyncio.to_thread(terminal.read, sequence)
        assert await asyncio.to_thread(terminal.read, b"A song waits for you (3 in all)")
        assert terminal.written.count(sequence) == 1


async def test_inside_tmux_a_notification_is_wrapped(label: Label) -> None:
    with opened(label.home, "console_notify=osc9", TMUX="/nowhere,1,0") as terminal:
        assert await asyncio.to_thread(terminal.read, b"Disk nearly full")
        await label.notice("The cycle pauses", "evil\x1b]0;x\x07;\u202etext")
        assert await asyncio.to_thread(
            terminal.read, b"\x1bPtmux;\x1b\x1b]9;noktvrn: The cycle pauses: eviltext\x1b\x1b\\"
        )


async def test_who_is_typing_here_is_not_called(label: Label) -> None:
    with opened(label.home, "console_bell=on") as terminal:
        assert await asyncio.to_thread(terminal.read, b"Disk nearly full")
        terminal.press("j")
        await label.notice("The cycle pauses", "two are enough")
        assert await asyncio.to_thread(terminal.read, b"two are enough")
        assert terminal.rung() == 0


async def test_the_bell_rings_for_what_is_new_and_not_for_what_waited_before(label: Label) -> None:
    with opened(label.home, "console_bell=on") as terminal:
        assert await asyncio.to_thread(terminal.read, b"Disk nearly full")
        assert terminal.rung() == 0
        await label.notice("The cycle pauses", "two are enough")
        assert await asyncio.to_thread(terminal.read, b"two are enough")
        assert terminal.rung() == 1
