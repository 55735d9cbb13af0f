"""Opens the console for one home. The command line calls this when no subcommand is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.api import Access
    from engine.home import Home
    from engine.settings import Settings


def run_console(
    home: Home,
    settings: Settings,
    notes: tuple[str, ...] = (),
    *,
    start_engine: bool = True,
    access: Access | None = None,
) -> int:
    """Shows the console until the operator leaves or the line drops; returns the exit code.

    The caller has prepared the home and set up the log file. `notes` are lines that the operator should see once.
    With `start_engine` an engine is started for this home unless one runs. A read-only console neither starts nor
    stops one.
    """
    import gc

    gc.disable()  # nothing becomes garbage while everything is loaded; the app switches it on after the first picture
    from console.app import NoktvrnApp
    from console.desk import Desk
    from console.link import Link
    from console.memory import Memory

    link = Link(home, settings, start_engine=start_engine, access=access)
    app = NoktvrnApp(Desk(home, settings, link, Memory(home.console_state), notes))
    code = app.run()
    link.close()
    if app.hung_up and settings.engine_on_hangup == "stop" and not link.access.readonly:
        link.stop_engine()
    return code or 0 if app.return_code is None else app.return_code
