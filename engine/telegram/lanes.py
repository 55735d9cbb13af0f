"""Work of many chats side by side: one lane for each, so that a slow chat holds up itself alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable

_log = logging.getLogger(__name__)

_LEAVE_S = 0.5

Job = Callable[[], Awaitable[None]]


class Lanes:
    """One job at a time in each lane. What is put into a lane at work follows once, the newest alone."""

    def __init__(self) -> None:
        self._next: dict[Hashable, Job | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, lane: Hashable, job: Job) -> None:
        """Has a job done in its lane."""
        at_work = lane in self._next
        self._next[lane] = job
        if not at_work:
            task = asyncio.create_task(self._work(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: Hashable) -> None:
        try:
            while (job := self._next[lane]) is not None:
                self._next[lane] = None
                try:
                    await job()
                except Exception:  # noqa: BLE001 - the bot outlives one bad look
                    _log.exception("a look of the bot failed")
        finally:
            del self._next[lane]

    async def close(self) -> None:
        """Leaves what is at work a moment, then ends it."""
        for lane in self._next:
            self._next[lane] = None
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LEAVE_S)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
