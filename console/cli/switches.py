"""`noktvrn cycle`, `pause`, `resume`: the durable switches of the line."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command, written
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door

_SCOPES = ("all", "spending", "publishing")
_WHAT = {"all": "all work", "spending": "everything that costs money", "publishing": "everything that publishes"}


def _takes_switch(parser: ArgumentParser) -> None:
    parser.add_argument("switch", choices=("on", "off"), help="whether the engine starts runs by itself")


def _takes_scope(parser: ArgumentParser) -> None:
    parser.add_argument("--scope", choices=_SCOPES, default="all", help="what it is about (default: all)")


def _takes_scope_and_reason(parser: ArgumentParser) -> None:
    _takes_scope(parser)
    parser.add_argument("--reason", metavar="TEXT", type=written, default="", help="why, for whoever looks later")


async def _cycle(door: Door, _session: Session, args: Namespace) -> int:
    on = args.switch == "on"
    changed = await door.commands.set_cycle(on)
    say.talk(f"The cycle is {args.switch}." if changed else f"The cycle was {args.switch} already.")
    if on:
        _mind_the_engine(door)
    return Exit.DONE


async def _pause(door: Door, _session: Session, args: Namespace) -> int:
    changed = await door.commands.pause(args.scope, args.reason)
    say.talk(f"Paused: {_WHAT[args.scope]}." if changed else f"Paused already: {_WHAT[args.scope]}.")
    return Exit.DONE


async def _resume(door: Door, _session: Session, args: Namespace) -> int:
    changed = await door.commands.resume(args.scope)
    say.talk(f"Resumed: {_WHAT[args.scope]}." if changed else f"It was not paused: {_WHAT[args.scope]}.")
    paused = [scope for scope, state in (await door.queries.overview()).pauses.items() if state.on]
    if paused:
        say.talk(f"Still paused: {', '.join(paused)}.")
    else:
        _mind_the_engine(door)
    return Exit.DONE


def _mind_the_engine(door: Door) -> None:
    from engine.lock import EngineState

    if door.queries.engine().state is EngineState.STOPPED:
        say.talk("No engine is running: `noktvrn headless` starts one.")


CYCLE = Command(
    "cycle",
    "let the engine start runs by itself, or not",
    "noktvrn cycle on",
    through_door(_cycle),
    _takes_switch,
)
PAUSE = Command(
    "pause",
    "pause all work, spending or publishing",
    "noktvrn pause --scope spending --reason 'invoice first'",
    through_door(_pause),
    _takes_scope_and_reason,
    detail="A pause lasts until `noktvrn resume` with the same scope, also over restarts.",
)
RESUME = Command("resume", "end a pause", "noktvrn resume --scope spending", through_door(_resume), _takes_scope)
