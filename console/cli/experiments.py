"""`noktvrn experiments`: what is under test, and what came of each variant."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    rows = await door.queries.experiments()
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table

        counts = ("RUNS", "APPROVED", "REJECTED", "AUTOPILOT", "MISSING")
        table(
            (
                Column("EXPERIMENT"),
                Column("PARAMETER"),
                Column("VARIANT"),
                *(Column(name, right=True) for name in counts),
            ),
            [
                (
                    row.id,
                    row.parameter,
                    o.variant,
                    *map(str, (o.assigned, o.approved, o.rejected, o.autopilot, o.missing)),
                )
                for row in rows
                for o in row.outcomes
            ],
        )
    else:
        say.talk("No experiments yet. AB_TESTING_ENABLED=true in .env starts one, see docs/settings.md.")
    return Exit.DONE


EXPERIMENTS = Group(
    "experiments",
    "A/B tests of generation parameters",
    (
        Command(
            "list",
            "list experiments with the outcome of each variant",
            "noktvrn experiments list",
            through_door(_list),
            reads=True,
            detail="Approved and rejected count people's decisions alone. Missing runs failed, expired or were\n"
            "cancelled, and speak neither for nor against a variant.",
        ),
    ),
)
