"""`noktvrn music`: what was ordered from outside providers, and what to do about an order whose fate is unknown."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, takes_id, takes_limit
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door


def _takes_filter(parser: ArgumentParser) -> None:
    takes_limit(parser)
    parser.add_argument("--unknown", action="store_true", help="only orders whose fate is unknown")


async def _purchases(door: Door, _session: Session, args: Namespace) -> int:
    rows = await door.queries.purchases(limit=args.limit, unknown=args.unknown)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import dollars, short_when

        columns = (
            Column("ORDER"),
            Column("RUN"),
            Column("TITLE", flexible=True),
            Column("PROVIDER"),
            Column("STATE", coloured=True),
            Column("BOOKED", right=True),
            Column("AT (UTC)"),
        )
        table(
            columns,
            [
                (r.id, r.run_id, r.title, r.provider, r.state, dollars(r.booked_microusd), short_when(r.created_at))
                for r in rows
            ],
        )
        for row in rows:
            if row.detail and (row.state != "failed" or row.booked_microusd):
                say.talk(f"{row.id}: {row.detail}")
    else:
        say.talk("No order." if not args.unknown else "The fate of every order is known.")
    return Exit.DONE


async def _settle(door: Door, _session: Session, args: Namespace) -> int:
    order = await whole_id(door, "order", args.id)
    await door.commands.settle_purchase(order)
    say.talk(f"Order {order} counts as not charged; its price is given back.")
    return Exit.DONE


MUSIC = Group(
    "music",
    "music from outside providers",
    (
        Command(
            "purchases",
            "list what was ordered, and what it cost",
            "noktvrn music purchases --unknown",
            through_door(_purchases),
            _takes_filter,
            reads=True,
        ),
        Command(
            "settle",
            "say that an order was not charged",
            "noktvrn music settle k-7k3f9qx2mt",
            through_door(_settle),
            takes_id("an order"),
            detail="For an order whose fate is unknown, or that the provider took and failed, once the provider's\n"
            "bill shows that it is not on it.",
        ),
    ),
)
