"""`noktvrn approvals edit`, `diff` and `lyrics`: other words for a song that waits, and what they changed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.difference import print_lines
from console.cli.files import text_of
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_id, written
from engine.domain.errors import Exit, UsageError

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.edit_models import EditPlan, RevisionDifference

_MOST_BYTES = 200_000


def _takes_edit(parser: ArgumentParser) -> None:
    takes_id("a run")(parser)
    parser.add_argument("--title", metavar="TITLE", type=written, help="the new title")
    parser.add_argument(
        "--lyrics", metavar="FILE", help="the new words, as `approvals lyrics` prints them; - for stdin"
    )
    parser.add_argument(
        "--revision",
        metavar="HASH",
        help="edit only if this revision, as `approvals show --json` named it, is the newest",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")


async def _edit(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.engine_needed import exit_code

    if args.title is None and args.lyrics is None:
        raise UsageError("There is nothing to edit.", fix="Give --title, --lyrics or both.")
    lyrics = text_of(args.lyrics, _MOST_BYTES, "lyrics") if args.lyrics is not None else None
    run_id = await whole_id(door, "run", args.id)
    plan = await door.queries.edit_plan(run_id, args.revision, title=args.title, lyrics=lyrics)
    _print_plan(plan)
    if args.dry_run:
        return Exit.DONE
    edited = await door.commands.edit(run_id, plan.revision_hash, title=args.title, lyrics=lyrics)
    say.talk(f"Run {run_id} is made again as version {edited.version}; then it waits for a decision once more.")
    return exit_code(not edited.engine_running)


def _print_plan(plan: EditPlan) -> None:
    from console.cli.words import clock
    from engine.domain.difference import difference

    for name, change in (("title", plan.title), ("lyrics", plan.lyrics)):
        if change is not None:
            print_lines(name, difference(*change))
    total = f", about {clock(plan.total_s)}" if plan.total_s is not None else ""
    say.talk(f"Made again: {', '.join(plan.made_again)}{total}. Stays: {', '.join(plan.kept)}.")
    for note in plan.notes:
        say.note(note)


async def _diff(door: Door, _session: Session, args: Namespace) -> int:
    found = await door.queries.revision_difference(await whole_id(door, "run", args.id))
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(found))
    else:
        _print_difference(found)
    return Exit.DONE


def _print_difference(found: RevisionDifference) -> None:
    from console.cli.table import sheet
    from console.cli.words import when
    from engine.domain.naming import whom

    edit = found.edit
    how = "made anew"
    if edit is not None:
        who = f"{whom(edit.actor, edit.channel, edit.actor_name)}, {when(edit.at)}"
        how = f"{' and '.join(edit.changed)} edited by {who}"
    sheet(
        (
            ("run", found.run_id),
            ("before", f"revision {found.before.number}: {found.before.title}"),
            ("after", f"revision {found.after.number or '(being made)'}: {found.after.title}"),
            ("how", how),
            ("files", ", ".join(f"{kind}: {'another' if new else 'the same'}" for kind, new in found.files.items())),
        )
    )
    for name, lines in (("title", found.title), ("lyrics", found.lyrics)):
        say.data("")
        if lines:
            print_lines(name, lines)
        else:
            say.data(f"{name}: the same")


async def _lyrics(door: Door, _session: Session, args: Namespace) -> int:
    from engine.domain import edits

    sheet = await door.queries.review_sheet(await whole_id(door, "run", args.id))
    text = edits.written(sheet.lyrics)
    if args.json:
        from console.cli.shapes import jsonable

        document = {
            "title": sheet.run.title,
            "lyrics": text,
            "vocals": sheet.vocals,
            "editable": sheet.vocals == "none",
        }
        say.document(jsonable({"run_id": sheet.run.id, "revision_hash": sheet.revision_hash, **document}))
    else:
        from engine.safety.text import plain

        say.data(plain(text, limit=edits.TEXT_LIMIT, lines=True).rstrip("\n"))
        if sheet.vocals != "none":
            say.note(f"They cannot be edited: {edits.SUNG}.")
    return Exit.DONE


EDIT = Command(
    "edit",
    "edit title or lyrics; only what depends on them is made again",
    "noktvrn approvals edit r-7k3f --title 'Slow Signal' --lyrics words.txt",
    through_door(_edit),
    _takes_edit,
    detail="The changes go to stdout. The sections of the lyrics stay, their lines may change, come and go.\n"
    "Older revisions can no longer be decided on. Without a running engine it waits for one (exit code 6).",
)
DIFF = Command(
    "diff",
    "show what the newest revision changed in the one before",
    "noktvrn approvals diff r-7k3f9qx2mt",
    through_door(_diff),
    takes_id("a run"),
    reads=True,
)
LYRICS = Command(
    "lyrics",
    "print the words as `approvals edit --lyrics` takes them",
    "noktvrn approvals lyrics r-7k3f9qx2mt",
    through_door(_lyrics),
    takes_id("a run"),
    reads=True,
)
