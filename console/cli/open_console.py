"""`noktvrn` alone: the console."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from console.cli import say
from console.cli.session import Session
from engine.domain.errors import UsageError


class Bare(NamedTuple):
    """A command line that asks for nothing but the console."""

    home: str | None = None
    readonly: bool = False


def bare(argv: Sequence[str]) -> Bare | None:
    """The arguments where nothing but the console is asked for, read without argparse and the map of all commands:
    loading those costs as much as a tenth of the first paint. None for anything else, mistakes too."""
    found = Bare()
    words = list(argv)
    while words:
        word = words.pop(0)
        if word == "--readonly":
            found = found._replace(readonly=True)
        elif word == "--home" and words and not words[0].startswith("-"):
            found = found._replace(home=words.pop(0))
        elif word.startswith("--home="):
            found = found._replace(home=word.removeprefix("--home="))
        else:
            return None
    return found


def run(session: Session, *, readonly: bool) -> int:
    """Opens it; returns the exit code.

    Raises UsageError where there is no terminal to draw on, NotFound where there is no label and none may be begun.
    """
    _require_terminal()
    if readonly:
        session.require_label()
    loaded, home = session.loaded, session.home
    from console.main import run_console
    from engine.api import Access
    from engine.logs import configure
    from engine.logs.crashing import stacks_kept

    logging = configure(home.console_log, loaded.settings.log_level, session.redactor())
    with logging, stacks_kept(home.logs, "console"):
        access = Access(readonly=readonly)
        return run_console(home, loaded.settings, loaded.notes, access=access)


def _require_terminal() -> None:
    """Raises UsageError where nothing can be drawn."""
    if not (say.on_terminal(sys.stdin) and say.on_terminal(sys.stdout)):
        reason = "The console needs a terminal, and there is none here."
    elif os.environ.get("TERM", "") in ("dumb", "unknown"):
        reason = (
            f"The console needs a terminal that it can draw on; TERM={os.environ['TERM']} says that this one cannot."
        )
    else:
        return
    raise UsageError(
        reason,
        fix="Without one: `noktvrn headless` runs the engine, `noktvrn once` makes one track, "
        "`noktvrn status` shows how things are, `noktvrn --help` shows the rest.",
    )
