"""Listens for updates: one poller for a token, each update handled once, every trouble with a plain state of its own.

The library's own loop is not used: it confirms updates before they are handled, keeps a revoked token to itself, and
knows no lease (docs/decisions/0011).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from engine.api.moved import Moved
from engine.domain.chat import RETRIED, Ear
from engine.telegram import texts
from engine.telegram.handle import PASSING, Handler
from engine.telegram.kit import Kit
from engine.telegram.trouble import FLOODED, Conflicted, Flood, Offline, TelegramTrouble, TokenRefused
from engine.telegram.wire import POLL_S

if TYPE_CHECKING:
    from telegram import Update

T = TypeVar("T")
_log = logging.getLogger(__name__)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_RENEW = timedelta(seconds=15)
"""Well within the lease, also while one update follows the other."""
_ASKED_EVERY_S = 0.5
_STATES = {Conflicted: Ear.CONFLICT, Flood: Ear.FLOOD, TokenRefused: Ear.REFUSED}


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds between two tries, by what went wrong; the second number is where doubling ends."""

    offline: tuple[float, float] = (1.0, 60.0)
    conflict: tuple[float, float] = (30.0, 600.0)
    refused: tuple[float, float] = (300.0, 3_600.0)
    elsewhere: float = 5.0
    again: tuple[float, ...] = (1.0, 3.0, 8.0)
    """Between the tries to handle one update while the database or the disk is in trouble."""


class Stopped(Exception):
    """The engine stops."""


class Poller:
    """Runs until the engine stops. Nothing that happens here reaches the line."""

    def __init__(
        self,
        kit: Kit,
        handler: Handler,
        bot_id: str,
        stopping: asyncio.Event,
        moved: Moved,
        waits: Waits = Waits(),  # noqa: B008
    ) -> None:
        self._kit = kit
        self._handler = handler
        self._bot_id = bot_id
        self._stopping = stopping
        self._moved = moved
        self._waits = waits
        self._holder = holder()
        self._offset = 0
        self._written_off = 0
        self._state = Ear.OFF
        self._failures = 0
        self._renewed_at: datetime | None = None

    async def run(self) -> None:
        """Listens until the engine stops."""
        try:
            while True:
                try:
                    await self._listen()
                except TelegramTrouble as error:
                    await self._pause(error)
        except Stopped:
            pass
        finally:
            await self._kit.desk.release(self._bot_id, self._holder)

    async def _listen(self) -> None:
        """From taking the lease to the first trouble."""
        await self._take_lease()
        if self._state is not Ear.LISTENING:
            me = await self._unless_stopping(self._kit.wire.me())
            await self._unless_stopping(self._kit.wire.prepare(list(texts.COMMANDS.items())))
            await self._kit.desk.set_ear(self._bot_id, Ear.STARTING, username=me.username)
        while True:
            fresh = self._state is not Ear.LISTENING  # then the first answer comes at once
            updates = await self._unless_stopping(self._kit.wire.updates(self._offset, 0 if fresh else POLL_S))
            self._kit.refused.clear()
            if fresh:
                self._state, self._failures = Ear.LISTENING, 0
                await self._show_listening()
                _log.info("the bot listens")
            for update in updates:
                await self._one(update)
                await self._renew()
            await self._write_off()
            if not updates:
                await self._renew(now=True)

    async def _renew(self, *, now: bool = False) -> None:
        """Renews the lease and says when Telegram was heard last; by time, for updates may come without a pause."""
        at = self._kit.now()
        if now or self._renewed_at is None or at - self._renewed_at >= _RENEW:
            self._renewed_at = at
            await self._take_lease()
            await self._kit.desk.heard(self._bot_id, self._holder)

    async def floods(self) -> None:
        """Shows each pause that Telegram asks of what the bot sends, until the engine stops; it is heard meanwhile."""
        with contextlib.suppress(Stopped):
            while True:
                await self._unless_stopping(self._kit.wire.flood_begins())
                await self._show_listening()
                while (left := self._kit.wire.flood_s()) > 0:
                    await self._sleep(left)
                await self._show_listening()

    async def _show_listening(self) -> None:
        """Writes down that it listens, and for how long it must not speak. A trouble of listening has words of its
        own."""
        if self._state is not Ear.LISTENING:
            return
        if (left := self._kit.wire.flood_s()) > 0:
            retry_at = self._kit.now() + timedelta(seconds=left)
            await self._kit.desk.set_ear(self._bot_id, Ear.FLOOD, FLOODED, retry_at)
        else:
            await self._kit.desk.set_ear(self._bot_id, Ear.LISTENING)

    async def _one(self, update: Update) -> None:
        """Handles an update, then writes it off: one that comes again because the bot fell in between does no harm. A
        button works once, a typed deed is written off with what it does, and anything else only looks or says."""
        if update.update_id < self._offset:
            await self._handler.seen(update)
            return
        of_the_list = await self._handled(update)
        self._offset = update.update_id + 1
        if of_the_list:  # of strangers there may be many: they are written off with what comes next
            await self._write_off()

    async def _write_off(self) -> None:
        """Everything so far is handled."""
        if self._offset == self._written_off:
            return
        try:
            await self._kit.desk.handled(self._bot_id, self._offset)
            self._written_off = self._offset
        except PASSING as error:  # Telegram hears of it with the next poll, the database with the next update
            _log.warning("an update is not written off yet: %s", error)

    async def _handled(self, update: Update) -> bool:
        """Tries it again while the trouble may pass; in the end, the person is told that it did not work. Whether
        somebody of the list sent it."""
        for wait in (*self._waits.again, None):
            try:
                return await self._handler.handle(update)
            except PASSING as error:
                _log.warning("an update could not be handled: %s", error)
                if wait is not None:
                    await self._sleep(wait)
            except Exception:  # noqa: BLE001 - one bad update must not stop those behind it
                _log.exception("an update could not be handled")
                break
        self._handler.failed(update)
        return True

    async def _take_lease(self) -> None:
        while True:
            other = await self._kit.desk.holder(self._bot_id)
            poller = await self._kit.desk.take_lease(self._bot_id, self._holder, may_take=gone(other))
            if poller is not None:
                self._written_off = poller.next_update
                self._offset = max(self._offset, poller.next_update)
                return
            if self._state is not Ear.ELSEWHERE:
                self._state = Ear.ELSEWHERE
                _log.warning("another engine of this label listens with this bot token")
            await self._sleep(self._waits.elsewhere)

    async def _pause(self, error: TelegramTrouble) -> None:
        """Says what is wrong, once, and waits for as long as it takes."""
        state = next((state for kind, state in _STATES.items() if isinstance(error, kind)), Ear.OFFLINE)
        if state is not self._state:
            self._failures = 0
            _log.warning("the bot does not listen: %s", error)
        seconds = self._seconds(error)
        self._failures += 1
        self._state = state
        if state is Ear.REFUSED:
            self._kit.refused.set()
        retry_at = self._kit.now() + timedelta(seconds=seconds)
        await self._kit.desk.set_ear(self._bot_id, state, str(error), retry_at)
        if state in RETRIED:
            await self._rest(seconds)
        else:
            await self._sleep(seconds)

    async def _rest(self, seconds: float) -> None:
        """Waits so long, or until somebody wants it tried again."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            await self._sleep(min(left, _ASKED_EVERY_S))
            if self._moved.look() and await self._kit.desk.due_again(self._bot_id):
                self._failures = 0
                return

    def _seconds(self, error: TelegramTrouble) -> float:
        if isinstance(error, Flood):
            return error.seconds
        first, most = {
            Conflicted: self._waits.conflict,
            TokenRefused: self._waits.refused,
            Offline: self._waits.offline,
        }.get(type(error), self._waits.offline)
        return float(min(most, first * 2 ** min(self._failures, 20)))

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
            raise Stopped

    async def _unless_stopping(self, asked: Awaitable[T]) -> T:
        """What was asked, or Stopped as soon as the engine stops: a poll may take half a minute."""
        task = asyncio.ensure_future(asked)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Stopped
            return task.result()
        finally:
            for each in (task, stop):
                each.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)


def holder() -> str:
    """This process, told from every other one: machine start, process, and a random part for several in one."""
    return f"{_boot()}:{os.getpid()}:{os.urandom(4).hex()}"


def gone(other: str) -> bool:
    """Whether the process of this name is known to be gone: of this machine's present start, and not running."""
    boot, _, rest = other.partition(":")
    pid = rest.partition(":")[0]
    if not boot or boot != _boot() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _boot() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
