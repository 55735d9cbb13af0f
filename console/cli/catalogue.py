"""The map of all commands, and the parser made from it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from console.cli import (
    albums,
    approvals,
    artists,
    backup,
    calendar,
    costs,
    doctor,
    errors,
    experiments,
    headless,
    keys,
    models,
    music,
    once,
    open_console,
    providers,
    releases,
    runs,
    say,
    serve,
    switches,
    targets,
    telegram,
    trends,
)
from console.cli import status as status_module
from console.cli.spec import Chapter, Command, Group
from engine.domain.errors import UsageError

CHAPTERS = (
    Chapter("Make music", (headless.HEADLESS, once.ONCE, switches.CYCLE, switches.PAUSE, switches.RESUME)),
    Chapter("Look and decide", (serve.SERVE, status_module.STATUS, approvals.APPROVALS, runs.RUNS, artists.ARTISTS)),
    Chapter("In a chat", (telegram.TELEGRAM,)),
    Chapter("Results", (releases.RELEASES, albums.ALBUMS, calendar.CALENDAR, targets.TARGETS)),
    Chapter("Learn", (experiments.EXPERIMENTS, trends.TRENDS, costs.COSTS)),
    Chapter("Health", (doctor.DOCTOR, errors.ERRORS, models.LLM, providers.PROVIDERS, music.MUSIC, keys.KEYS)),
    Chapter("Keep", (backup.BACKUP, backup.RESTORE)),
)

CONSOLE = Command(
    "noktvrn",
    "open the console",
    "noktvrn",
    lambda session, args: open_console.run(session, readonly=args.readonly),
)

_ABOUT = "Runs a label of AI music artists. Without a command it opens the console."
_EPILOG = """Every command has its own help: noktvrn once --help
Data goes to stdout, talk to stderr; reading commands take --json.
Exit codes: 0 done, 1 failed, 2 usage or settings, 3 engine busy elsewhere,
4 not found, 5 already decided, 6 accepted but no engine is running."""

# argparse lists every choice; the help does that better.
_UNKNOWN_COMMAND = re.compile(r"argument COMMAND: invalid choice: ('.*?'|\".*?\") \(", re.DOTALL)


def every_command() -> list[tuple[str, Command]]:
    """Each command with its words: `("artists list", …)`; the bare command is not among them."""
    found: list[tuple[str, Command]] = []
    for chapter in CHAPTERS:
        for entry in chapter.entries:
            if isinstance(entry, Group):
                found += [(f"{entry.name} {command.name}", command) for command in entry.commands]
            else:
                found.append((entry.name, entry))
    return found


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; what it parses has the chosen `Command` as `command`."""
    parser = _Parser(
        prog="noktvrn",
        usage="noktvrn [--home DIR] [--readonly | COMMAND ...]",
        description=f"{_ABOUT}\n\n{_map()}",
        epilog=_EPILOG,
    )
    _home(parser)
    parser.add_argument("--readonly", action="store_true", help="open a console that shows everything, changes nothing")
    parser.add_argument("--version", action=_Version)
    parser.set_defaults(command=CONSOLE)
    below = _subparsers(parser, "noktvrn")
    for chapter in CHAPTERS:
        for entry in chapter.entries:
            _add(below, entry)
    return parser


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The command line as a namespace. Raises UsageError; SystemExit where help or the version was printed."""
    args = build_parser().parse_args(words)
    if args.readonly and args.command is not CONSOLE:
        raise UsageError(
            "--readonly is for the console alone.", fix="Commands that read change nothing anyway; leave it out."
        )
    return args


def _add(below: Any, entry: Command | Group) -> None:
    if isinstance(entry, Command):
        _command(below, entry)
        return
    lines = "\n".join(f"  {command.name:<12} {command.summary}" for command in entry.commands)
    parser = below.add_parser(entry.name, description=f"{entry.summary}\n\n{lines}")
    parser.usage = f"noktvrn {entry.name} COMMAND ..."
    _home(parser)
    names = ", ".join(command.name for command in entry.commands)
    parser.set_defaults(command=_incomplete(entry.name, names))
    inner = _subparsers(parser, f"noktvrn {entry.name}")
    for command in entry.commands:
        _command(inner, command)


def _subparsers(parser: argparse.ArgumentParser, prog: str) -> Any:
    return parser.add_subparsers(metavar="COMMAND", prog=prog, help=argparse.SUPPRESS, parser_class=_Parser)


def _command(below: Any, command: Command) -> None:
    text = f"{command.summary}\n\n{command.detail}".strip()
    parser = below.add_parser(command.name, description=text, epilog=f"example: {command.example}")
    command.arguments(parser)
    if command.reads:
        parser.add_argument("--json", action="store_true", help="print JSON with stable keys, see docs/cli.md")
    _home(parser)
    parser.set_defaults(command=command)


def _home(parser: argparse.ArgumentParser) -> None:
    """`--home` may stand before or after the command: only where it was given does it set anything."""
    parser.add_argument(
        "--home",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="the folder that holds everything (default: NOKTVRN_HOME, else this checkout, else your data folder)",
    )


def _incomplete(group: str, names: str) -> Command:
    def run(*_: object) -> NoReturn:
        raise UsageError(f"`noktvrn {group}` needs one of: {names}.", fix=f"See `noktvrn {group} --help`.")

    return Command(group, "", "", run)


def _map() -> str:
    from textwrap import wrap

    lines = []
    for chapter in CHAPTERS:
        lines.append(chapter.title)
        for entry in chapter.entries:
            lines.append(f"  {entry.name:<12} {entry.summary}")
            if isinstance(entry, Group):
                names = ", ".join(command.name for command in entry.commands)
                lines += [f"  {'':<12} {part}" for part in wrap(names, 65, break_on_hyphens=False)]
        lines.append("")
    return "\n".join(lines).rstrip()


class _Parser(argparse.ArgumentParser):
    """argparse, but errors leave like all others, and no option is guessed from its beginning."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)

    def print_help(self, file: Any = None) -> None:
        """To stdout, where argparse would keep silent about a full disk."""
        if file is None:
            say.data(self.format_help().rstrip())
        else:
            super().print_help(file)

    def error(self, message: str) -> NoReturn:
        unknown = _UNKNOWN_COMMAND.match(message)
        text = f"There is no command {unknown[1]}" if unknown else f"{message[:1].upper()}{message[1:]}"
        raise UsageError(f"{text}.", fix=f"See `{self.prog} --help`.")


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **_: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            say.data(f"noktvrn {version('noktvrn')}")
        except PackageNotFoundError:
            say.data("noktvrn (not installed)")
        parser.exit()
