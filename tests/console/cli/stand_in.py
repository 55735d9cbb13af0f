"""An engine for tests of the command line: holds the lock, carries out `start_run` by writing rows, makes nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from engine.domain.runs import ENGINE, PRODUCE_STAGES, RunState, Stage
from engine.home import Home
from engine.lock import EngineState, Mode, acquire
from engine.store import control, releases, reviews, runs
from engine.store.database import Database, open_database
from tests.console.cli import label as names
from tests.label import add_run, content

RUN = "r-2n6p9sbvxy"

Deed = Callable[[Database], Awaitable[None]]


class StandIn:
    """Waits for a command, then does its deeds; runs in a thread of its own as `with StandIn(home, …):`.

    With `leaves` it is gone after its last deed; with `when` it waits for that rather than for a command.
    """

    def __init__(
        self,
        home: Home,
        *deeds: Deed,
        leaves: bool = False,
        when: Callable[[Database], Awaitable[bool]] | None = None,
        mode: Mode = Mode.HEADLESS,
    ) -> None:
        self._home = home
        self._mode = mode
        self._when = when or _commanded
        self._deeds = deeds
        self._leaves = leaves
        self._done = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))
        self._failure: BaseException | None = None

    def __enter__(self) -> StandIn:
        self._lock = acquire(self._home.lock, self._mode)
        self._lock.tell(EngineState.RUNNING)
        self._held = True
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.leave()
        if self._failure is not None:
            raise self._failure

    def leave(self) -> None:
        """Frees the lock, as an engine that ends."""
        if self._held:
            self._held = False
            self._lock.release()

    async def _work(self) -> None:
        database = await open_database(self._home.database, self._home.backups)
        try:
            if await self._wait(database):
                for deed in self._deeds:
                    await deed(database)
                if self._leaves:
                    self.leave()
        except BaseException as error:  # raised again in the test's thread
            self._failure = error
        finally:
            await database.close()

    async def _wait(self, database: Database) -> bool:
        while not self._done.is_set():
            if await self._when(database):
                return True
            await asyncio.sleep(0.02)
        return False


async def _commanded(database: Database) -> bool:
    async with database.read() as connection:
        return bool(await control.pending_commands(connection))


def now() -> datetime:
    return datetime.now(UTC)


async def accept(database: Database) -> None:
    """Carries out the pending command: there is a run, by the artist of the label."""
    async with database.write() as connection:
        [command] = await control.pending_commands(connection)
        run = await add_run(connection, RUN, names.ARTIST, at=now())
        await runs.move(connection, run, RunState.GENERATING, ENGINE, now(), title="Night Ferry")
        result = {"run_id": RUN, "artist_id": names.ARTIST}
        await control.finish_command(connection, command.id, "done", result, now())


async def refuse(database: Database) -> None:
    """Fails the pending command."""
    async with database.write() as connection:
        [command] = await control.pending_commands(connection)
        await control.finish_command(connection, command.id, "failed", {"error": "No artist is free."}, now())


async def produce(database: Database) -> None:
    """Takes the run through all stages to its review."""
    for stage in PRODUCE_STAGES:
        await _stage(database, stage)
    async with database.write() as connection:
        run = await runs.get(connection, RUN)
        await reviews.add_revision(connection, "v-new", RUN, content("Night Ferry"), now())
        await runs.move(connection, run, RunState.AWAITING_REVIEW, ENGINE, now(), waiting_since=now(), progress=1.0)


async def fail(database: Database) -> None:
    """Breaks the run at its clip."""
    await _stage(database, Stage.CONCEPT)
    async with database.write() as connection:
        run = await runs.get(connection, RUN)
        await runs.stage_starts(connection, run, Stage.CLIP, now())
        await runs.stage_failed(connection, run, Stage.CLIP, "ffmpeg is gone.", now())
        run = await runs.get(connection, RUN)
        failure = {"cause": "ffmpeg is \x1b[31mgone.", "fix": "Install it.", "retryable": True}
        await runs.move(connection, run, RunState.FAILED, ENGINE, now(), failure=failure)


async def package_when_approved(database: Database) -> None:
    """Waits for the approval, then makes the release."""
    while True:
        async with database.read() as connection:
            run = await runs.get(connection, RUN)
        if run.state is RunState.APPROVED:
            break
        await asyncio.sleep(0.02)
    async with database.write() as connection:
        await runs.move(connection, run, RunState.PACKAGING, ENGINE, now(), progress=0.0)
    await _stage(database, Stage.PACKAGE)
    async with database.write() as connection:
        run = await runs.get(connection, RUN)
        await releases.add(
            connection,
            releases.Release(
                "p-new",
                RUN,
                names.ARTIST,
                "v-new",
                "Night Ferry",
                "/srv/label/releases/night-ferry",
                "0" * 64,
                {},
                now(),
            ),
        )
        await runs.move(connection, run, RunState.PACKAGED, ENGINE, now(), progress=1.0)


async def _stage(database: Database, stage: Stage) -> None:
    async with database.write() as connection:
        run = await runs.get(connection, RUN)
        await runs.stage_starts(connection, run, stage, now())
        await runs.stage_done(connection, run, stage, {}, 0.1, now())
