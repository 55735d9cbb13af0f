"""`noktvrn releases codes`, `explicit` and `package`: what a release carries."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_id, written
from engine.domain.errors import Exit, NotAllowed

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.command_models import Accepted
    from engine.api.release_door import Carried

_NOBODY = "assigned by the distributor"


async def run_of(door: Door, text: str) -> str:
    """The id of the run that is named by its own id or its release's. Raises NotFound, UsageError, and NotAllowed for
    the release of an album, which comes of no run."""
    if text.lower().startswith("r-"):
        return await whole_id(door, "run", text)
    release = await door.queries.release(await whole_id(door, "release", text))
    if release.album_id:
        raise NotAllowed(
            f"{release.id} is the release of album {release.album_id}: songs alone have this.",
            fix=f"See `noktvrn albums show {release.album_id}` and `noktvrn albums package`.",
        )
    return release.run_id


def sheet_of(carried: Carried) -> tuple[tuple[str, str], ...]:
    """What a release carries, for people: an album's own is its UPC alone."""
    from engine.domain.codes import shown_isrc
    from engine.domain.rights import Carried as Set
    from engine.domain.rights import behind

    older = {}
    if carried.package is not None:
        rows = behind(carried.package, Set(carried.isrc, carried.upc, carried.explicit))
        older = {name.split()[-1]: f"; the package still has {there or 'none'}" for name, there, _ in rows}
    upc = ("UPC", (carried.upc or _NOBODY) + older.get("UPC", ""))
    if not carried.run_id:
        return (upc,)
    return (
        ("ISRC", (shown_isrc(carried.isrc) if carried.isrc else _NOBODY) + older.get("ISRC", "")),
        upc,
        ("explicit", _mark(carried) + older.get("mark", "")),
    )


def _mark(carried: Carried) -> str:
    """The explicit mark, and who says so; before there is a package, the list has not spoken yet."""
    words = {True: "yes, ", False: "no, ", None: ""}[carried.mark]
    return words + ("by the list of strong words" if carried.explicit is None else "a person said")


def _takes_codes(parser: ArgumentParser) -> None:
    takes_id("a release or its run")(parser)
    parser.add_argument("--isrc", metavar="CODE", type=written, help="such as QZ-ABC-31-00001")
    parser.add_argument("--upc", metavar="CODE", type=written, help="a UPC or EAN, 12 or 13 digits")


async def _codes(door: Door, session: Session, args: Namespace) -> int:
    run_id = await run_of(door, args.id)
    if args.isrc or args.upc:
        await _set(door, session, lambda: door.commands.releases.set_codes(run_id, isrc=args.isrc, upc=args.upc))
    carried = await door.queries.carried.of_run(run_id)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(carried))
        return Exit.DONE
    from console.cli.table import sheet

    sheet(sheet_of(carried))
    return Exit.DONE


def _takes_mark(parser: ArgumentParser) -> None:
    takes_id("a release or its run")(parser)
    parser.add_argument("explicit", metavar="yes|no", choices=("yes", "no"), help="whether the words are")


async def _explicit(door: Door, session: Session, args: Namespace) -> int:
    run_id = await run_of(door, args.id)
    await _set(door, session, lambda: door.commands.releases.set_explicit(run_id, args.explicit == "yes"))
    say.talk(f"{run_id}: {'explicit' if args.explicit == 'yes' else 'not explicit'}.")
    return Exit.DONE


async def _set(door: Door, session: Session, ask: Callable[[], Awaitable[Accepted | None]]) -> None:
    """Sets it; where a package is there already, waits until it is made anew."""
    from console.cli.asking import carried_out

    accepted = await ask()
    if accepted is None:
        return

    async def asked() -> Accepted:
        return accepted

    await carried_out(door, session, "it packages the release anew", asked, noted=True)


async def _package(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.asking import carried_out

    run_id = await run_of(door, args.id)
    before = await door.queries.release(run_id)
    await carried_out(
        door, session, "it packages the release anew", lambda: door.commands.releases.package(run_id), noted=True
    )
    after = await door.queries.release(run_id)
    same = after.manifest_sha256 == before.manifest_sha256
    say.talk(f"{run_id}: {'nothing it is made from has changed: the package stays' if same else 'packaged anew'}.")
    return Exit.DONE


COMMANDS = (
    Command(
        "codes",
        "show or set the ISRC and the UPC of a release",
        "noktvrn releases codes p-6c1t8n4ebw --isrc QZ-ABC-31-00001",
        through_door(_codes),
        _takes_codes,
        reads=True,
        detail="Codes come from your own ranges (ISRC_PREFIX, UPC_RANGE), from here, or from the distributor; none is\n"
        "invented, and none is given twice. Until the release is delivered they can be changed: a package that\n"
        "is there already is made anew.",
    ),
    Command(
        "explicit",
        "say whether the words of a release need the explicit mark",
        "noktvrn releases explicit p-6c1t8n4ebw yes",
        through_door(_explicit),
        _takes_mark,
        detail="Without your word a list of strong words decides. A package that is there already is made anew.\n"
        "What was delivered is withdrawn first, corrected, and delivered anew; its codes stay.",
    ),
    Command(
        "package",
        "package a release anew, from the settings as they are now",
        "noktvrn releases package p-6c1t8n4ebw",
        through_door(_package),
        takes_id("a release or its run"),
        detail="For a release that is nowhere: label, DDEX identifiers, signing and codes go in as they are now, and\n"
        "the new package takes the place of the old. Where nothing has changed, the old one stays.",
    ),
)
