"""`noktvrn artists persona`, `edit` and `budget`: who an artist is, as a file, and what its runs may cost."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_id
from engine.domain.errors import Exit, UsageError

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.screen_models import PersonaPlan
    from engine.domain.persona import Persona, Problem

_MOST_BYTES = 200_000


async def _persona(door: Door, _session: Session, args: Namespace) -> int:
    from engine.domain.persona import as_text, fingerprint, values

    artist_id = await whole_id(door, "artist", args.id)
    persona = (await door.queries.artist(artist_id)).persona
    if args.json:
        from console.cli.shapes import jsonable

        say.document({"id": artist_id, "fingerprint": fingerprint(persona), "persona": jsonable(persona)})
    else:
        from console.cli.table import sheet

        sheet(tuple((path, as_text(value)) for path, value in values(persona).items()))
    return Exit.DONE


def _takes_edit(parser: ArgumentParser) -> None:
    takes_id("an artist")(parser)
    parser.add_argument(
        "--file", metavar="FILE", required=True, help="the persona, as `artists persona --json` prints it; - for stdin"
    )
    parser.add_argument("--check", action="store_true", help="say what would change or cannot be used, change nothing")


async def _edit(door: Door, _session: Session, args: Namespace) -> int:
    from engine.domain.persona import fingerprint

    artist_id = await whole_id(door, "artist", args.id)
    persona, expected = _read(args.file, artist_id)
    plan = await door.queries.persona_plan(artist_id, persona)
    _refuse(plan.problems)
    _print(plan)
    if args.check or not plan.changes:
        say.talk("Nothing was changed." if not plan.changes else "It can be used. Nothing was changed yet.")
        return Exit.DONE
    await door.commands.edit_persona(artist_id, plan.persona, expected=expected or plan.fingerprint, planned=plan)
    say.talk(f"The persona of {artist_id} is changed; it is now {fingerprint(plan.persona)[:12]}.")
    return Exit.DONE


def _read(name: str, artist_id: str) -> tuple[Persona, str | None]:
    """The persona of a file and the fingerprint that it says it began with. Raises UsageError, FileProblem."""
    from console.cli.files import text_of
    from engine.domain.persona import read

    try:
        data: Any = json.loads(text_of(name, _MOST_BYTES, "a persona"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not JSON: {error}.") from None
    expected = None
    if isinstance(data, dict) and "persona" in data:
        if data.get("id") not in (None, artist_id):
            raise UsageError(f"{name} holds the persona of {data['id']!s}, not of {artist_id}.")
        expected, data = data.get("fingerprint"), data["persona"]
    persona, problems = read(data)
    if persona is None:
        _refuse(problems)
        raise UsageError(f"{name} holds no persona.")
    return persona, expected if isinstance(expected, str) else None


def _refuse(problems: list[Problem] | tuple[Problem, ...]) -> None:
    """Raises UsageError with a line for each problem."""
    if problems:
        told = "\n".join(f"  {problem.field}: {problem.message}" for problem in problems)
        raise UsageError(f"This persona cannot be used:\n{told}")


def _print(plan: PersonaPlan) -> None:
    from console.cli.difference import print_lines
    from engine.domain.difference import difference
    from engine.domain.persona import as_text

    for path, (before, after) in plan.changes.items():
        print_lines(path, difference(as_text(before), as_text(after)))


def _takes_budget(parser: ArgumentParser) -> None:
    takes_id("an artist")(parser)
    parser.add_argument(
        "amount", metavar="DOLLARS", type=_amount, help="what one run may cost, such as 0.25; 0: nothing"
    )


def _amount(text: str) -> int:
    from engine.domain.budget import microusd

    try:
        return microusd(text)
    except UsageError as error:
        raise ArgumentTypeError(str(error).rstrip(".")) from None


async def _budget(door: Door, _session: Session, args: Namespace) -> int:
    from engine.domain.budget import dollars

    artist_id = await whole_id(door, "artist", args.id)
    await door.commands.set_budget(artist_id, args.amount)
    say.talk(f"One run of artist {artist_id} may cost {dollars(args.amount)} where autopilot decides.")
    return Exit.DONE


PERSONA = Command(
    "persona",
    "print the persona as `artists edit --file` takes it",
    "noktvrn artists persona a-4m8w2k9ztq --json",
    through_door(_persona),
    takes_id("an artist"),
    reads=True,
)
EDIT = Command(
    "edit",
    "give an artist another persona, from a file",
    "noktvrn artists edit a-4m8w --file persona.json --check",
    through_door(_edit),
    _takes_edit,
    detail="The changes go to stdout, field by field. Each is kept in the artist's history. A persona that cannot\n"
    "be used, or that is a near copy of another artist, is refused with every problem (exit code 2).",
)
BUDGET = Command(
    "budget",
    "say what one run may cost where autopilot decides",
    "noktvrn artists budget a-4m8w 0.25",
    through_door(_budget),
    _takes_budget,
)
