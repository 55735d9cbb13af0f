"""The bot as a part of the engine: it starts where a token is set, and whatever happens to it, the line goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from engine.api.chat_access import allowed
from engine.api.chat_desk import ChatDesk
from engine.api.chat_gate import actor_of
from engine.api.chat_press import Rules
from engine.api.commands import Commands
from engine.api.door import Database, Writable
from engine.api.moved import Moved
from engine.api.queries import Queries
from engine.domain.chat import Caller
from engine.domain.clock import Clock, utc_now
from engine.domain.errors import NoktvrnError
from engine.home import Home
from engine.safety.refused import refused_words
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.telegram.handle import Handler
from engine.telegram.kit import Kit
from engine.telegram.media import Studio
from engine.telegram.outbox import Outbox
from engine.telegram.pace import Pace
from engine.telegram.poller import Poller, Waits
from engine.telegram.rounds import Rounds
from engine.telegram.wire import Wire, connected

_log = logging.getLogger(__name__)

_LOOK_S = 0.3
_SURE_S = 20.0
_AGAIN_S = 10.0
_LEAVE_S = 1.5
_PRUNE_S = 3_600.0
_REFUSALS_S = 0.5


class Telegram:
    """One bot. `run` lasts until `stopping` is set."""

    def __init__(
        self,
        database: Database,
        home: Home,
        settings: Settings,
        redactor: Redactor,
        stopping: asyncio.Event,
        *,
        now: Clock = utc_now,
        waits: Waits = Waits(),  # noqa: B008 - frozen
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._home = home
        self._settings = settings
        self._redactor = redactor
        self._stopping = stopping
        self._now = now
        self._waits = waits
        self._pace = pace

    async def run(self) -> None:
        """Starts the bot anew where it fell for a reason that nobody thought of."""
        token = self._settings.telegram_bot_token
        assert token is not None
        bot_id = token.reveal().partition(":")[0]
        while not self._stopping.is_set():
            try:
                async with connected(token, self._settings.telegram_api_base, self._redactor, self._pace) as wire:
                    await self._work(wire, bot_id)
            except Exception:  # noqa: BLE001 - the line outlives its bot
                _log.exception("the bot fell; it starts again in %g s", _AGAIN_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), _AGAIN_S)

    async def _work(self, wire: Wire, bot_id: str) -> None:
        kit = self._kit(wire)
        outbox = Outbox()
        moved = Moved(self._home.database, sure_every_s=_SURE_S)
        poller = Poller(kit, Handler(kit, outbox, bot_id), bot_id, self._stopping, moved, self._waits)
        rounds = Rounds(kit)
        tasks = [
            asyncio.create_task(poller.run()),
            asyncio.create_task(poller.floods()),
            asyncio.create_task(self._looks(rounds.previews, kit.reopened)),
            asyncio.create_task(self._looks(rounds.endings, kit.moved)),
            asyncio.create_task(self._prunes(kit)),
            asyncio.create_task(self._writes_refusals(kit)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            if self._stopping.is_set():
                await asyncio.wait(tasks, timeout=_LEAVE_S)  # a query that is cancelled leaves its connection open
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(rounds.close(), outbox.close())
            await asyncio.wait([asyncio.create_task(self._write_refusals(kit, everything=True))], timeout=_LEAVE_S)

    def _kit(self, wire: Wire) -> Kit:
        settings = self._settings
        rules = Rules(settings.approval_grace_seconds, settings.artist_retirement_threshold)
        return Kit(
            wire=wire,
            desk=ChatDesk(self._database, allowed(settings), rules, self._now, self._commands),
            queries=Queries(self._database, self._home, settings, now=self._now),
            settings=settings,
            redactor=self._redactor,
            studio=Studio(self._home.telegram),
            now=self._now,
        )

    def _commands(self, database: Writable, caller: Caller) -> Commands:
        return Commands(
            database,
            self._home,
            actor_of(caller.name),
            grace_s=self._settings.approval_grace_seconds,
            retirement_threshold=self._settings.artist_retirement_threshold,
            names=partial(refused_words, self._home.root, self._settings.refused_words_file),
            live=self._settings.ddex_live,
            now=self._now,
            named=allowed(self._settings).users,
        )

    async def _looks(self, look: Callable[[], Awaitable[None]], soon: asyncio.Event) -> None:
        """Looks after every commit, at once where `soon` is set, and now and then all the same."""
        moved = Moved(self._home.database, sure_every_s=_SURE_S)
        while not self._stopping.is_set():
            if moved.look() or soon.is_set():
                soon.clear()
                try:
                    await look()
                except Exception:  # noqa: BLE001 - the bot outlives one bad look
                    _log.exception("a look of the bot failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(soon.wait(), _LOOK_S)

    async def _prunes(self, kit: Kit) -> None:
        while not self._stopping.is_set():
            await kit.desk.prune()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _PRUNE_S)

    async def _write_refusals(self, kit: Kit, *, everything: bool = False) -> None:
        try:
            await kit.desk.write_refusals(everything=everything)
        except NoktvrnError as error:
            _log.warning("what was refused is not written down yet: %s", error)

    async def _writes_refusals(self, kit: Kit) -> None:
        while not self._stopping.is_set():
            await self._write_refusals(kit)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _REFUSALS_S)
