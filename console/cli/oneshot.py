"""An engine for one command: the one that runs, or one that is started for it and stopped again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session
from engine.domain.errors import EngineBusy, Interrupted

if TYPE_CHECKING:
    from console.cli.follow import EngineWatch
    from engine.api import Door, EngineProcess

_LOOK_S = 0.1
_STOP_S = 10.0


@asynccontextmanager
async def engine_for(door: Door, session: Session, told: str, *, noted: bool = False) -> AsyncIterator[EngineWatch]:
    """An engine while the block lasts, and a watch over it. `told` says what one that runs already does.

    With `noted` the work stands in the store already, and is never refused: the engine of another command is followed,
    and one is started when that leaves. Raises EngineBusy else.
    """
    from console.cli.follow import EngineWatch
    from engine.api import start_engine
    from engine.lock import Mode

    with _signals_cancel():
        try:
            watch = EngineWatch(door, await _engine(door, session, told, noted))
        except EngineBusy:
            if not noted:
                raise
            say.talk(f"Another command is at work here: {told}; once its engine has left, one of our own.")
            watch = EngineWatch(door, successor=lambda: start_engine(session.home, Mode.ONESHOT))
        try:
            yield watch
        finally:
            if watch.started is not None:
                await _stop(watch.started)


@contextmanager
def _signals_cancel() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a dropped line end the work in good order: an engine that we started must not be left."""
    import asyncio
    import signal

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _engine(door: Door, session: Session, told: str, noted: bool) -> EngineProcess | None:
    """The engine that was started for this; None where one runs already and does it."""
    import asyncio

    from console.cli.follow import last_words
    from engine.api import start_engine
    from engine.lock import EngineState, Mode

    # Another process: there is no event to wait for.
    while (status := door.queries.engine()).state is EngineState.STOPPING:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_S)
    if status.mode is Mode.ONESHOT:
        raise EngineBusy(
            f"Another command is at work here (supervisor pid {status.pid}), and its engine leaves with it.",
            fix="Wait for it to end, or run `noktvrn headless`: that makes any number of tracks.",
        )
    if status.pid is not None:
        say.talk(f"An engine runs already (supervisor pid {status.pid}); {told}.")
        return None
    engine = start_engine(session.home, Mode.ONESHOT)
    try:
        while door.queries.engine().pid != engine.process.pid:
            if engine.process.poll() is not None:
                raise last_words(engine)
            await asyncio.sleep(_LOOK_S)
    except asyncio.CancelledError:
        await _stop(engine)
        words = "Stopped. It is noted, and done when an engine runs." if noted else "Stopped before anything was begun."
        raise Interrupted(words) from None
    return engine


async def _stop(engine: EngineProcess) -> None:
    """Stops the engine that we started; an engine survives being killed, so a second Ctrl-C does that."""
    import asyncio
    from subprocess import TimeoutExpired

    engine.process.terminate()
    try:
        await asyncio.to_thread(engine.process.wait, _STOP_S)
    except (TimeoutExpired, asyncio.CancelledError):
        engine.process.kill()
        engine.process.wait()
