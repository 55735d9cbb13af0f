"""`noktvrn albums`: EPs and albums out of the releases of an artist."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.album_package import AN_ALBUM, COMMANDS, NO_UPC, album_of
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, seed, written
from console.cli.targets import takes_declarations
from engine.domain.albums import MOST_GAP_S, AlbumKind, AlbumState, LoudnessPolicy, in_zone, moment
from engine.domain.errors import Exit, NotFound, UsageError
from engine.domain.runs import RunState

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.album_models import AlbumDetail, AlbumRow


async def _release(door: Door, text: str) -> str:
    """The release that is named by its own id or its run's."""
    kind = "run" if text.lower().startswith("r-") else "release"
    return (await door.queries.release(await whole_id(door, kind, text))).id


async def _track(door: Door, album: AlbumDetail, text: str) -> str:
    """The release of a track, named by its number in the album, by its own id or by its run's."""
    if text.isascii() and text.isdigit():
        found = [track.release_id for track in album.tracks if track.place == int(text)]
        if not found:
            raise NotFound(f"{album.row.title} has no track {text}.", fix="See `noktvrn albums show`.")
        return found[0]
    return await _release(door, text)


# --- looking ---


def _takes_artist(parser: ArgumentParser) -> None:
    parser.add_argument("artist", metavar="ARTIST", nargs="?", help="of this artist; without it, all")


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    artist_id = await whole_id(door, "artist", args.artist) if args.artist else None
    rows = await door.queries.albums.rows(artist_id)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import clock

        table(
            (
                Column("ALBUM"),
                Column("ARTIST", flexible=True),
                Column("TITLE", flexible=True),
                Column("KIND"),
                Column("TRACKS", right=True),
                Column("LENGTH", right=True),
                Column("STATE", coloured=True),
                Column("DAY"),
            ),
            [
                (r.id, r.artist, r.title, _kind(r), str(r.track_count), clock(r.duration_s), _state(r), _day(r))
                for r in rows
            ],
        )
        if any(r.behind for r in rows):
            say.talk("Behind: the package does not carry what was set since; `noktvrn albums show` says what.")
    else:
        say.talk("No albums yet: `noktvrn albums new ARTIST TITLE --track RELEASE` begins one.")
    return Exit.DONE


def _kind(row: AlbumRow) -> str:
    """A draft without tracks is none of them yet."""
    return row.kind if row.track_count or row.kind_chosen else ""


def _state(row: AlbumRow) -> str:
    return f"{row.state}, behind" if row.behind else row.state


def _day(row: AlbumRow) -> str:
    return row.release_on.isoformat() if row.release_on else ""


async def _show(door: Door, _session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    if args.json:
        from console.cli.shapes import merged

        say.document(merged(found.row, found))
        return Exit.DONE
    from console.cli.table import Column, heading, sheet, table
    from console.cli.words import clock, when

    row = found.row
    chosen = "" if row.kind_chosen or not row.track_count else " by number and length"
    sheet(
        (
            ("album", row.id),
            ("artist", f"{row.artist} ({row.artist_id})"),
            ("title", row.title),
            ("kind", ", ".join(filter(None, (f"{_kind(row)}{chosen}", clock(row.duration_s))))),
            ("state", f"{row.state}{f', {row.progress:.0%}: {row.note}' if row.state is AlbumState.PACKAGING else ''}"),
            ("loudness", found.loudness),
            (
                "cover",
                f"{found.cover} ({found.cover_origin})" if found.cover else f"to be drawn, seed {found.cover_seed}",
            ),
            ("upc", found.upc or NO_UPC),
            ("day", _day(row) or "that of its approval"),
            ("embargo", _embargo(found)),
            ("approved", f"{when(found.approved_at)} by {found.approved_by}" if found.approved_at else ""),
            ("release", row.release_id),
            ("folder", str(found.path or "")),
            ("behind", f"{found.behind_what} {found.behind_fix}".strip()),
            ("failed", f"{row.cause} {row.fix}".strip()),
        )
    )
    heading("Tracks")
    table(
        (
            Column("NO", right=True),
            Column("RELEASE"),
            Column("TITLE", flexible=True),
            Column("LENGTH", right=True),
            Column("GAP", right=True),
            Column("STATE", coloured=True),
        ),
        [
            (str(t.place), t.release_id, t.title, clock(t.duration_s), f"{t.gap_s:g} s" if t.gap_s else "-", t.state)
            for t in found.tracks
        ],
    )
    if found.blocks:
        heading("What keeps it from being packaged")
        sheet((block.kind, f"{block.what} {block.fix}") for block in found.blocks)
    return Exit.DONE


def _embargo(found: AlbumDetail) -> str:
    if found.row.embargo_at is None:
        return ""
    held = "; its tracks' own releases too" if found.hold_tracks else ""
    return f"nothing leaves before {in_zone(found.row.embargo_at, found.embargo_zone)}{held}"


# --- putting together ---


def _takes_new(parser: ArgumentParser) -> None:
    parser.add_argument("artist", metavar="ARTIST", help="whose, by id or the beginning of it")
    parser.add_argument("title", metavar="TITLE", type=written, help="what it is called")
    parser.add_argument(
        "--track", metavar="RELEASE", type=written, action="append", default=[], help="a release; again for the next"
    )
    parser.add_argument("--seed", metavar="N", type=seed, help="what the cover is drawn from")


async def _new(door: Door, _session: Session, args: Namespace) -> int:
    artist_id = await whole_id(door, "artist", args.artist)
    tracks = [await _release(door, each) for each in args.track]
    say.data(await door.commands.albums.begin(artist_id, args.title, tracks, seed=args.seed))
    return Exit.DONE


def _takes_releases(parser: ArgumentParser) -> None:
    AN_ALBUM(parser)
    parser.add_argument("tracks", metavar="RELEASE", type=written, nargs="+", help="releases, or their runs")


async def _add(door: Door, _session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    await door.commands.albums.add(found.row.id, [await _release(door, each) for each in args.tracks])
    return await _told(door, found)


def _takes_one(parser: ArgumentParser) -> None:
    AN_ALBUM(parser)
    parser.add_argument("track", metavar="TRACK", type=written, help="its number in the album, or its release")


async def _remove(door: Door, _session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    await door.commands.albums.remove(found.row.id, await _track(door, found, args.track))
    return await _told(door, found)


def _takes_order(parser: ArgumentParser) -> None:
    AN_ALBUM(parser)
    parser.add_argument(
        "tracks", metavar="TRACK", type=written, nargs="+", help="every track in its new order, by number or release"
    )


async def _order(door: Door, _session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    await door.commands.albums.order(found.row.id, [await _track(door, found, each) for each in args.tracks])
    return await _told(door, found)


def _takes_gap(parser: ArgumentParser) -> None:
    _takes_one(parser)
    parser.add_argument("seconds", metavar="SECONDS", type=_seconds, help=f"0 to {MOST_GAP_S:g}")


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError("a gap is a number of seconds") from None


async def _gap(door: Door, _session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    await door.commands.albums.gap(found.row.id, await _track(door, found, args.track), args.seconds)
    return await _told(door, found)


def _takes_edit(parser: ArgumentParser) -> None:
    AN_ALBUM(parser)
    parser.add_argument("--title", metavar="TITLE", type=written, help="what it is called")
    kinds = ["rule", *(str(kind) for kind in AlbumKind)]
    parser.add_argument("--kind", choices=kinds, help="what shops call it; `rule`: by number and length")
    parser.add_argument(
        "--loudness",
        choices=[str(policy) for policy in LoudnessPolicy],
        help="one gain for the album, one for each track, or none",
    )


async def _edit(door: Door, _session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    if args.title is None and args.kind is None and args.loudness is None:
        raise UsageError("Nothing is to be changed.", fix="Give --title, --kind or --loudness.")
    loudness = LoudnessPolicy(args.loudness) if args.loudness else None
    await door.commands.albums.edit(found.row.id, title=args.title, kind=args.kind, loudness=loudness)
    return await _told(door, found)


async def _told(door: Door, before: AlbumDetail) -> int:
    now = await door.queries.albums.detail(before.row.id)
    for track in now.tracks:
        gap = f", then {track.gap_s:g} s of silence" if track.gap_s else ""
        say.talk(f"{track.place:>3}  {track.title}{gap}")
    if not now.tracks:
        say.talk("It has no tracks.")
    if before.row.state is not now.row.state:
        say.talk(f"It was {before.row.state} and is a draft again: approve it anew.")
    return Exit.DONE


def _takes_cover(parser: ArgumentParser) -> None:
    AN_ALBUM(parser)
    parser.add_argument("--seed", metavar="N", type=seed, help="draw it from this seed")
    parser.add_argument("--file", metavar="FILE", type=Path, help="a picture of yours: JPEG, 3000x3000, sRGB")
    parser.add_argument("--made", choices=("person", "software", "model"), help="with --file: who made the picture")
    parser.add_argument("--tool", metavar="NAME", type=written, default="", help="with --file: the software or model")


async def _cover(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.asking import carried_out

    found = await album_of(door, args.id)
    if args.file is not None:
        await door.commands.albums.give_cover(found.row.id, args.file, made_by=args.made or "", tool=args.tool)
    else:
        commands = door.commands.albums
        await carried_out(door, session, "it draws", lambda: commands.draw_cover(found.row.id, args.seed))
    say.data(str((await door.queries.albums.detail(found.row.id)).cover))
    return Exit.DONE


# --- when ---


def _takes_schedule(parser: ArgumentParser) -> None:
    AN_ALBUM(parser)
    day = parser.add_mutually_exclusive_group()
    day.add_argument("--on", metavar="DAY", type=_date, help="the release day that the package names: 2026-12-24")
    day.add_argument("--no-day", action="store_true", help="leave the day to the approval")
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--embargo", metavar="TIME", type=written, help="2026-12-24 or 2026-12-24T18:00, see --zone")
    until.add_argument("--no-embargo", action="store_true", help="end the embargo")
    parser.add_argument("--zone", metavar="ZONE", type=written, help="whose clocks: Europe/Berlin; UTC without it")
    parser.add_argument(
        "--hold-tracks", action=BooleanOptionalAction, help="hold the tracks' own releases back, too (no)"
    )
    parser.add_argument(
        "--to",
        metavar="TARGET",
        type=written,
        action="append",
        default=[],
        help="deliver it there at the embargo's end",
    )
    takes_declarations(parser)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("a day is 2026-12-24") from None


async def _schedule(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.words import when
    from engine.api.album_commands import Schedule

    found = await album_of(door, args.id)
    zone = args.zone or (found.embargo_zone if args.embargo is None else "UTC")
    until = None if args.no_embargo else moment(args.embargo, zone) if args.embargo else found.row.embargo_at
    day = None if args.no_day else args.on or found.row.release_on
    held_too = until is not None and (found.hold_tracks if args.hold_tracks is None else args.hold_tracks)
    held = await door.commands.albums.schedule(found.row.id, Schedule(day, until, zone, held_too))
    until_then = f", nothing before {in_zone(until, zone)}" if until else ""
    say.talk(f"{found.row.title}: {day or 'the day of its approval'}{until_then}.")
    for release_id in held:
        say.talk(f"The delivery of {release_id} waits for it.")
    now = await door.queries.albums.detail(found.row.id)
    if now.row.state is not found.row.state:
        say.talk(f"It was {found.row.state} and is a draft again: approve it anew.")
    if args.to:
        if until is None or not now.row.release_id or now.row.state is not AlbumState.PACKAGED:
            raise UsageError("Only a packaged album with an embargo can wait for its end.", fix="Package it first.")
        commands = door.commands.deliveries
        told = await commands.deliver(now.row.release_id, args.to, declarations=dict(args.declare), due_at=until)
        for each in told:
            say.talk(f"{now.row.release_id} goes to {each.target} on {when(until)}.")
    return Exit.DONE


# --- steps ---


async def _approve(door: Door, _session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    await door.commands.albums.approve(found.row.id)
    for track in found.tracks:
        if track.state == RunState.WITHDRAWN:
            say.talk(f"{track.title} was withdrawn as a single; it comes out with the album.")
    say.talk(f"{found.row.title} is approved. `noktvrn albums package {found.row.id}` makes the package.")
    return Exit.DONE


async def _delete(door: Door, _session: Session, args: Namespace) -> int:
    found = await album_of(door, args.id)
    await door.commands.albums.delete(found.row.id)
    say.talk(f"{found.row.title} is deleted; its tracks stay as they are.")
    return Exit.DONE


ALBUMS = Group(
    "albums",
    "EPs and albums out of releases",
    (
        Command("list", "list albums", "noktvrn albums list --json", through_door(_list), _takes_artist, reads=True),
        Command(
            "new",
            "begin an album of an artist",
            'noktvrn albums new a-6c1t8n4ebw "Night Shift" --track p-6c1t --track p-9bht',
            through_door(_new),
            _takes_new,
            detail="Prints the id of the album. Its tracks are packaged releases of that artist, in the order given.",
        ),
        Command(
            "show",
            "show one album, its tracks, and what keeps it from being packaged",
            "noktvrn albums show w-6c1t",
            through_door(_show),
            AN_ALBUM,
            reads=True,
        ),
        Command(
            "add", "add tracks at the end", "noktvrn albums add w-6c1t p-9bht", through_door(_add), _takes_releases
        ),
        Command("remove", "take a track out", "noktvrn albums remove w-6c1t 2", through_door(_remove), _takes_one),
        Command(
            "order", "put the tracks in order", "noktvrn albums order w-6c1t 3 1 2", through_door(_order), _takes_order
        ),
        Command(
            "gap", "set the silence after a track", "noktvrn albums gap w-6c1t 1 2.5", through_door(_gap), _takes_gap
        ),
        Command(
            "edit",
            "change title, kind or loudness",
            "noktvrn albums edit w-6c1t --loudness track",
            through_door(_edit),
            _takes_edit,
            detail="Loudness: `album` moves all tracks by one gain, so that their relations stay; `track` brings each\n"
            "to -14 LUFS; `none` leaves every sample as it is. Nothing is limited; peaks stay below -1 dBTP.",
        ),
        Command(
            "cover",
            "draw the cover, or give a picture",
            "noktvrn albums cover w-6c1t --seed 7",
            through_door(_cover),
            _takes_cover,
            detail="Prints where the cover lies. A picture of yours needs a word on who made it: --made person, or\n"
            "--made software or model with --tool. Without a cover one is drawn when the album is packaged.",
        ),
        Command(
            "schedule",
            "set the release day and the embargo",
            "noktvrn albums schedule w-6c1t --on 2026-12-24 --embargo 2026-12-24T18:00 --zone Europe/Berlin",
            through_door(_schedule),
            _takes_schedule,
            detail="Nothing of the album leaves before the embargo ends; with --hold-tracks nothing of its tracks.\n"
            "Deliveries wait for its end. Another day needs another approval, an embargo does not.",
        ),
        Command(
            "approve", "approve what it holds now", "noktvrn albums approve w-6c1t", through_door(_approve), AN_ALBUM
        ),
        *COMMANDS,
        Command(
            "delete",
            "forget one that was never packaged",
            "noktvrn albums delete w-6c1t",
            through_door(_delete),
            AN_ALBUM,
        ),
    ),
)
