"""`noktvrn llm`: who answers for which role, who rests and why; lists, pings and resets."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, takes_limit
from engine.domain.errors import Exit
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.command_models import Accepted
    from engine.api.outside_models import ModelRow


_NAMED = 20
"""Models that are named one by one where a list brings many."""


async def _status(door: Door, _session: Session, args: Namespace) -> int:
    rows = await door.queries.models()
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import dollars, short_when
        from console.human import latency

        columns = (
            Column("PROVIDER"),
            Column("MODEL", flexible=True),
            Column("STATE", coloured=True),
            Column("CALLS", right=True),
            Column("FAILED", right=True),
            Column("P50", right=True),
            Column("P95", right=True),
            Column("TODAY", right=True),
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
                    latency(m.p50_ms) if m.calls else "-",
                    latency(m.p95_ms) if m.calls else "-",
                    dollars(m.cost_microusd),
                    short_when(m.last_at) if m.last_at else "-",
                )
                for m in rows
            ],
        )
        for row in rows:
            said = list(_said_of(row))
            if said:
                say.talk(f"{row.provider}:{row.model}")
            for words in said:
                say.talk(words, indent=4)
    else:
        say.talk("No model was called in the last 24 hours. Without keys the built-in writer answers; it needs none.")
    return Exit.DONE


def _said_of(row: ModelRow) -> Iterator[str]:
    """What is worth a line below the table."""
    from console.chains import places
    from console.cli.words import short_when

    if row.reason:
        until = f" until {short_when(row.until)}" if row.until else ""
        state = "" if row.reason.startswith(row.state) else f"{row.state}{until}: "
        yield f"{state}{row.reason}"
    yield from (f"asked for {place}" for place in places(row))
    if row.last_fallback:
        yield f"another answered instead: {row.last_fallback}"
    if row.last_error and row.last_error.rstrip(".") not in f"{row.reason} {row.last_fallback}":
        yield f"last failure: {row.last_error}"


async def _chains(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.ids import whole_id

    run_id = await whole_id(door, "run", args.run) if args.run else None
    rows = await door.queries.chains(run_id=run_id, limit=args.limit or None)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.chains import answered, tried
        from console.cli.table import body
        from console.cli.words import when

        for row in rows:
            say.data(plain(f"{when(row.at)}  {row.run_id or '-'}  {answered(row)}"))
            body("\n".join(map(plain, tried(row))), indent=4)
    else:
        say.talk("No language model was asked yet. Without keys the built-in writer writes at once.")
    return Exit.DONE


async def _discover(door: Door, session: Session, _args: Namespace) -> int:
    from engine.domain.plurals import many

    rows = await _asked(door, session, door.commands.discover_models)
    for row in rows:
        if row["problem"]:
            say.talk(f"{row['provider']}: {row['problem']}. Its last list is kept.")
        else:
            say.data(f"{row['provider']}: {many(row['models'], 'model')}")
            if row.get("cut"):
                say.talk(f"{row['provider']}'s list goes on: only these are taken, and none counts as retired.")
        for line in _news_of(row):
            say.data("  " + plain(line))
    if waiting := [f"{row['provider']}:{model}" for row in rows for model in row.get("waiting", ())]:
        it = "it" if len(waiting) == 1 else "one"
        say.talk(f"`noktvrn llm ping {waiting[0]}` checks {it} now; so does the next discovery, three at a time.")
    if not rows:
        say.talk("No vendor has a key. See docs/settings.md, Language models.")
    return Exit.DONE if all(not row["problem"] for row in rows) else Exit.FAILED


def _news_of(row: Mapping[str, Any]) -> Iterator[str]:
    """What came and went at a vendor, and what the checks of its models found."""
    provider = row["provider"]
    new = {f"{provider}:{model}" for model in row["new"]}
    said = {found["model"]: _found(found) for found in row.get("checked", ())}
    waiting = [f"{provider}:{model}" for model in row.get("waiting", ())]
    quiet = sorted((new | set(waiting)) - said.keys())
    said |= dict.fromkeys(waiting, "waits for its check")
    for name in sorted(said.keys() - set(quiet) | set(quiet[:_NAMED])):
        yield ": ".join(part for part in ("new" if name in new else "", name, said.get(name, "")) if part)
    yield from _others(len(quiet), "new or waiting for their check")
    yield from (f"retired: {provider}:{model}" for model in row["retired"][:_NAMED])
    yield from _others(len(row["retired"]), "retired")


def _others(count: int, what: str) -> Iterator[str]:
    if count > _NAMED:
        yield f"and {count - _NAMED:,} more {what}"


def _found(found: Mapping[str, Any]) -> str:
    return f"answered in {found['latency_ms']} ms" if found["ok"] else f"check failed: {found['said']}"


async def _ping(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.words import dollars

    rows = await _asked(door, session, lambda: door.commands.ping_models(args.model))
    for row in rows:
        found = f"answered in {row['latency_ms']} ms" if row["ok"] else row["said"]
        say.data(plain(f"{row['model']}: {found} ({dollars(row['cost_microusd'])})"))
    if not rows:
        say.talk("No model has a key. See docs/settings.md, Language models.")
    return Exit.DONE if all(row["ok"] for row in rows) else Exit.FAILED


async def _asked(door: Door, session: Session, ask: Callable[[], Awaitable[Accepted]]) -> tuple[Mapping[str, Any], ...]:
    """What an engine found: the one that runs, or one for this command."""
    from console.cli.asking import carried_out

    return (await carried_out(door, session, "it asks", ask)).rows


async def _reset(door: Door, _session: Session, args: Namespace) -> int:
    freed = await door.commands.reset_models(args.name)
    if freed:
        say.talk(f"May be asked again: {', '.join(freed)}.")
    else:
        say.talk(f"Nothing was held against {args.name}.")
    return Exit.DONE


def _takes_model(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL",
        nargs="?",
        help="provider:model, or a provider for its models of the ladders; else all of them",
    )


def _takes_run(parser: ArgumentParser) -> None:
    takes_limit(parser)
    parser.add_argument("--run", metavar="ID", help="only those of this run")


def _takes_name(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a provider, or one model as provider:model")


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
        Command(
            "chains",
            "show each question: everybody it came to, and who answered",
            "noktvrn llm chains --run r-7k3f9qx2mt",
            through_door(_chains),
            _takes_run,
            detail="The newest first. Every attempt with its cause, time and cost; also who was passed over, and why.",
            reads=True,
        ),
        Command(
            "discover",
            "ask every vendor with a key which models it has",
            "noktvrn llm discover",
            through_door(_discover),
            detail="Lists what is new and what is listed no more; new models get a small question. A vendor that\n"
            "cannot be reached keeps its last list. Where no engine runs, one is started for this.",
        ),
        Command(
            "ping",
            "put one small question to a model, or to every model of the ladders",
            "noktvrn llm ping deepseek:deepseek-v4-flash",
            through_door(_ping),
            _takes_model,
            detail="Costs a little, within the day's budget. An answer ends the model's rest. Where no engine runs,\n"
            "one is started for this.",
        ),
        Command(
            "reset",
            "end the rest of a model or a whole provider",
            "noktvrn llm reset deepseek",
            through_door(_reset),
            _takes_name,
            detail="Also tries a refused key again. Nothing is asked now: the next question goes there first.",
        ),
    ),
)
