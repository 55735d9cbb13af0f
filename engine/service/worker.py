"""The worker: opens everything, runs the line until it is told to stop, and leaves nothing half-written.

`python -m engine.service.worker ROOT MODE`, started by the supervisor only.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.api.moved import Moved
from engine.domain.clock import utc_now
from engine.domain.errors import DiskFull, Exit, NoktvrnError, StoreError
from engine.domain.plurals import many
from engine.domain.runs import RunState
from engine.home import Home, at
from engine.lock import Mode, Part
from engine.logs import configure
from engine.logs.crashing import forget_stacks, stacks_kept
from engine.pipeline import held, leftovers, model_notices
from engine.pipeline.ledger import LLM_KEYS
from engine.pipeline.line import Line
from engine.repair import rows
from engine.repair.ground import Ground
from engine.repair.logged import ErrorHandler, collecting, store
from engine.repair.watching import Watcher
from engine.safety.files import FILE_MODE
from engine.safety.secrets import Redactor
from engine.service import aftermath
from engine.service.housekeeping import Housekeeper
from engine.service.pulse import ALIVE, BEAT_S, READY
from engine.service.start_switch import start_switch
from engine.service.supervisor import GOES_ON, NO_USE, PATCHED, START_OVER
from engine.service.watch import Watch
from engine.settings import Settings, load
from engine.store import control, health, journal, purchases, runs, spend
from engine.store.database import PATIENT, Database, open_database

_log = logging.getLogger("engine.service.worker")  # the module itself runs as __main__

_LOOK_EVERY_S = 0.5
_SURE_EVERY_S = 2.0
_ERRORS_EVERY_S = 0.25
_MODELS_EVERY_S = 30.0
_REPAIRS_EVERY_S = 5.0
_WAIT_FOR_LAST_S = 5.0
_EXECUTOR = "engine"


def main(arguments: list[str]) -> int:
    """Runs one worker; settings errors end with code 2 and one line per problem on stderr."""
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    home = at(Path(arguments[0]))
    try:
        loaded = load(home)
        home = home.with_output(loaded.settings.output_base_dir)
        os.environ.update(loaded.settings.outside())
        redactor = Redactor(loaded.secrets)
        configure(home.engine_log, loaded.settings.log_level, redactor)
        _wait_for_the_last_one(home)
        goes_on = GOES_ON in arguments[2:]
        with stacks_kept(home.logs, Part.WORKER), collecting() as errors:
            return asyncio.run(_run(home, Mode(arguments[1]), loaded.settings, redactor, errors, goes_on=goes_on))
    except DiskFull as error:
        _start_over(str(error))
        raise
    except NoktvrnError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the supervisor keeps these words
        return NO_USE if isinstance(error, StoreError) else error.exit_code


async def _run(
    home: Home, mode: Mode, settings: Settings, redactor: Redactor, errors: ErrorHandler, *, goes_on: bool
) -> int:
    database = await open_database(home.database, home.backups, waits=PATIENT)
    line = Line(database, home, settings, redactor)
    _on_signals(line.stopping)
    if not goes_on:  # after a fall the switch stays where somebody put it
        await start_switch(database, mode, utc_now())
    await aftermath.take_in(line)
    await rows.take_in(line.database, Ground.of(home.root, settings), line.now())
    await _settle_what_was_left(database)
    await _say_what_is_taken_up(database)
    from engine.durable import Durable
    from engine.pipeline.runner import Runner
    from engine.service.cycle import Cycle
    from engine.service.delivery_keeper import DeliveryKeeper
    from engine.service.dispatcher import Dispatcher
    from engine.service.model_keeper import ModelKeeper
    from engine.service.repair_keeper import RepairKeeper, settle_work

    await settle_work(line)
    await asyncio.to_thread(leftovers.sweep, home)  # before anything is taken up again
    began = utc_now()  # before anything is taken up again: what began earlier is no work of this worker
    runner = Runner(line)
    durable = Durable(home.engine_database, runner)
    await durable.start()
    dispatcher, cycle, sender, keeper = (
        Dispatcher(line, durable),
        Cycle(line),
        DeliveryKeeper(line, durable),
        ModelKeeper(line, lists=mode is not Mode.ONESHOT),
    )
    beats = _Beats(database, mode, began)
    watch = Watch(line, runner.idle_s, _start_over)
    loops = [
        asyncio.create_task(_repeat(_when_moved(home, dispatcher.look), _LOOK_EVERY_S, line.stopping)),
        asyncio.create_task(_repeat(_when_moved(home, cycle.look), _LOOK_EVERY_S, line.stopping)),
        asyncio.create_task(_repeat(_when_moved(home, sender.look), _LOOK_EVERY_S, line.stopping)),
        asyncio.create_task(_repeat(beats.beat, BEAT_S, line.stopping)),
        asyncio.create_task(_repeat(watch.look, BEAT_S, line.stopping)),
        asyncio.create_task(_repeat(keeper.look, _MODELS_EVERY_S, line.stopping)),
        asyncio.create_task(_repeat(RepairKeeper(line).look, _REPAIRS_EVERY_S, line.stopping)),
        asyncio.create_task(_repeat(Housekeeper(line).look, _MODELS_EVERY_S, line.stopping)),
        asyncio.create_task(aftermath.make_good(line)),
        asyncio.create_task(_repeat(lambda: aftermath.take_in(line), _SURE_EVERY_S, line.stopping)),
        asyncio.create_task(_repeat(lambda: _take_logged(line, errors), _ERRORS_EVERY_S, line.stopping)),
        asyncio.create_task(Watcher(home.logs, database, redactor, line.stopping, now=line.now).run()),
    ]
    if settings.telegram_bot_token is not None:
        loops.append(asyncio.create_task(_bot(line)))
    os.set_blocking(1, False)  # a supervisor that has stopped listening never holds up the work
    os.write(1, READY)
    loops.append(asyncio.create_task(_repeat(_say_alive, BEAT_S, line.stopping)))
    _log.info("the worker runs (%s, pid %d)", mode, os.getpid())
    await line.stopping.wait()
    await asyncio.gather(*loops, return_exceptions=True)
    await _take_logged(line, errors)
    await beats.leave()
    _log.info("the worker stops")
    logging.shutdown()
    forget_stacks(home.logs, Part.WORKER)
    # Whatever is still at work stays pending in the durable store. Leaving this way gives no step the chance to
    # report its dying child as a failure; the kernel ends the children with us.
    os._exit(PATCHED if line.patched.is_set() else Exit.DONE)


async def _take_logged(line: Line, errors: ErrorHandler) -> None:
    await store(line.database, line.redactor, errors, line.now())


async def _bot(line: Line) -> None:
    """The label in a chat. Nothing of it is loaded without a token."""
    from engine.telegram.service import Telegram

    await Telegram(line.database, line.home, line.settings, line.redactor, line.stopping, now=line.now).run()


async def _settle_what_was_left(database: Database) -> None:
    """Calls to models that died with the last worker are booked in full; everything that waited is tried again, and so
    are music providers asked that refused a key or a plan, for settings and keys may be others now. What is still wrong
    is told anew."""
    async with database.write() as connection:
        lost = await spend.book_abandoned(connection, LLM_KEYS, utc_now())
        await held.free_all(connection, utc_now())
        await health.forget_refused_keys(connection)
        await purchases.forgive_refusals(connection)
        told = await journal.open_incidents(connection, "llm.")
        passing = [incident for incident in told if not incident.startswith(model_notices.OF_LADDERS)]
        await journal.close_notices(connection, passing, utc_now())
    if lost:
        _log.warning("%d call(s) to models ended with the last engine: booked at what was reserved", lost)


async def _say_what_is_taken_up(database: Database) -> None:
    async with database.read() as connection:
        found = await runs.count(connection, [RunState.GENERATING, RunState.PACKAGING])
    if found:
        _log.info("taken up again: %s", many(found, "run"))


@dataclass(frozen=True, slots=True)
class _Beats:
    database: Database
    mode: Mode
    started_at: datetime

    async def beat(self) -> None:
        from importlib.metadata import version

        async with self.database.write() as connection:
            await control.beat(
                connection, _EXECUTOR, os.getppid(), self.mode, version("noktvrn"), self.started_at, utc_now()
            )

    async def leave(self) -> None:
        async with self.database.write() as connection:
            await control.stopped(connection, _EXECUTOR, utc_now())


async def _say_alive() -> None:
    """Tells the supervisor that the loop turns, also while the database is held by somebody else."""
    with contextlib.suppress(BlockingIOError):
        os.write(1, ALIVE)


def _start_over(reason: str) -> None:
    """Ends this worker; the supervisor starts the next one, which recovers everything that is pending."""
    _log.error("the worker starts over: %s", reason)
    with contextlib.suppress(OSError):  # the disk may be too full even for this
        print(reason, file=sys.stderr, flush=True)  # noqa: T201 - the supervisor keeps these words
    logging.shutdown()
    os._exit(START_OVER)


async def _repeat(look: Callable[[], Awaitable[None]], every_s: float, stopping: asyncio.Event) -> None:
    """Looks again and again; an error is logged and does not end the line."""
    while not stopping.is_set():
        try:
            await look()
        except DiskFull as error:
            _start_over(str(error))
        except Exception:  # noqa: BLE001 - the line outlives one bad look
            _log.exception("a look of the worker failed")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), every_s)


def _when_moved(home: Home, look: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Looks after every commit, and at least so often that what is due by the clock is not late."""
    moved = Moved(home.database, sure_every_s=_SURE_EVERY_S)

    async def perhaps() -> None:
        if moved.look():
            await look()

    return perhaps


def _on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)


def _wait_for_the_last_one(home: Home) -> None:
    """A worker whose supervisor was killed is ended by the kernel; until it is gone, two would write one file."""
    handle = os.open(home.data / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    waited = threading.Timer(_WAIT_FOR_LAST_S, os._exit, (Exit.BUSY,))
    waited.daemon = True
    waited.start()
    fcntl.flock(handle, fcntl.LOCK_EX)  # held until this process ends
    waited.cancel()


def _end_with_supervisor() -> None:
    while os.read(0, 1):  # not sys.stdin: its lock, held by a daemon thread, aborts the interpreter's exit
        pass
    os._exit(Exit.FAILED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
