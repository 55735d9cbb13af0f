"""A program in a pseudo-terminal: start it, wait for words on its screen, press keys, resize, count bytes, stop
reading, hang up."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

_CONTROL = re.compile(
    rb"\x1b\[[0-9;?<=>]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_].*?\x1b\\|\x1b.", re.DOTALL
)
_KEPT = 4_000_000


class Terminal:
    """One child and what it wrote. Reads on a thread of its own, so that times are those of arrival."""

    def __init__(
        self, command: Sequence[str], *, size: tuple[int, int] = (120, 40), environment: Mapping[str, str] | None = None
    ) -> None:
        self.started = time.perf_counter()
        self.size = size
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            inherited = {name: text for name, text in os.environ.items() if name not in ("COLUMNS", "LINES")}
            env = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
            os.execvpe(command[0], list(command), env)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._guard = threading.Condition()
        self._written = bytearray()
        self._total = 0
        self._open = True
        self._reads = threading.Event()
        self._reads.set()
        self._gone = threading.Event()
        self._status: int | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def _read(self) -> None:
        while not self._gone.is_set():
            if not self._reads.wait(0.2):
                continue
            try:
                if not select.select([self._fd], [], [], 0.2)[0]:
                    continue
                found = os.read(self._fd, 65536)
            except OSError:
                found = b""
            with self._guard:
                if not found:
                    self._open = False
                    self._guard.notify_all()
                    return
                self._written += found
                self._total += len(found)
                del self._written[:-_KEPT]
                self._guard.notify_all()

    @property
    def written(self) -> int:
        """Bytes that arrived so far."""
        return self._total

    def stall(self) -> None:
        """Stops reading, as a line does that hangs."""
        self._reads.clear()

    def go_on(self) -> None:
        """Reads again."""
        self._reads.set()

    def forget(self) -> None:
        """Drops what was written so far, so that `wait_for` sees only what comes."""
        with self._guard:
            self._written.clear()

    def text(self) -> str:
        """What was written since `forget`, without control sequences."""
        with self._guard:
            return _CONTROL.sub(b"", bytes(self._written)).decode(errors="replace")

    def sent(self) -> bytes:
        """What was written since `forget`, as it came."""
        with self._guard:
            return bytes(self._written)

    def wait_for(self, words: str, timeout_s: float = 30.0) -> float:
        """The seconds on the performance counter at which these words were there."""
        needle = words.encode()
        deadline = time.perf_counter() + timeout_s
        with self._guard:
            while needle not in self._written:
                left = deadline - time.perf_counter()
                if left <= 0 or not self._open:
                    raise TimeoutError(f"{words!r} never came; the last words: {self._tail()!r}")
                self._guard.wait(left)
        return time.perf_counter()

    def _tail(self) -> str:
        return _CONTROL.sub(b" ", bytes(self._written[-4000:])).decode(errors="replace")[-400:]

    def press(self, keys: str) -> float:
        """Sends keys; the moment at which they were sent."""
        os.write(self._fd, keys.encode())
        return time.perf_counter()

    def resize(self, columns: int, rows: int) -> None:
        """Gives the terminal another size; the kernel tells the program."""
        self.size = (columns, rows)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """The terminal vanishes: the kernel sends SIGHUP, and nothing can be read or written any more."""
        if not self._gone.is_set():
            self._gone.set()
            self._reader.join()  # before the number of the file can mean another one
            os.close(self._fd)

    def wait(self, timeout_s: float = 20.0) -> int:
        """The exit code of the program once it has ended by itself. Raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while not self._ended():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the program goes on; its last words: {self._tail()!r}")
            time.sleep(0.02)
        assert self._status is not None
        return os.waitstatus_to_exitcode(self._status)

    def _ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = status
        return self._status is not None

    def end(self, timeout_s: float = 5.0) -> int:
        """SIGTERM, then SIGKILL; the exit status."""
        self._reads.set()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._ended():
                break
            os.kill(self.pid, number)
            deadline = time.monotonic() + timeout_s
            while time.monotonic() < deadline and not self._ended():
                time.sleep(0.02)
        self.hang_up()
        return -1 if self._status is None else self._status
