"""`noktvrn once`: one whole track in the foreground."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from console.calling import command
from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_track
from engine.domain.errors import AlreadyDecided, EngineBusy, Exit, Interrupted, NoktvrnError, NotAllowed
from engine.domain.runs import RunState

if TYPE_CHECKING:
    from console.cli.follow import EngineWatch, View
    from engine.api import Door, EngineProcess
    from engine.api.models import RunDetail
    from engine.home import Home

_WORKING = frozenset({RunState.QUEUED, RunState.GENERATING, RunState.APPROVED, RunState.PACKAGING})
_RELEASED = frozenset({RunState.PACKAGED, RunState.DELIVERING, RunState.DELIVERED, RunState.MEASURED})
_LOOK_S = 0.1
_STOP_S = 10.0


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("--approve", action="store_true", help="approve it without looking, and package the release")
    takes_track(parser)


async def _once(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.follow import EngineWatch

    artist_id = await whole_id(door, "artist", args.artist) if args.artist else None
    if (await door.queries.overview()).pauses["all"].on:
        raise NotAllowed("All work is paused.", fix="`noktvrn resume` ends the pause.")
    with _signals_cancel():
        engine = await _engine(door, session)
        try:
            detail = await _make(door, args, artist_id, EngineWatch(door, engine))
        finally:
            if engine is not None:
                await _stop(engine)
    say.data(await _ending(door, detail, session.home))
    return Exit.DONE


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


async def _engine(door: Door, session: Session) -> EngineProcess | None:
    """The engine that was started for this track; None where one runs already and does it."""
    import asyncio

    from console.cli.follow import last_words
    from engine.api import start_engine
    from engine.lock import EngineState, Mode

    # Another process: there is no event to wait for.
    while (status := door.queries.engine()).state is EngineState.STOPPING:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_S)
    if status.mode is Mode.ONESHOT:
        raise EngineBusy(
            f"Another `noktvrn once` is at work here (supervisor pid {status.pid}), and its engine leaves with it.",
            fix="Wait for it to end, or run `noktvrn headless`: that makes any number of tracks.",
        )
    if status.pid is not None:
        say.talk(f"An engine runs already (supervisor pid {status.pid}); it makes the track.")
        return None
    engine = start_engine(session.home, Mode.ONESHOT)
    try:
        while door.queries.engine().pid != engine.process.pid:
            if engine.process.poll() is not None:
                raise last_words(engine)
            await asyncio.sleep(_LOOK_S)
    except asyncio.CancelledError:
        await _stop(engine)
        raise Interrupted("Stopped before anything was begun.") from None
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


async def _make(door: Door, args: Namespace, artist_id: str | None, watch: EngineWatch) -> RunDetail:
    """Asks for the track and follows it to its end."""
    import asyncio

    from console.cli.follow import command_result
    from console.cli.progress import view

    accepted = await door.commands.start_run(artist_id=artist_id, seed=args.seed, length_s=args.length)
    what = "What was asked for"
    try:
        result = await command_result(door, accepted.command_id, watch)
        if result.run_id is None:
            raise NoktvrnError(result.error or "The run could not be started.")
        what = f"Run {result.run_id}"
        await _introduce(door, result.run_id)
        shown = view()
        try:
            detail = await _follow(door, result.run_id, shown, watch, approve=args.approve)
        finally:
            shown.close()
    except asyncio.CancelledError:
        raise Interrupted("Stopped.", fix=f"{what} goes on when an engine starts next: `noktvrn headless`.") from None
    return detail


async def _introduce(door: Door, run_id: str) -> None:
    from console.cli.words import clock

    row = await door.queries.run_row(run_id)
    say.talk(f"Run {run_id}: a track of {clock(row.length_s)} by {row.artist}, seed {row.seed}.")


async def _follow(door: Door, run_id: str, shown: View, watch: EngineWatch, *, approve: bool) -> RunDetail:
    from console.cli.follow import follow_run

    detail = await follow_run(door, run_id, _WORKING, shown, watch)
    if approve and detail.row.state is RunState.AWAITING_REVIEW:
        try:
            await door.commands.approve(run_id, looked=False)
        except AlreadyDecided:
            # Somebody at a console was faster. If they approved too, all is well.
            if (await door.queries.run_row(run_id)).state not in _WORKING | _RELEASED:
                raise
        detail = await follow_run(door, run_id, _WORKING, shown, watch)
    return detail


async def _ending(door: Door, detail: RunDetail, home: Home) -> str:
    """The one line of data: the release's folder, or the run that waits for a decision. Raises for all else."""
    row = detail.row
    if row.state in _RELEASED:
        release = await door.queries.release(row.id)
        say.talk(f"{row.title} by {row.artist} is packaged.")
        return str(release.path)
    if row.state is RunState.AWAITING_REVIEW:
        say.talk(f"{row.title} by {row.artist} waits for a decision. {row.waiting_reason}".rstrip())
        say.talk(f"look     {command(home, 'approvals', 'show', row.id)}", indent=2)
        say.talk(f"approve  {command(home, 'approvals', 'approve', row.id)}", indent=2)
        say.talk(f"reject   {command(home, 'approvals', 'reject', row.id)} --reason TAG", indent=2)
        return row.id
    if row.state is RunState.FAILED:
        stage = f" at the stage {row.stage}" if row.stage else ""
        retry = f"`noktvrn runs retry {row.id}` takes it up again there."
        raise NoktvrnError(f"Run {row.id} failed{stage}: {row.failure}", fix=f"{row.failure_fix} {retry}".strip())
    raise NoktvrnError(f"Run {row.id} is {row.state}.", fix=f"`noktvrn runs show {row.id}` says who did that, and why.")


ONCE = Command(
    "once",
    "make one whole track in the foreground",
    "noktvrn once --approve --seed 7 --length 60",
    through_door(_once),
    _takes,
    detail="Where an engine runs, it makes the track; else one is started for it and stopped again. Progress goes\n"
    "to stderr. Prints the id of the run that waits for a decision; with --approve it prints the folder of\n"
    "the release instead. After Ctrl-C the run goes on when an engine starts next.",
)
