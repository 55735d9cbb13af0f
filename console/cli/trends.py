"""`noktvrn trends`: how talk and charts move on the artists' own terms."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group
from engine.domain.errors import Exit, NoktvrnError

if TYPE_CHECKING:
    from engine.api import Door


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    rows = await door.queries.trends()
    if args.json:
        from console.cli.shapes import jsonable

        say.document(
            [{**jsonable(row.trend), "at": jsonable(row.at), "readings": jsonable(row.readings)} for row in rows]
        )
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import percent, short_when

        columns = (
            Column("TERM", flexible=True),
            Column("SCORE", right=True),
            Column("SURE", right=True),
            Column("SOURCES", flexible=True),
            Column("READ (UTC)"),
        )
        table(
            columns,
            [
                (
                    row.trend.term,
                    f"{row.trend.score:+.2f}",
                    percent(row.trend.confidence),
                    ", ".join(row.trend.sources) or "no baseline yet",
                    short_when(row.at),
                )
                for row in rows
            ],
        )
    else:
        say.talk("Nothing was looked up lately. TREND_SOURCES and X_BEARER_TOKEN switch sources on.")
    if not args.json:
        from console.cli.words import when

        for rest in await door.queries.resting_sources():
            say.note(f"{rest.source} is left alone until {when(rest.until)} UTC: {rest.reason}")
    return Exit.DONE


async def _refresh(door: Door, _session: Session, _args: Namespace) -> int:
    from console.cli.engine_needed import exit_code
    from console.cli.follow import EngineWatch, command_result

    accepted = await door.commands.refresh_trends()
    if not accepted.engine_running:
        return exit_code(True)
    result = await command_result(door, accepted.command_id, EngineWatch(door))
    if result.state == "failed":
        raise NoktvrnError(result.error or "The trends could not be looked up.")
    for note in result.notes:
        say.note(note)
    say.talk("The trends were looked up: `noktvrn trends list`.")
    return Exit.DONE


TRENDS = Group(
    "trends",
    "how talk and charts move on the artists' own terms",
    (
        Command(
            "list",
            "list terms, the strongest rise first",
            "noktvrn trends list",
            through_door(_list),
            reads=True,
        ),
        Command(
            "refresh",
            "have the engine ask every source again",
            "noktvrn trends refresh",
            through_door(_refresh),
            detail="Only sources that are switched on are asked. Counts from X cost half a cent each, under the caps\n"
            "X_DAILY_CAP_USD and DAILY_BUDGET_USD. Without a running engine it waits for one (exit code 6).",
        ),
    ),
)
