"""The consoles that browsers see: a process for each tab, no more than allowed, none left behind."""

from __future__ import annotations

import asyncio
import json
import logging
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from engine.safety.process import die_with_parent
from engine.safety.text import plain

log = logging.getLogger(__name__)

_PRELUDE = b"__GANGLION__\n"
_LARGEST = 16 * 1024 * 1024
_WORDS = 2000
_PATIENCE_S = (1.5, 1.0)
"""How long a console may take to leave by itself, then after SIGTERM; SIGKILL ends it. Together well under 5 s."""

Send = Callable[[bytes], Awaitable[None]]
HangUp = Callable[[], Awaitable[object]]


class Console(AppService):
    """One console process and the line to its browser, in textual-serve's protocol.

    Its process handling is replaced: no shell, no life after ours, output that is read on when the browser is gone (a
    console that waits for its reader could not be told to leave), and an end that does not depend on good will.
    """

    def __init__(self, command: Sequence[str], send: Send, hang_up: HangUp) -> None:
        async def no_text(_text: str) -> None:
            """Links and downloads are not offered; nothing is sent as text but answers to pings."""

        async def close() -> None:
            await hang_up()

        super().__init__(
            command[0], write_bytes=send, write_str=no_text, close=close, download_manager=DownloadManager()
        )
        self._arguments = tuple(command)
        self._gone = False
        self._ending = asyncio.Lock()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width=width, height=height),
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        self._stdin = self._process.stdin
        return self._process

    @property
    def pid(self) -> int | None:
        """The console's process, once there is one."""
        return self._process.pid if self._process is not None else None

    async def run(self) -> None:
        """Hands the console's output on until it ends, then hangs up."""
        process = self._process
        assert process is not None and process.stdout is not None and process.stderr is not None
        words = asyncio.create_task(_last_words(process.stderr))
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._relay(process.stdout)
        finally:
            said = await words
            if said:
                log.warning("a served console said: %s", said)
            with suppress(ConnectionError, RuntimeError):
                await self.remote_close()

    async def _relay(self, stdout: asyncio.StreamReader) -> None:
        await stdout.readuntil(_PRELUDE)
        while True:
            head = await stdout.readexactly(5)
            size = int.from_bytes(head[1:], "big")
            if size > _LARGEST:
                log.error("a served console sent a packet of %d bytes", size)
                return
            payload = await stdout.readexactly(size)
            if head[:1] == b"D":
                await self.on_data(payload)
            elif head[:1] == b"M":
                await self.on_meta(payload)

    async def on_data(self, payload: bytes) -> None:
        """Sends a piece of the picture; what comes after the browser has gone is read and dropped."""
        if self._gone:
            return
        try:
            await self.remote_write_bytes(payload)
        except (ConnectionError, RuntimeError):
            self._gone = True

    async def on_meta(self, data: bytes) -> None:
        """Knows one word, the console's goodbye; it opens no address in the browser and sends no file."""
        kind = json.loads(data).get("type")
        if kind != "exit":
            log.info("a served console asked for %s, which is not offered", plain(str(kind), limit=40))

    async def stop(self) -> None:
        """Ends the process, by force where it does not leave; may be called more than once."""
        async with self._ending:
            process, task = self._process, self._task
            if process is None:
                return
            with suppress(Exception):
                await asyncio.wait_for(self.send_meta({"type": "quit"}), 0.3)
            for patience, harder in zip(_PATIENCE_S, (process.terminate, process.kill), strict=True):
                try:
                    await asyncio.wait_for(process.wait(), patience)
                except TimeoutError:
                    with suppress(ProcessLookupError):
                        harder()
                else:
                    break
            await process.wait()
            if task is not None:
                await task
                self._task = None


async def _last_words(stderr: asyncio.StreamReader) -> str:
    kept = b""
    while data := await stderr.read(4096):
        kept = (kept + data)[-_WORDS:]
    return plain(kept.decode("utf-8", "replace").strip(), limit=_WORDS)


class Full(Exception):
    """As many consoles run as are allowed."""


class Sessions:
    """The consoles that run now, each with the login that it belongs to."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken = 0
        self._running: dict[Console, bytes] = {}
        self._endings: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """Whether another one would be one too many; one that is still ending counts."""
        return max(self._taken, len(self._running)) >= self.most

    @property
    def pids(self) -> list[int]:
        """The processes of the consoles that run."""
        return [console.pid for console in self._running if console.pid is not None]

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Keeps a place for one console. Raises Full."""
        if self.full:
            raise Full
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    @asynccontextmanager
    async def running(self, console: Console, login: bytes, size: tuple[int, int]) -> AsyncIterator[None]:
        """Starts the console, and ends it when this is left, whatever happens to the one who waits here."""
        self._running[console] = login
        try:
            await console.start(*size)
            log.info("a served console begins: process %s, %d of %d", console.pid, self._taken, self.most)
            yield
        finally:
            ending = asyncio.create_task(self._end(console))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)
            await asyncio.shield(ending)

    async def _end(self, console: Console) -> None:
        try:
            await console.stop()
        finally:
            self._running.pop(console, None)
            log.info("a served console has ended: process %s", console.pid)

    async def end(self, login: bytes | None = None) -> None:
        """Ends the consoles of one login, or all, and waits until they have."""
        ending = [console.stop() for console, owner in self._running.items() if login in (None, owner)]
        await asyncio.gather(*ending)
        if login is None:
            await asyncio.gather(*self._endings)
