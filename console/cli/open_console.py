"""`noktvrn` alone: the console."""

from __future__ import annotations

import sys
from argparse import Namespace

from console.cli import say
from console.cli.session import Session
from console.cli.spec import Command
from engine.domain.errors import UsageError


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
