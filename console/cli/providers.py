"""`noktvrn providers`: who gives music, stock video and trends, how each does, and why somebody is not asked."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.outside_models import ProviderRow


async def _providers(door: Door, _session: Session, args: Namespace) -> int:
    rows = await door.queries.providers()
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
        return Exit.DONE
    from console.cli.table import Column, table
    from console.cli.words import dollars, short_when

    columns = (
        Column("PROVIDER"),
        Column("GIVES"),
        Column("STATE", coloured=True),
        Column("CALLS", right=True),
        Column("FAILED", right=True),
        Column("TODAY", right=True),
        Column("LAST (UTC)"),
        Column("WHY", flexible=True),
    )
    table(
        columns,
        [
            (
                row.provider,
                row.kind,
                row.state,
                str(row.calls),
                str(row.failures),
                dollars(row.cost_microusd),
                short_when(row.last_at) if row.last_at else "-",
                _why(row),
            )
            for row in rows
        ],
    )
    for row in rows:
        for warning in row.warnings:
            say.talk(f"{row.provider}: {warning}")
    return Exit.DONE


def _why(row: ProviderRow) -> str:
    from console.cli.words import short_when

    return f"until {short_when(row.until)}: {row.reason}" if row.until else row.reason


PROVIDERS = Command(
    "providers",
    "show who gives music, stock video and trends, and how each does",
    "noktvrn providers",
    through_door(_providers),
    detail="Orders and questions of the last 24 hours; the cost is of this UTC day. One that is off needs what stands\n"
    "beside it. Nobody is asked anything now.",
    reads=True,
)
