"""Answers that wait for their turn: in order within a chat, so that a slow chat holds up neither presses nor others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from engine.domain.errors import NoktvrnError
from engine.telegram.trouble import Flood, Offline

_log = logging.getLogger(__name__)

_MOST = 200
_TRIES = 3
_PAUSE_S = 2.0
_LEAVE_S = 0.5
_STRANGERS = 20
_STRANGER_S = 0.5

Job = Callable[[], Awaitable[object]]


class Outbox:
    """One line for each chat. What does not fit into a full line is dropped: a person asks again."""

    def __init__(self) -> None:
        self._lines: dict[int, asyncio.Queue[Job]] = {}
        self._strangers: asyncio.Queue[Job] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, chat_id: int, job: Job) -> None:
        """Has a job done after those before it in this chat."""
        line = self._lines.get(chat_id)
        if line is None:
            line = self._lines[chat_id] = asyncio.Queue(_MOST)
            self._start(self._work(chat_id, line))
        try:
            line.put_nowait(job)
        except asyncio.QueueFull:
            _log.warning("chat %d has too many answers waiting: one was dropped", chat_id)

    def later(self, job: Job) -> None:
        """Has a job done for a stranger: one at a time, with pauses, and of a flood few, so that nobody of the list
        waits for it."""
        if self._strangers is None:
            self._strangers = asyncio.Queue(_STRANGERS)
            self._start(self._serve(self._strangers))
        try:
            self._strangers.put_nowait(job)
        except asyncio.QueueFull:
            _log.debug("a stranger was not answered: too many ask")

    async def _serve(self, line: asyncio.Queue[Job]) -> None:
        while not line.empty():
            await self._done(await line.get())
            await asyncio.sleep(_STRANGER_S)
        self._strangers = None

    def now(self, job: Job) -> None:
        """Has a job done at once, beside everything."""
        self._start(self._done(job))

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, chat_id: int, line: asyncio.Queue[Job]) -> None:
        while not line.empty():
            await self._done(await line.get())
        del self._lines[chat_id]

    async def _done(self, job: Job) -> None:
        for attempt in range(_TRIES):
            try:
                await job()
            except (Flood, Offline) as error:
                if attempt == _TRIES - 1:
                    _log.warning("an answer was not sent: %s", error)
                    return
                await asyncio.sleep(error.seconds if isinstance(error, Flood) else _PAUSE_S)
            except NoktvrnError as error:
                _log.warning("an answer was not sent: %s", error)
                return
            except Exception:  # noqa: BLE001 - one bad answer must not end the line of its chat
                _log.exception("an answer failed")
                return
            else:
                return

    async def close(self) -> None:
        """Drops what is left after a moment."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LEAVE_S)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
