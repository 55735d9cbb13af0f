"""`noktvrn errors`: what went wrong, what it comes from, and what can be done about it."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from console.cli import mending, patching, say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, takes_id, takes_limit, takes_search, written
from engine.domain.error_filter import COLUMNS, UNDIAGNOSED, span, why_no_span
from engine.domain.errors import Exit
from engine.domain.listing import ErrorOrder, Wanted, wanted
from engine.domain.repair import Cause, GroupState

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import Rows
    from engine.api.repair_models import ErrorRow

_STATES = (*GroupState, "open")
_CLASSES = (*Cause, UNDIAGNOSED)


def _takes_filters(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        metavar="STATE",
        type=_one_of("state", _STATES),
        action="append",
        help="only groups in this state, or `open` for all that want attention; may be repeated",
    )
    parser.add_argument(
        "--class",
        dest="cause",
        metavar="CLASS",
        type=_one_of("class", _CLASSES),
        action="append",
        help=f"only of this class: {', '.join(_CLASSES)}; may be repeated",
    )
    parser.add_argument("--part", metavar="WORD", type=written, help="only where the stage or part holds this")
    parser.add_argument("--since", metavar="SPAN", type=_span, help="only seen since: 30m, 24h, 2d, 1w")
    takes_search(parser, ErrorOrder)
    takes_limit(parser)


def _one_of(what: str, choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ArgumentTypeError(f"there is no {what} {text!r}; one of {', '.join(choices)}")
        return text

    return read


def _span(text: str) -> str:
    if span(text) is None:
        raise ArgumentTypeError(why_no_span(text, "24h"))
    return text


def _sought(args: Namespace) -> Wanted:
    typed = wanted(args.search, COLUMNS)
    asked = {
        "state": tuple(args.state or ()),
        "class": tuple(args.cause or ()),
        "where": tuple(args.part.casefold().split()) if args.part else (),
        "since": (args.since,) if args.since else (),
    }
    columns = {**typed.columns, **{name: values for name, values in asked.items() if values}}
    return Wanted(typed.words, typed.unwanted, columns)


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.listing import whole_list

    sought = _sought(args)

    async def window(offset: int, limit: int) -> Rows[ErrorRow]:
        return await door.queries.errors(
            order=args.sort, turned=args.reverse, wanted=sought, offset=offset, limit=limit
        )

    rows = await whole_list(window, args.limit)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        _table(rows)
    else:
        say.talk("No such errors." if sought else "No errors were captured.")
    return Exit.DONE


def _table(rows: list[ErrorRow]) -> None:
    from console.cli.table import Column, table
    from console.cli.words import short_when

    table(
        (
            Column("ERROR"),
            Column("IN"),
            Column("STATE", coloured=True),
            Column("CLASS"),
            Column("COUNT", right=True),
            Column("LAST"),
            Column("MESSAGE", flexible=True),
        ),
        [
            (e.id, e.part, e.doing or e.state, e.cause or "", str(e.count), short_when(e.last_seen), e.message)
            for e in rows
        ],
    )


async def _show(door: Door, _session: Session, args: Namespace) -> int:
    detail = await door.queries.error(await whole_id(door, "error", args.id))
    if args.json:
        from console.cli.shapes import merged

        say.document(merged(detail.row, detail))
    else:
        from console.cli.error_sheet import print_error

        print_error(detail)
    return Exit.DONE


ERRORS = Group(
    "errors",
    "what went wrong, what it comes from, and how to mend it",
    (
        Command(
            "list",
            "list error groups, newest first",
            "noktvrn errors list --state open --since 2d",
            through_door(_list),
            _takes_filters,
            reads=True,
        ),
        Command(
            "show",
            "show one group: diagnosis, patches, what to do, tracebacks",
            "noktvrn errors show e-9d2h5r7vxa",
            through_door(_show),
            takes_id("an error group"),
            reads=True,
        ),
        *mending.COMMANDS,
        *patching.COMMANDS,
    ),
)
