"""`noktvrn calendar`: what comes out when, and at which beat artists release."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, written
from engine.domain.calendar import Standing, read_cadence
from engine.domain.errors import Exit, UsageError
from engine.domain.plurals import many

if TYPE_CHECKING:
    from engine.api import Door

_BEFORE = timedelta(days=14)
_WEEKS = 8


def _takes_calendar(parser: ArgumentParser) -> None:
    parser.add_argument("artist", metavar="ARTIST", nargs="?", help="of this artist; without it, all")
    parser.add_argument(
        "--cadence", metavar="BEAT", type=written, help="with ARTIST: 10d, 2w or `2w fri`; `off` ends it"
    )
    parser.add_argument("--start", metavar="DAY", type=_day, help="with --cadence: the day that it counts from (today)")
    parser.add_argument("--weeks", metavar="N", type=_weeks, default=_WEEKS, help=f"look so far ahead ({_WEEKS})")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("a day is 2026-12-24") from None


def _weeks(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 260):
        raise ArgumentTypeError("weeks are a whole number from 1 to 260")
    return int(text)


async def _calendar(door: Door, session: Session, args: Namespace) -> int:
    artist_id = await whole_id(door, "artist", args.artist) if args.artist else None
    today = session.now().astimezone().date()
    if args.cadence is not None:
        if artist_id is None:
            raise UsageError("A cadence is that of one artist.", fix="Name the artist.")
        beat = None if args.cadence == "off" else read_cadence(args.cadence, args.start or today)
        await door.commands.albums.set_cadence(artist_id, beat)
        say.talk(f"It releases {beat.in_words()}, from {beat.first} on." if beat else "It has no cadence any more.")
    since, until = today - _BEFORE, today + timedelta(weeks=args.weeks)
    sheet = await door.queries.albums.calendar(since, until, artist_id)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(sheet))
        return Exit.DONE
    from console.cli.table import Column, heading, table
    from engine.domain.clock import local

    if not sheet.entries:
        say.talk("Nothing happens in these weeks.")
    else:
        table(
            (
                Column("DAY"),
                Column("TIME"),
                Column("WHAT"),
                Column("ARTIST", flexible=True),
                Column("TITLE", flexible=True),
                Column("MORE", flexible=True),
            ),
            [
                (
                    f"{entry.day:%a} {entry.day.isoformat()}",
                    local(entry.at, "%H:%M") if entry.at else "",
                    entry.kind,
                    entry.artist,
                    entry.title,
                    entry.detail,
                )
                for entry in sheet.entries
            ],
        )
    beats = [beat for beat in sheet.beats if beat.words]
    if beats:
        heading("Cadences")
        table(
            (Column("ARTIST", flexible=True), Column("BEAT"), Column("NEXT"), Column("FREE", flexible=True)),
            [
                (
                    beat.artist,
                    beat.words,
                    standing_words(beat.standing) if beat.standing else "",
                    ", ".join(day.isoformat() for day in beat.free),
                )
                for beat in beats
            ],
        )
    for each in sheet.beats:
        for clash in each.clashes:
            say.talk(f"{each.artist}: {clash.in_words()}.")
    return Exit.DONE


def standing_words(standing: Standing) -> str:
    """`2026-12-04`, or how late it is."""
    late = f", {many(standing.late_days, 'day')} late" if standing.late_days else ""
    return f"{standing.due.isoformat()}{late}"


CALENDAR = Command(
    "calendar",
    "what comes out when, and at which beat",
    'noktvrn calendar a-6c1t --cadence "2w fri"',
    through_door(_calendar),
    _takes_calendar,
    reads=True,
    detail="Lists releases, planned albums, deliveries that wait for their day, embargoes, and the slots of each\n"
    "artist's cadence: which are due or late, which are free, and what comes too close.",
)
