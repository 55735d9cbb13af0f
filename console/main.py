"""Opens the console for one home. The command line calls this when no subcommand is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.api import Access
    from engine.home import Home
    from engine.settings import Settings


_SWITCH_S = 0.0005
"""How long the link's thread may keep the screen's waiting when a key comes; Python's own is ten times that."""


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
    stops one. Raises SettingsError where CONSOLE_KEYS cannot be used.
    """
    import gc
    import os
    import sys

    from console.drawing import drawing_of

    # A browser knows every letter, whatever the locale of the machine that serves it.
    browser = {"LC_ALL": "C.UTF-8"} if access is not None and access.served else {}
    drawing = drawing_of(settings, {**os.environ, **browser})
    if not drawing.moves:
        os.environ["TEXTUAL_SMOOTH_SCROLL"] = "0"  # read once, when Textual is imported
    if not browser:  # exported, they are of another moment and would win over the size of the terminal
        for name in ("COLUMNS", "LINES"):
            os.environ.pop(name, None)

    sys.setswitchinterval(_SWITCH_S)
    gc.disable()  # nothing becomes garbage while everything is loaded; the app switches it on after the first picture
    from console.app import NoktvrnApp
    from console.desk import Desk
    from console.link import Link
    from console.memory import Memory

    keys = {}
    if settings.console_keys:
        from console.keymap.changes import changed_keys

        keys = changed_keys(settings.console_keys)
    link = Link(home, settings, start_engine=start_engine, access=access)
    memory = Memory(home.console_state, keeps=not link.access.readonly)
    desk = Desk(home, settings, link, memory, notes, drawing=drawing, keys=keys)
    app = NoktvrnApp(desk)
    code = app.run(mouse=settings.console_mouse == "on")
    link.close()
    if app.hung_up and settings.engine_on_hangup == "stop" and not link.access.readonly:
        link.stop_engine()
    return code or 0 if app.return_code is None else app.return_code
