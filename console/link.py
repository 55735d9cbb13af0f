"""The console's link to everything outside it: a thread with a loop of its own that holds the door to the database,
starts or attaches to the engine, and turns the change feed into small messages.

The screen's loop stops while a terminal is stalled, and a query must not hold up a key: neither can happen here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message

from console.login import operator
from console.messages import Changed, Changes, DoorOpened, DoorStuck, EngineMoved
from console.supervision import EngineView, Keeper, LinkState, Sighting, keep, step, with_keeper
from engine.api.access import Access
from engine.domain.clock import Clock, utc_now
from engine.domain.errors import NoktvrnError
from engine.domain.runs import Channel
from engine.lock import Mode, Part

if TYPE_CHECKING:
    from engine.api import Door, EngineProcess
    from engine.home import Home
    from engine.settings import Settings

T = TypeVar("T")
log = logging.getLogger(__name__)
Tell = Callable[[Message], object]

LOOK_S = 0.22
"""Between two looks at the feed: at most four or five repaints a second."""

_CALM_S = 0.5
"""The same where nothing has changed for a while: every look wakes a core up."""
_CALM_AFTER_S = 5.0
_SURE_S = 5.0
_ENGINE_S = 0.5
_ENGINE_UP_S = 1.0
_BATCH = 1000
_CLOSING_S = 5.0


class Link:
    """One console's link. `run` lives in a thread; everything else may be called from the screen's loop."""

    def __init__(
        self, home: Home, settings: Settings, *, start_engine: bool, access: Access | None = None, now: Clock = utc_now
    ) -> None:
        self.engine = EngineView(LinkState.UNKNOWN)
        self.access = access or Access()
        self.actor = operator(Channel.BROWSER if self.access.served else Channel.CONSOLE)
        self.trouble: NoktvrnError | None = None
        self._home = home
        self._settings = settings
        self._now = now
        self._keeper = Keeper(wanted=start_engine and not self.access.readonly)
        self._attached = True
        self._child: EngineProcess | None = None
        self._children: list[EngineProcess] = []
        """Every process started here that still runs, also where this console has let go of it: it must be reaped."""
        self._changes = Changes()
        self._guard = threading.Lock()
        self._opened = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._closed: asyncio.Task[bool] | None = None
        self._stopped = False
        self._door: Door | None = None
        self._answers: set[asyncio.Task[Any]] = set()

    # --- called from the screen ---

    async def ask(self, question: Callable[[Door], Awaitable[T]]) -> T:
        """Puts a question (or a command) to the door and waits for the answer. Raises what the door raises."""
        while self._loop is None or self._door is None:
            if self.trouble is not None:
                raise self.trouble
            await asyncio.sleep(0.02)
        asked = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._answer(question), self._loop))
        asked.add_done_callback(_heard)
        # Whoever asked may lose interest; a query that is cancelled half-way can leave its connection waiting for ever.
        return await asyncio.shield(asked)

    async def aside(self, job: Callable[[Door], Awaitable[T]]) -> T:
        """Does a long reading on a thread of its own, by a door of its own to the label as it is now: no question waits
        for it, and nothing that is written meanwhile shows in it. Raises what the job raises."""
        if self.trouble is not None:
            raise self.trouble

        async def opened() -> T:
            from engine.api import open_door

            whole = open_door(self._home, self._settings, self.actor, readonly=True, now=self._now)
            async with whole as door, door.moment() as moment:
                return await job(moment)

        return await asyncio.to_thread(lambda: asyncio.run(opened()))

    def take_changes(self) -> Changes:
        """What changed since this was last called."""
        with self._guard:
            taken, self._changes = self._changes, Changes()
        return taken

    def start_engine(self) -> None:
        """Asks for an engine: the link attaches to one that is up and otherwise starts one. Raises ReadOnly."""
        self.access.require_changes()
        self._attached = True
        self._mean(Keeper.asked)

    def stop_engine(self) -> bool:
        """Tells the supervisor to stop, ends one that does not answer; False when there is none. Raises ReadOnly."""
        self.access.require_changes()
        self._mean(Keeper.let_go)
        return self._tell_to_stop()

    def restart_engine(self) -> None:
        """Stops the engine where there is one, and starts one when it is gone. Raises ReadOnly."""
        self.access.require_changes()
        self._attached = True
        self._tell_to_stop()  # first: a wish for an engine ends where one is up that nobody asked to leave
        self._mean(Keeper.asked)

    def detach(self) -> None:
        """Lets go of the engine: it works on, and this console neither watches nor starts it."""
        self._attached = False
        self._mean(Keeper.let_go)

    def attach(self) -> None:
        """Watches the engine again, whoever started it."""
        self._attached = True

    def _mean(self, change: Callable[[Keeper], Keeper]) -> None:
        with self._guard:
            self._keeper = change(self._keeper)

    def _tell_to_stop(self) -> bool:
        from engine.api import engine_status

        status = engine_status(self._home)
        if (pid := status.pid) is None:
            return False
        frozen = status.silent is not None and status.silent.part is Part.SUPERVISOR
        with self._guard:
            self.engine = EngineView(
                LinkState.STOPPING, pid, self.engine.worker, self.engine.mode, self.engine.since, asked_to_stop=True
            )
        try:
            os.kill(pid, signal.SIGKILL if frozen else signal.SIGTERM)  # a stopped process takes no other signal
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def close(self) -> None:
        """Ends `run`; the engine stays as it is."""
        self._stopped = True
        if self._loop is not None and self._stop is not None:
            try:
                self._loop.call_soon_threadsafe(self._stop.set)
            except RuntimeError:
                return  # the loop has ended already

    # --- the thread ---

    def run(self, tell: Tell) -> None:
        """Holds the door and watches until `close`; `tell` may be called from any thread."""
        try:
            asyncio.run(self._run(tell))
        except Exception:
            log.exception("the link failed")
            self.trouble = NoktvrnError("The console lost its database.", fix="The log says why; start it again.")
            tell(DoorStuck())

    async def _run(self, tell: Tell) -> None:
        from engine.api import open_door

        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        if self._stopped:
            return
        self._closed = asyncio.create_task(self._stop.wait())
        watcher = asyncio.create_task(self._watch_engine(tell))
        try:
            may = self.access
            async with open_door(
                self._home, self._settings, self.actor, readonly=may.readonly, served=may.served, now=self._now
            ) as door:
                seen = (await door.queries.overview()).seq
                self._door = door
                tell(DoorOpened())
                await self._watch_feed(door, seen, tell)
                await self._finish_answers()
        except NoktvrnError as error:
            self.trouble = error
            tell(DoorStuck())
            await self._stop.wait()
        finally:
            watcher.cancel()
            self._closed.cancel()

    async def _answer(self, question: Callable[[Door], Awaitable[T]]) -> T:
        if self._door is None:
            raise NoktvrnError("The console is closing.")
        task = asyncio.current_task()
        assert task is not None
        self._answers.add(task)
        try:
            return await question(self._door)
        finally:
            self._answers.discard(task)

    async def _finish_answers(self) -> None:
        """Lets what is being answered come to its end before the database closes under it."""
        self._door = None
        if self._answers:
            await asyncio.wait(self._answers, timeout=_CLOSING_S)

    async def _pause(self, seconds: float) -> bool:
        """Waits; False once the link is closed."""
        assert self._closed is not None
        await asyncio.wait((self._closed,), timeout=seconds)  # unlike `wait_for` makes no task of its own each time
        return not self._closed.done()

    async def _watch_feed(self, door: Door, seen: int, tell: Tell) -> None:
        """Reads what is new, until the link is closed."""
        from engine.api.moved import Moved

        moved = Moved(self._home.database, sure_every_s=_SURE_S)
        news_at = monotonic()
        while await self._pause(LOOK_S if monotonic() - news_at < _CALM_AFTER_S else _CALM_S):
            if not moved.look():
                continue
            try:
                found = await door.queries.changes(seen, _BATCH)
                if not found:
                    continue
                missed = found[0].seq > seen + 1 or len(found) == _BATCH
                seen = (await door.queries.overview()).seq if missed else found[-1].seq
            except Exception:
                log.exception("the change feed could not be read; it is tried again")
                continue
            news_at = monotonic()
            with self._guard:
                self._changes = self._changes.plus(((c.kind, c.ref) for c in found), everything=missed)
            tell(Changed())

    async def _watch_engine(self, tell: Tell) -> None:
        shown = self.engine
        while True:
            try:
                self._keep(self._look())
            except Exception:
                log.exception("the engine could not be looked at; it is tried again")
            if self.engine != shown:
                shown = self.engine
                tell(EngineMoved())
            if not await self._pause(_ENGINE_UP_S if shown.state is LinkState.RUNNING else _ENGINE_S):
                return

    def _keep(self, seen: Sighting) -> None:
        """Takes in what was seen, and starts an engine where that is meant now."""
        now = monotonic()
        with self._guard:
            if not self._attached:
                self.engine = EngineView(LinkState.DETACHED)
                self._child = None
            else:
                self.engine = step(self.engine, seen)
            ours = self._child is not None and self._child.process.pid == self.engine.pid
            self._keeper, start = keep(self._keeper, self.engine, now, child=ours)
            self.engine = with_keeper(self.engine, self._keeper, now)
        if start:
            self._begin()

    def _look(self) -> Sighting:
        from engine.api import engine_status

        self._children = [child for child in self._children if child.process.poll() is None]
        status = engine_status(self._home)
        clean = not _leftovers(self._home.lock)
        if self._child is None:
            return Sighting(status, clean)
        code = self._child.process.poll()
        if code is None:
            return Sighting(status, clean, child_alive=True)
        if status.pid not in (None, self._child.process.pid):
            self._child = None  # another engine took its place: what ours said last is no news of that one
            return Sighting(status, clean)
        return Sighting(status, clean, child_code=code, child_words=self._child.last_words())

    def _begin(self) -> None:
        from engine.api import start_engine

        try:
            self._child = start_engine(self._home, Mode.EMBEDDED)
        except (NoktvrnError, OSError) as error:
            self.engine = EngineView(LinkState.LOST, words=str(error))
        else:
            self._children.append(self._child)
            self.engine = EngineView(LinkState.STARTING)


def _heard(asked: asyncio.Future[Any]) -> None:
    """An answer that nobody waits for any more may be an error; then it is not said to be lost."""
    if not asked.cancelled():
        asked.exception()


def _leftovers(lock: Path) -> bool:
    """Whether the last holder fell: one that leaves by itself empties the lock file."""
    try:
        return lock.stat().st_size > 0
    except OSError:
        return False
