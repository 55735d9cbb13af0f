"""`noktvrn errors`: what went wrong, grouped."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, takes_id, takes_limit
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.repair_models import ErrorDetail


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.listing import whole_list

    rows = await whole_list(lambda offset, limit: door.queries.errors(offset=offset, limit=limit), args.limit)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import short_when

        table(
            (
                Column("ERROR"),
                Column("IN"),
                Column("STATE", coloured=True),
                Column("COUNT", right=True),
                Column("LAST"),
                Column("MESSAGE", flexible=True),
            ),
            [(e.id, e.part, e.state, str(e.count), short_when(e.last_seen), e.message) for e in rows],
        )
    else:
        say.talk("No errors were captured.")
    return Exit.DONE


async def _show(door: Door, _session: Session, args: Namespace) -> int:
    detail = await door.queries.error(await whole_id(door, "error", args.id))
    if args.json:
        from console.cli.shapes import merged

        say.document(merged(detail.row, detail))
    else:
        _print(detail)
    return Exit.DONE


def _print(detail: ErrorDetail) -> None:
    from console.cli.table import body, heading, sheet
    from console.cli.words import when
    from engine.domain.plurals import many

    row = detail.row
    sheet(
        (
            ("error", row.id),
            ("type", row.type),
            ("message", row.message),
            ("in", row.part),
            ("state", row.state),
            ("seen", f"{many(row.count, 'time')}, first {when(row.first_seen)}, last {when(row.last_seen)}"),
        )
    )
    for event in detail.events:
        heading(" ".join(part for part in (when(event.at), event.run_id, event.stage) if part))
        body(event.traceback or event.message)


ERRORS = Group(
    "errors",
    "what went wrong, grouped by cause",
    (
        Command(
            "list",
            "list error groups, newest first",
            "noktvrn errors list",
            through_door(_list),
            takes_limit,
            reads=True,
        ),
        Command(
            "show",
            "show one group with its newest tracebacks",
            "noktvrn errors show e-9d2h5r7vxa",
            through_door(_show),
            takes_id("an error group"),
            reads=True,
        ),
    ),
)
