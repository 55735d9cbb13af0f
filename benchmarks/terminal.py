"""A program in a pseudo-terminal: start it, wait for words on its screen, press keys, count bytes, stop reading."""

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
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
            os.execvpe(command[0], list(command), env)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._guard = threading.Condition()
        self._written = bytearray()
        self._total = 0
        self._open = True
        self._reads = threading.Event()
        self._reads.set()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def _read(self) -> None:
        while True:
            self._reads.wait()
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

    def end(self, timeout_s: float = 5.0) -> int:
        """SIGTERM, then SIGKILL; the exit status."""
        self._reads.set()
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                break
            deadline = time.monotonic() + timeout_s
            while time.monotonic() < deadline:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    os.close(self._fd)
                    return status
                time.sleep(0.02)
        return -1
