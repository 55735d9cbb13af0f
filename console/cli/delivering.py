"""`noktvrn releases deliver`, `schedule`, `retry`, `withdraw`, `settle`, `deliveries`: packages go out, and back."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_id, takes_limit, written
from console.cli.targets import takes_declarations
from engine.domain.delivery import DeliveryState
from engine.domain.errors import Exit, NotAllowed, NotFound

if TYPE_CHECKING:
    from console.cli.follow import EngineWatch
    from engine.api import Door
    from engine.api.delivery_models import DeliveryRow, Told

_LOOK_S = 0.25
_SOON = timedelta(seconds=5)
_WORKING = (DeliveryState.QUEUED, DeliveryState.SENDING)


async def release_of(door: Door, text: str) -> str:
    """The id of the release that is named by its own id or its run's. Raises NotFound, UsageError."""
    kind = "run" if text.lower().startswith("r-") else "release"
    return (await door.queries.release(await whole_id(door, kind, text))).id


def _takes_release(parser: ArgumentParser) -> None:
    takes_id("a release or its run")(parser)
    parser.add_argument(
        "--to", metavar="TARGET", type=written, action="append", default=[], help="where; may be repeated"
    )


def _takes_delivery(parser: ArgumentParser) -> None:
    _takes_release(parser)
    takes_declarations(parser)


async def _deliver(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.oneshot import engine_for

    release_id = await release_of(door, args.id)
    told = await door.commands.deliveries.deliver(release_id, args.to, declarations=dict(args.declare))
    async with engine_for(door, session, "it delivers", noted=True) as watch:
        return await _followed(door, watch, told, lambda row: row.state in _WORKING)


async def _followed(
    door: Door, watch: EngineWatch, told: Sequence[Told], working: Callable[[DeliveryRow], bool]
) -> int:
    """Waits for what was begun, or for the pause that holds it; says what came of it."""
    import asyncio

    last: dict[str, str] = {}
    while True:
        details = [await door.queries.deliveries.detail(each.delivery_id) for each in told]
        rows = [detail.row for detail in details]
        for row in rows:
            _tell(row, last)
        # One that failed stays withdrawing and waits for its next try.
        if all(not working(row) or (row.cause and row.state is DeliveryState.WITHDRAWING) for row in rows):
            break
        pauses = (await door.queries.overview()).pauses
        if any(scope in pauses and pauses[scope].on for scope in ("all", "publishing")):
            say.talk(
                "Publishing is paused: it goes on when the pause ends (`noktvrn resume`, with the same `--scope`)."
            )
            return Exit.WAITS
        watch.check()
        await asyncio.sleep(_LOOK_S)
    for row, detail in zip(rows, details, strict=True):
        if row.cause:
            say.talk(f"{row.target}: {row.cause} {row.fix}".strip())
        for note in detail.notes:
            say.talk(f"{row.target}: {note}")
    good = (DeliveryState.DELIVERED, DeliveryState.WITHDRAWN, DeliveryState.DECLINED)
    return Exit.DONE if all(row.state in good for row in rows) else Exit.FAILED


def _tell(row: DeliveryRow, last: dict[str, str]) -> None:
    words = f"{row.target}: {row.state_word}"
    if row.state is DeliveryState.SENDING and row.bytes_total:
        words += f", {row.share:.0%}"
    if row.state is DeliveryState.DELIVERED:
        words += f", {row.place}"
    if last.get(row.id) != words:
        last[row.id] = words
        say.talk(words)


def _takes_day(parser: ArgumentParser) -> None:
    _takes_delivery(parser)
    parser.add_argument(
        "--at",
        metavar="DATE",
        type=_moment,
        required=True,
        help="2026-12-24 or 2026-12-24T18:00, as this machine reads it",
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("a date is 2026-12-24 or 2026-12-24T18:00") from None
    return found.astimezone()


async def _schedule(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.words import when

    release_id = await release_of(door, args.id)
    told = await door.commands.deliveries.deliver(release_id, args.to, declarations=dict(args.declare), due_at=args.at)
    for each in told:
        say.talk(f"{release_id} goes to {each.target} on {when(args.at)}.")
    return Exit.DONE


def _takes_withdrawal(parser: ArgumentParser) -> None:
    _takes_release(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask whether that is meant")


async def _withdraw(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.oneshot import engine_for

    release_id = await release_of(door, args.id)
    if not args.yes:
        where = ", ".join(args.to) or "every target"
        if not say.on_terminal(sys.stdin):
            raise NotAllowed(f"Taking {release_id} back from {where} needs a word.", fix="Add --yes.")
        say.ask(f"Take {release_id} back from {where}? Type yes: ")
        if sys.stdin.readline().strip().lower() != "yes":
            raise NotAllowed("Nothing was withdrawn.")
    told = await door.commands.deliveries.withdraw(release_id, args.to)
    work = [each for each in told if each.state is DeliveryState.WITHDRAWING]
    for each in told:
        if each not in work:
            row = (await door.queries.deliveries.detail(each.delivery_id)).row
            say.talk(f"{each.target}: {each.state}; {row.before or 'nothing had been sent'}")
    if not work:
        return Exit.DONE
    async with engine_for(door, session, "it withdraws", noted=True) as watch:
        return await _followed(door, watch, work, lambda row: row.state is DeliveryState.WITHDRAWING)


def _failed(row: DeliveryRow) -> bool:
    """Whether there is something to try again: as the engine allows it."""
    withdrawing = row.state is DeliveryState.WITHDRAWING and bool(row.cause)
    return withdrawing or row.state in (DeliveryState.FAILED, DeliveryState.UNKNOWN)


async def _retry(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.oneshot import engine_for

    release_id = await release_of(door, args.id)
    rows = {row.target: row for row in await door.queries.deliveries.rows(release_id=release_id, limit=0)}
    if missing := [name for name in args.to if name not in rows]:
        raise NotFound(f"{release_id} has no delivery to {', '.join(missing)}.", fix="See `releases deliveries`.")
    chosen = [rows[name] for name in dict.fromkeys(args.to)] or [row for row in rows.values() if _failed(row)]
    if not chosen:
        raise NotAllowed(f"No delivery of {release_id} failed: there is nothing to try again.")
    begun = door.commands.deliveries.now()
    told = [await door.commands.deliveries.again(row.id) for row in chosen]

    def working(row: DeliveryRow) -> bool:
        # The target is still to be asked about one whose outcome is unknown; what it waits for after that comes later.
        asks = row.next_try_at is not None and row.next_try_at <= begun + _SOON
        at_work = row.state in (*_WORKING, DeliveryState.WITHDRAWING)
        return at_work or (row.state is DeliveryState.UNKNOWN and asks)

    async with engine_for(door, session, "it tries again", noted=True) as watch:
        return await _followed(door, watch, told, working)


def _takes_verdict(parser: ArgumentParser) -> None:
    takes_id("a release or its run")(parser)
    parser.add_argument("--to", metavar="TARGET", type=written, required=True, help="the target where you looked")
    found = parser.add_mutually_exclusive_group(required=True)
    found.add_argument("--arrived", action="store_true", help="it is there: it counts as delivered")
    found.add_argument("--not-arrived", action="store_true", help="it is not there: it is sent, or counts as withdrawn")


async def _settle(door: Door, _session: Session, args: Namespace) -> int:
    release_id = await release_of(door, args.id)
    told = await door.commands.deliveries.settle(release_id, args.to, arrived=args.arrived)
    say.talk(f"{release_id} at {told.target}: {told.state}.")
    return Exit.DONE


def _takes_filters(parser: ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="a release or its run; without it, all")
    takes_limit(parser)


async def _deliveries(door: Door, _session: Session, args: Namespace) -> int:
    release_id = await release_of(door, args.id) if args.id else None
    rows = await door.queries.deliveries.rows(release_id=release_id, limit=args.limit)
    details = [await door.queries.deliveries.detail(row.id) for row in rows] if args.json or release_id else []
    if args.json:
        from console.cli.shapes import merged

        say.document([merged(detail.row, detail) for detail in details])
        return Exit.DONE
    if not rows:
        say.talk("No deliveries: nothing was sent anywhere.")
        return Exit.DONE
    from console.cli.table import Column, heading, table
    from console.cli.words import short_when, size

    table(
        (
            Column("RELEASE"),
            Column("TITLE", flexible=True),
            Column("TARGET"),
            Column("STATE", coloured=True),
            Column("SINCE"),
            Column("WHAT", flexible=True),
        ),
        [(r.release_id, r.title, r.target, r.state_word, short_when(r.updated_at), _what(r)) for r in rows],
    )
    for note in dict.fromkeys(note for detail in details for note in detail.notes):
        say.talk(note)
    for detail in details:
        if detail.files:
            where = f", at {detail.row.place}" if detail.row.place else ""
            heading(f"Receipts of {detail.row.target}{where}")
            table(
                (Column("FILE", flexible=True), Column("SIZE", right=True), Column("SHA-256"), Column("AT")),
                [(each.name, size(each.size), each.sha256[:16], short_when(each.at)) for each in detail.files],
            )
    return Exit.DONE


def _what(row: DeliveryRow) -> str:
    from console.cli.words import short_when

    if row.cause:
        again = f"; again at {short_when(row.next_try_at)}" if row.next_try_at else ""
        return f"{row.cause}{again}"
    if row.state is DeliveryState.WAITING:
        return f"for {short_when(row.due_at)}"
    if row.state is DeliveryState.WITHDRAWN and row.place:
        return f"was at {row.place}"
    return row.place or "; ".join(filter(None, (row.before, row.note)))


COMMANDS = (
    Command(
        "deliver",
        "bring a release to its targets",
        "noktvrn releases deliver p-6c1t8n4ebw --to label",
        through_door(_deliver),
        _takes_delivery,
        detail="What a target must know is asked before anything is sent. A release goes to each target once; again\n"
        "is refused until it was withdrawn there. Where no engine runs, one is started for this.",
    ),
    Command(
        "schedule",
        "bring a release to its targets on a day",
        "noktvrn releases schedule p-6c1t8n4ebw --to label --at 2026-12-24",
        through_door(_schedule),
        _takes_day,
        detail="An engine must run then. `releases withdraw` before that day ends it.",
    ),
    Command(
        "retry",
        "try again what failed, or ask about an unknown outcome",
        "noktvrn releases retry p-6c1t8n4ebw --to label",
        through_door(_retry),
        _takes_release,
        detail="Sends, or takes back, what failed, now. Where it is not known whether a release arrived, the target\n"
        "is asked before anything is sent. Without --to, all of the release that failed.",
    ),
    Command(
        "withdraw",
        "take a release back from its targets",
        "noktvrn releases withdraw p-6c1t8n4ebw --to label",
        through_door(_withdraw),
        _takes_withdrawal,
        detail="What has not left is simply not sent. Folders and storage are emptied of our files, a video becomes\n"
        "private, and a DDEX recipient gets a takedown message.",
    ),
    Command(
        "settle",
        "say what became of a delivery whose outcome is unknown",
        "noktvrn releases settle p-6c1t8n4ebw --to label --arrived",
        through_door(_settle),
        _takes_verdict,
        detail="Look at the target first: what counts as not arrived is sent again.",
    ),
    Command(
        "deliveries",
        "list deliveries, and the receipts of a release",
        "noktvrn releases deliveries p-6c1t --json",
        through_door(_deliveries),
        _takes_filters,
        reads=True,
    ),
)
