"""The command line: everything that the console does, for servers and scripts. Data on stdout, talk on stderr.

`main` is the entry point. It loads no more than the command needs: help and version neither textual nor sqlalchemy.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.cli import say
from engine.domain.clock import utc_now
from engine.domain.errors import Exit, NoktvrnError
from engine.repair import guard

if TYPE_CHECKING:
    from console.cli.session import Session


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code; every error leaves as words on stderr."""
    guard.enter()  # nothing above and nothing that it imports may be changed by a patch
    began = utc_now().isoformat()
    say.forgiving_streams()
    calls: list[Session] = []
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv), calls)
        say.flush()
    except BrokenPipeError:
        _close_stdout()
        return Exit.DONE  # whoever read has seen enough
    except NoktvrnError as error:
        say.problem(error)
        if isinstance(error, say.OutputLost):
            _close_stdout()
        return error.exit_code
    except KeyboardInterrupt:
        say.talk(f"{say.NAME}: interrupted")
        return Exit.FAILED
    except Exception as error:  # noqa: BLE001 - no traceback ever reaches a terminal
        code = _unexpected(error, calls[0] if calls else None)
        guard.face_ended(utc_now().isoformat(), began=began, fell=True)
        return code
    guard.face_ended(utc_now().isoformat(), began=began, fell=False)
    return code


def _run(argv: list[str], calls: list[Session]) -> int:
    """Parses and runs; leaves the session in `calls`, so that a fault can be logged in its home."""
    from console.cli import open_console

    asked = open_console.bare(argv)
    if asked is not None:
        return open_console.run(_session(asked.home, calls), readonly=asked.readonly)
    from console.cli.catalogue import parse

    try:
        args = parse(argv)
    except SystemExit as leaving:  # help or the version was printed
        return int(leaving.code or 0)
    return int(args.command.run(_session(getattr(args, "home", None), calls), args))


def _session(home: str | None, calls: list[Session]) -> Session:
    from console.cli.session import Session
    from engine.home import locate

    session = Session(locate(home, os.environ))
    calls.append(session)
    return session


def _unexpected(error: Exception, session: Session | None) -> int:
    """One line for the person, the traceback for the log."""
    where = ""
    if session is not None:
        try:
            session.record(error)
            where = f" The log has the details: {session.located.console_log}"
        except (NoktvrnError, OSError):
            where = " It could not be written to the log either."
    message = session.redactor().text(str(error)) if session is not None else str(error)
    say.talk(f"{say.NAME}: unexpected {type(error).__name__}: {message[:200]}.{where}")
    return Exit.FAILED


def _close_stdout() -> None:
    """Keeps the interpreter from complaining once more when it ends."""
    try:
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, sys.stdout.fileno())
        os.close(handle)
    except (OSError, ValueError, AttributeError):
        pass
