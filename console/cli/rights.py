"""`noktvrn releases rights`, `override`, `declare`: what keeps a release in the house, and what is said of it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.delivering import release_of
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_id, written
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.rights_models import BlockRow, RightsSheet


async def _rights(door: Door, _session: Session, args: Namespace) -> int:
    found = await door.queries.rights.sheet(await release_of(door, args.id))
    if args.json:
        from console.cli.shapes import jsonable

        blocks = [{**jsonable(row), "open": row.open} for row in found.blocks]
        say.document({**jsonable(found), "blocks": blocks, "open": len(found.open)})
        return Exit.DONE
    from console.cli.table import sheet

    if not found.blocks:
        say.talk(f"Nothing stands against {found.release_id}.")
    sheet(("fail" if row.open else "ok", _told(row)) for row in found.blocks)
    _print_answers(found)
    return Exit.DONE


def _told(row: BlockRow) -> str:
    from console.cli.words import when

    lines = [f"{row.kind}: {row.what}"]
    if row.override is not None:
        lines.append(f"overridden by {row.override.name}, {when(row.override.at)}: {row.override.reason}")
    else:
        lines.append(row.fix)
    if row.void is not None:
        lines.append(f"An override by {row.void.name} is void: it was given for other facts.")
    return "\n".join(lines)


def _print_answers(found: RightsSheet) -> None:
    if not found.questions:
        return
    from console.cli.table import Column, heading, table

    heading("Answers")
    table(
        (Column("NAME"), Column("TARGET"), Column("ANSWER"), Column("QUESTION", flexible=True)),
        [(each.name, each.target or "any", each.answer or "none", each.question) for each in found.questions],
    )


def _takes_override(parser: ArgumentParser) -> None:
    takes_id("a release or its run")(parser)
    parser.add_argument("block", metavar="BLOCK", type=written, help="a block, as `releases rights` calls it")
    parser.add_argument("--reason", metavar="TEXT", type=written, required=True, help="why it may go all the same")
    parser.add_argument("--name", metavar="NAME", type=written, default="", help="who decides; without it, your login")


async def _override(door: Door, session: Session, args: Namespace) -> int:
    release_id = await release_of(door, args.id)
    name = args.name
    if not name and not session.actor().name and say.on_terminal(sys.stdin):
        say.ask("Who decides this? Your name: ")
        name = sys.stdin.readline().strip()
    what = await door.commands.rights.override(release_id, args.block, args.reason, name=name)
    say.talk(f"{args.block} no longer holds {release_id}, for as long as this stays so: {what}")
    return Exit.DONE


def _takes_answer(parser: ArgumentParser) -> None:
    takes_id("a release or its run")(parser)
    parser.add_argument("name", metavar="NAME", type=written, help="a question, as `releases rights` calls it")
    parser.add_argument("value", metavar="VALUE", type=written, help="the answer")


async def _declare(door: Door, _session: Session, args: Namespace) -> int:
    release_id = await release_of(door, args.id)
    await door.commands.rights.declare(release_id, args.name, args.value)
    say.talk(f"{release_id}: {args.name} is {args.value}.")
    if all(each.name != args.name for each in (await door.queries.rights.sheet(release_id)).questions):
        say.note(f"No target asks for {args.name} now; it counts where one that is added does.")
    return Exit.DONE


COMMANDS = (
    Command(
        "rights",
        "show what keeps a release in the house, and what was declared of it",
        "noktvrn releases rights p-6c1t8n4ebw",
        through_door(_rights),
        takes_id("a release or its run"),
        reads=True,
        detail="Plans and licences of its sources as they were recorded, names, and the questions of each target.\n"
        "Worked out anew at each call; nothing is delivered while a block stands.",
    ),
    Command(
        "override",
        "let a release go in spite of a block",
        'noktvrn releases override p-6c1t8n4ebw music-plan --reason "licence bought on 24 November"',
        through_door(_override),
        _takes_override,
        detail="The decision stands in the audit log with name and reason. It counts for the facts as they are now:\n"
        "when they change, the block is back. Questions cannot be overridden, only answered.",
    ),
    Command(
        "declare",
        "answer a question for a release, before anything is sent",
        "noktvrn releases declare p-6c1t8n4ebw made_for_kids no",
        through_door(_declare),
        _takes_answer,
        detail="It counts at every target that asks and was not told otherwise for this delivery.\n"
        "`targets set --declare` answers for all releases.",
    ),
)
