"""`noktvrn llm`: which writer answered, and how."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door


async def _status(door: Door, _session: Session, args: Namespace) -> int:
    rows = await door.queries.models()
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import dollars, short_when

        columns = (
            Column("PROVIDER"),
            Column("MODEL", flexible=True),
            Column("STATE", coloured=True),
            Column("CALLS", right=True),
            Column("FAILED", right=True),
            Column("P50", right=True),
            Column("P95", right=True),
            Column("COST", right=True),
            Column("LAST"),
        )
        table(
            columns,
            [
                (
                    m.provider,
                    m.model,
                    m.state,
                    str(m.calls),
                    str(m.failures),
                    f"{m.p50_ms} ms",
                    f"{m.p95_ms} ms",
                    dollars(m.cost_microusd),
                    short_when(m.last_at),
                )
                for m in rows
            ],
        )
        for row in rows:
            if row.last_error:
                say.talk(f"{row.provider}: {row.model}: {row.last_error}")
    else:
        say.talk("No model was called in the last 24 hours. Without keys the built-in writer answers; it needs none.")
    return Exit.DONE


LLM = Group(
    "llm",
    "the language models",
    (
        Command(
            "status",
            "show who answered in the last 24 hours, and how",
            "noktvrn llm status",
            through_door(_status),
            reads=True,
        ),
    ),
)
