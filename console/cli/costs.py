"""`noktvrn costs`: what the last days cost, by day, purpose, artist and provider."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door


_MOST_DAYS = 3_650


async def _costs(door: Door, _session: Session, args: Namespace) -> int:
    rows = await door.queries.spent(days=args.days)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import dollars

        columns = (
            Column("BY"),
            Column("NAME", flexible=True),
            Column("CALLS", right=True),
            Column("COST", right=True),
            Column("NOT SURE", right=True),
        )
        table(
            columns,
            [(row.by, row.name, str(row.calls), dollars(row.cost_microusd), _open(row.open_microusd)) for row in rows],
        )
    else:
        from engine.domain.plurals import many

        say.talk(f"Nothing was spent in the last {many(args.days, 'day')}.")
    return Exit.DONE


def _open(microusd: int) -> str:
    from console.cli.words import dollars

    return dollars(microusd) if microusd else "-"


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= _MOST_DAYS):
        raise ArgumentTypeError(f"the days are a whole number from 1 to {_MOST_DAYS}")
    return int(text)


def _takes_days(parser: ArgumentParser) -> None:
    parser.add_argument("--days", metavar="N", type=_days, default=30, help="so many UTC days, today among them (30)")


COSTS = Command(
    "costs",
    "show what the last days cost, by day, purpose and artist",
    "noktvrn costs --days 7",
    through_door(_costs),
    _takes_days,
    detail="Whatever is not settled counts in full, and stands in the last column: a call under way, or one of which\n"
    "nobody can say whether it was billed. What one run cost is in `noktvrn runs show`.",
    reads=True,
)
