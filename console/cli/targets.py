"""`noktvrn targets`: where releases can go. None exists before one is added here."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, written
from engine.domain.delivery import DECLARATIONS, OPTIONS, Mode, TargetKind, checked_name, checked_options
from engine.domain.errors import Exit, NoktvrnError, NotAllowed, UsageError

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.delivery_models import TargetRow


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    rows = await door.queries.deliveries.targets()
    if args.json:
        from console.cli.shapes import jsonable

        say.document([{**jsonable(row), "secrets": jsonable(_secrets(door, row))} for row in rows])
    elif rows:
        from console.cli.table import Column, table

        table(
            (
                Column("TARGET"),
                Column("KIND"),
                Column("MODE"),
                Column("CHECKED", coloured=True),
                Column("DELIVERED", right=True),
                Column("WHERE", flexible=True),
            ),
            [
                (row.name, row.kind, row.mode, _health(door, row), str(row.counts.get("delivered", 0)), row.place)
                for row in rows
            ],
        )
    else:
        say.talk("No targets: nothing leaves this machine. `noktvrn targets add --help` says how to add one.")
    return Exit.DONE


def _secrets(door: Door, row: TargetRow) -> object:
    return door.queries.deliveries.secrets(row.name, row.kind)


def _health(door: Door, row: TargetRow) -> str:
    if any(each.needed and not each.is_set for each in door.queries.deliveries.secrets(row.name, row.kind)):
        return "no key"
    if row.checked_at is None:
        return "never"
    return "ok" if all(finding.ok for finding in row.findings) else "failed"


def pair(text: str) -> tuple[str, str]:
    """The type of NAME=VALUE."""
    name, sign, value = written(text).partition("=")
    if not sign or not name:
        raise ArgumentTypeError(f"{text[:40]!r} is not NAME=VALUE")
    return name, value


def takes_declarations(parser: ArgumentParser) -> None:
    """The `--declare` of whatever may answer a target's questions."""
    parser.add_argument(
        "--declare",
        metavar="NAME=ANSWER",
        type=pair,
        action="append",
        default=[],
        help="answer a question of the target, such as made_for_kids=no; may be repeated",
    )


def _takes_target(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", choices=[str(kind) for kind in TargetKind], help="see below")
    parser.add_argument("name", metavar="NAME", type=written, help="2 to 24 of a-z, 0-9 and -")
    parser.add_argument("options", metavar="OPTION=VALUE", type=pair, nargs="*", help="see below")
    parser.add_argument("--automatic", action="store_true", help="deliver each new release without asking")
    parser.add_argument(
        "--accept", metavar="FINGERPRINT", type=written, help="sftp: the host key's fingerprint, as its owner says it"
    )
    takes_declarations(parser)


async def _add(door: Door, session: Session, args: Namespace) -> int:
    kind, name = TargetKind(args.kind), checked_name(args.name)
    options = checked_options(kind, dict(args.options))
    if any(row.name == name for row in await door.queries.deliveries.targets()):
        raise NotAllowed(f"There is a target {name!r} already.", fix="Remove it first, or choose another name.")
    if kind is TargetKind.SFTP:
        options["host_key"] = await _accepted(door, session, options, args.accept)
    mode = Mode.AUTOMATIC if args.automatic else Mode.ASK
    await door.commands.deliveries.add_target(name, kind, options, mode=mode, declarations=dict(args.declare))
    missing = [each.variable for each in door.queries.deliveries.secrets(name, kind) if not each.is_set]
    if missing:
        say.talk(f"What is secret about it belongs into {session.home.env_file}: {', '.join(missing)}.")
    await _tried(door, session, name, kind, options)
    asks = "without asking" if args.automatic else "after asking you"
    say.talk(f"Target {name} is added: each new release goes there {asks}. `noktvrn targets test {name}` tries it.")
    return Exit.DONE


async def _tried(door: Door, session: Session, name: str, kind: TargetKind, options: dict[str, str]) -> None:
    """The dry run of a target that was just added: it stands all the same, and its faults are told."""
    from console.cli.asking import carried_out

    if door.queries.deliveries.can_try(name, kind, options):
        try:
            await carried_out(
                door, session, "it tries the target", lambda: door.commands.deliveries.test_target(name), noted=True
            )
        except NoktvrnError as error:
            say.talk(f"{name} was not tried: {error.message}")
    for finding in (await door.queries.deliveries.target(name)).findings:
        if not finding.ok:
            say.talk(f"{name} cannot take a release now. {finding.name}: {finding.detail}. {finding.fix}".strip())


async def _accepted(door: Door, session: Session, options: dict[str, str], fingerprint: str | None) -> str:
    """The key that the server shows now, once somebody has said that it is the right one. Raises NotAllowed."""
    from console.cli.asking import carried_out

    host, port = options["host"], int(options["port"])
    commands = door.commands.deliveries
    result = await carried_out(door, session, "it looks at the server", lambda: commands.look_at_server(host, port))
    shown = str(result.rows[0]["fingerprint"])
    say.talk(f"{host}:{port} shows the host key {shown}.")
    if fingerprint is None and say.on_terminal(sys.stdin):
        say.ask("Is that the fingerprint that its owner told you? Type yes to accept it: ")
        fingerprint = shown if sys.stdin.readline().strip().lower() == "yes" else ""
    if fingerprint is None:
        raise UsageError("The host key was not accepted.", fix=f"Where it is right: --accept {shown}")
    if fingerprint != shown:
        raise NotAllowed("The host key was not accepted: no target was added.", fix="Ask who runs the server.")
    return str(result.rows[0]["key"])


def _takes_name(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", type=written, help="a target")


async def _test(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.asking import carried_out
    from console.cli.table import sheet

    await door.queries.deliveries.target(args.name)
    commands = door.commands.deliveries
    await carried_out(door, session, "it tries the target", lambda: commands.test_target(args.name))
    row = await door.queries.deliveries.target(args.name)
    sheet(
        ("ok" if finding.ok else "fail", f"{finding.name}: {finding.detail}{'' if finding.ok else f'. {finding.fix}'}")
        for finding in row.findings
    )
    return Exit.DONE if all(finding.ok for finding in row.findings) else Exit.FAILED


def _takes_change(parser: ArgumentParser) -> None:
    _takes_name(parser)
    parser.add_argument("--mode", choices=[str(mode) for mode in Mode], help="ask before each release, or do not")
    takes_declarations(parser)


async def _set(door: Door, _session: Session, args: Namespace) -> int:
    if args.mode is None and not args.declare:
        raise UsageError("There is nothing to change.", fix="Give --mode or --declare.")
    mode = Mode(args.mode) if args.mode else None
    await door.commands.deliveries.set_target(args.name, mode=mode, declarations=dict(args.declare))
    row = await door.queries.deliveries.target(args.name)
    say.talk(f"Target {row.name}: {row.mode}.")
    return Exit.DONE


async def _remove(door: Door, _session: Session, args: Namespace) -> int:
    ended = await door.commands.deliveries.remove_target(args.name)
    say.talk(f"Target {args.name} is removed. What was delivered there stays there, and stays recorded.")
    if ended:
        say.talk(f"Questions that ended with it: {ended}.")
    return Exit.DONE


def _kinds() -> str:
    lines = []
    for kind in TargetKind:
        lines.append(f"{kind}:")
        for option in OPTIONS[kind]:
            told = "must be given" if option.default is None else f"default {option.default or 'empty'}"
            choices = f" ({'|'.join(option.choices)})" if option.choices else ""
            lines.append(f"  {option.name:<11}{option.what}{choices}; {told}")
        for asked in DECLARATIONS[kind]:
            lines.append(f"  declare {asked.name}={'|'.join(asked.choices) or 'NUMBER'}: {asked.question}")
    return "\n".join(lines)


TARGETS = Group(
    "targets",
    "where releases can go",
    (
        Command("list", "list targets", "noktvrn targets list --json", through_door(_list), reads=True),
        Command(
            "add",
            "add a place that releases can go to",
            "noktvrn targets add folder usb path=/mnt/usb/releases",
            through_door(_add),
            _takes_target,
            detail=f"Nothing goes anywhere before a target was added. Secrets stand in .env, never here.\n\n{_kinds()}",
        ),
        Command(
            "test",
            "try a target without sending anything",
            "noktvrn targets test label",
            through_door(_test),
            _takes_name,
            detail="Where no engine runs, one is started for this. Exit code 1 where something is wrong.",
        ),
        Command(
            "set",
            "let a target ask or not, or answer its questions for good",
            "noktvrn targets set label --mode automatic",
            through_door(_set),
            _takes_change,
            detail="What was made before a target became automatic is not sent unasked.",
        ),
        Command(
            "remove",
            "remove a target",
            "noktvrn targets remove label",
            through_door(_remove),
            _takes_name,
        ),
    ),
)
