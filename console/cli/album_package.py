"""`noktvrn albums package` and `codes`: the package of an album, and the code that it is sold under."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_id, written
from engine.domain.albums import AlbumState
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.album_models import AlbumDetail

_LOOK_S = 0.25
AN_ALBUM = takes_id("an album")
NO_UPC = "none yet; the next of UPC_RANGE, if there is one"


async def album_of(door: Door, text: str) -> AlbumDetail:
    """The album that is named. Raises NotFound, UsageError."""
    return await door.queries.albums.detail(await whole_id(door, "album", text))


async def _package(door: Door, session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    await door.commands.albums.package(found.row.id)
    return await _packaged(door, session, found)


async def _packaged(door: Door, session: Session, found: AlbumDetail, *, quiet: bool = False) -> int:
    """Follows a package that was asked for to its end; its folder is printed unless `quiet`."""
    import asyncio

    from console.cli.oneshot import engine_for

    last = ""
    async with engine_for(door, session, "it packages", noted=True) as watch:
        while (now := await door.queries.albums.detail(found.row.id)).row.state is AlbumState.PACKAGING:
            words = f"{now.row.progress:4.0%}  {now.row.note}"
            if now.row.note and words != last:
                say.talk(words)
                last = words
            watch.check()
            await asyncio.sleep(_LOOK_S)
    if now.row.state is not AlbumState.PACKAGED:
        say.talk(f"{now.row.cause} {now.row.fix}".strip())
        return Exit.FAILED
    say.talk(f"{now.row.title} is packaged as {now.row.release_id}.")
    if not quiet:
        say.data(str(now.path))
    return Exit.DONE


def _takes_codes(parser: ArgumentParser) -> None:
    AN_ALBUM(parser)
    parser.add_argument("--upc", metavar="CODE", type=written, help="a UPC or EAN, 12 or 13 digits")


async def _codes(door: Door, session: Session, args: Namespace) -> int:
    found, done = await album_of(door, args.id), Exit.DONE
    if args.upc and await door.commands.albums.set_upc(found.row.id, args.upc):
        done = Exit(await _packaged(door, session, found, quiet=args.json))
    now = await door.queries.albums.detail(found.row.id)
    if args.json:
        say.document({"id": now.row.id, "upc": now.upc, "behind_what": now.behind_what, "behind_fix": now.behind_fix})
        return done
    from console.cli.table import sheet

    sheet((("UPC", now.upc or NO_UPC), ("package", f"{now.behind_what} {now.behind_fix}".strip())))
    return done


COMMANDS = (
    Command(
        "package",
        "make the package of an approved album, or make it anew",
        "noktvrn albums package w-6c1t",
        through_door(_package),
        AN_ALBUM,
        detail="Prints the folder. From then on it is a release: `releases verify`, `deliver`, `withdraw` know it.\n"
        "One that is nowhere is made anew, from the settings and codes as they are now, as a release more.",
    ),
    Command(
        "codes",
        "show or set the UPC of an album",
        "noktvrn albums codes w-6c1t --upc 036000291452",
        through_door(_codes),
        _takes_codes,
        reads=True,
        detail="It comes from your own range (UPC_RANGE), from here, or from the distributor; none is invented, and\n"
        "none is given twice. Until the album is delivered it can be changed: a package that is there already\n"
        "is made anew. ISRCs belong to the songs: `noktvrn releases codes`.",
    ),
)
