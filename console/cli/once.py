"""`noktvrn once`: one whole track in the foreground."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.calling import command
from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_track
from engine.domain.errors import AlreadyDecided, Exit, Interrupted, NoktvrnError, NotAllowed
from engine.domain.runs import RunState

if TYPE_CHECKING:
    from console.cli.follow import EngineWatch, View
    from engine.api import Door
    from engine.api.models import RunDetail
    from engine.home import Home

_WORKING = frozenset({RunState.QUEUED, RunState.GENERATING, RunState.APPROVED, RunState.PACKAGING})
_RELEASED = frozenset({RunState.PACKAGED, RunState.DELIVERING, RunState.DELIVERED, RunState.MEASURED})


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("--approve", action="store_true", help="approve it without looking, and package the release")
    takes_track(parser)


async def _once(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.oneshot import engine_for

    artist_id = await whole_id(door, "artist", args.artist) if args.artist else None
    if (await door.queries.overview()).pauses["all"].on:
        raise NotAllowed("All work is paused.", fix="`noktvrn resume` ends the pause.")
    async with engine_for(door, session, "it makes the track") as watch:
        detail = await _make(door, args, artist_id, watch)
    say.data(await _ending(door, detail, session.home))
    return Exit.DONE


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
