"""`noktvrn` alone: the console."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from console.cli import say
from console.cli.session import Session
from console.cli.spec import Command
from engine.domain.errors import UsageError


def bare(argv: Sequence[str]) -> Namespace | None:
    """The arguments where nothing but the console is asked for, read without the map of all commands: loading that
    costs as much as a tenth of the first paint. None for anything else, mistakes too."""
    found = Namespace(command=CONSOLE, readonly=False, version=None)
    words = list(argv)
    while words:
        word = words.pop(0)
        if word == "--readonly":
            found.readonly = True
        elif word == "--home" and words and not words[0].startswith("-"):
            found.home = words.pop(0)
        elif word.startswith("--home="):
            found.home = word.removeprefix("--home=")
        else:
            return None
    return found


def _run(session: Session, args: Namespace) -> int:
    if not (say.on_terminal(sys.stdin) and say.on_terminal(sys.stdout)):
        raise UsageError(
            "The console needs a terminal, and there is none here.",
            fix="Without one: `noktvrn headless` runs the engine, `noktvrn once` makes one track, "
            "`noktvrn status` shows how things are, `noktvrn --help` shows the rest.",
        )
    loaded, home = session.loaded, session.home
    from console.main import run_console
    from engine.api import Access
    from engine.logs import configure

    with configure(home.console_log, loaded.settings.log_level, session.redactor()):
        access = Access(readonly=args.readonly)
        return run_console(home, loaded.settings, loaded.notes, access=access)


CONSOLE = Command("noktvrn", "open the console", "noktvrn", _run)
