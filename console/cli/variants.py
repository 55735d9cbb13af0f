"""`noktvrn approvals choose`: the other clip of an order, for a song that waits."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_id, written

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.music_models import Bought


def _takes_choice(parser: ArgumentParser) -> None:
    takes_id("a run")(parser)
    parser.add_argument("variant", metavar="VARIANT", type=written, help="as `approvals show` names it, such as clip-2")
    parser.add_argument(
        "--revision",
        metavar="HASH",
        help="choose only if this revision, as `approvals show --json` named it, is the newest",
    )


async def _choose(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.engine_needed import exit_code

    run_id = await whole_id(door, "run", args.id)
    made = await door.commands.choose_variant(run_id, args.variant, revision_hash=args.revision)
    say.talk(f"Run {run_id} hears {args.variant} as version {made.version}; then it waits for a decision once more.")
    return exit_code(not made.engine_running)


def described(bought: Bought) -> str:
    """The clips of an order, one a line."""
    from console.cli.words import clock

    lines = []
    for clip in bought.variants:
        mark = "heard" if clip.chosen else "other"
        why = f" ({'; '.join(clip.why)})" if clip.why else ""
        lines.append(f"{clip.id}  {mark}  {clip.score:.2f}  {clock(clip.length_s)}{why}  {clip.track}")
    return "\n".join(lines)


CHOOSE = Command(
    "choose",
    "hear the other clip of an order instead",
    "noktvrn approvals choose r-7k3f clip-2",
    through_door(_choose),
    _takes_choice,
    detail="Providers that make two clips for one order have both kept. Nothing is bought for this: the track is\n"
    "measured, and clip and look back are made again. Without a running engine it waits for one (exit code 6).",
)
