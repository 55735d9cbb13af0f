"""`noktvrn headless`: the engine in the foreground."""

from __future__ import annotations

import os
from argparse import Namespace

from console.cli import say
from console.cli.session import Session
from console.cli.spec import Command
from engine.domain.errors import FileProblem


def _run(session: Session, _args: Namespace) -> int:
    """Becomes the supervisor: signals, pid and exit code are its own."""
    from engine.api.launch import engine_command
    from engine.lock import Mode, holder

    session.tell_notes()  # settings that cannot be used end it here, before anything was made
    home = session.located
    command = engine_command(home, Mode.HEADLESS)
    if holder(home.lock) is None:  # else the supervisor says who holds it
        say.talk(f"Starting the engine of {home.root}; Ctrl-C stops it. It writes to {home.engine_log}.")
    try:
        os.execv(command[0], command)  # noqa: S606 - a fixed command; no shell is wanted
    except OSError as error:
        raise FileProblem(f"{command[0]} cannot be started: {os.strerror(error.errno or 0)}.") from error


HEADLESS = Command(
    "headless",
    "run the engine without a console, until SIGTERM or Ctrl-C",
    "noktvrn --home /srv/label headless",
    _run,
    detail="Starts the cycle. Everything that was interrupted is resumed. A second engine for the same\n"
    "home is refused with exit code 3. SIGTERM or Ctrl-C stops within five seconds with exit code 0.\n"
    "What it does is written to logs/engine.jsonl.",
)
