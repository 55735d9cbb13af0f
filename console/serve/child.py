"""The console that one browser tab sees: a process of its own, which `console.serve.sessions` starts.

Being served is said on its command line and never by a variable, so that nothing inherits it and nothing can unset it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.domain.errors import NoktvrnError
from engine.home import Home

if TYPE_CHECKING:
    from console.cli.session import Session

_ALLOW = "--allow-changes"


def console_command(home: Home, *, allow_changes: bool) -> tuple[str, ...]:
    """The command line of a served console."""
    more = (_ALLOW,) if allow_changes else ()
    return (sys.executable, "-P", "-m", "console.serve.child", str(home.root), *more)


def main(argv: Sequence[str]) -> int:
    """Runs the console; Textual's web driver speaks on standard input and output, so nothing else may."""
    from console.cli import say
    from console.cli.session import Session
    from engine.home import locate

    root, *more = argv
    try:
        return _run(Session(locate(root, {})), allow_changes=more == [_ALLOW])
    except NoktvrnError as error:
        say.problem(error)
        return error.exit_code


def _run(session: Session, *, allow_changes: bool) -> int:
    from console.main import run_console
    from engine.api import Access
    from engine.logs import configure
    from engine.logs.crashing import stacks_kept

    loaded, home = session.loaded, session.home
    access = Access(readonly=not allow_changes, served=True)
    logging = configure(home.console_log, loaded.settings.log_level, session.redactor())
    with logging, stacks_kept(home.logs, "console"):
        return run_console(home, loaded.settings, loaded.notes, start_engine=allow_changes, access=access)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
