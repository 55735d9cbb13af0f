"""What the app says to its operator, and how it knows that the operator is there."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING

from console.keymap.live import keyed

if TYPE_CHECKING:
    from console.app import NoktvrnApp
    from console.news import Toast


def say(app: NoktvrnApp, toast: Toast, *, call: bool = True) -> None:
    """Shows a toast; calls out what is new to who looks elsewhere."""
    toast = toast._replace(text=keyed(app, toast.text))
    now, key = monotonic(), app.desk.presence.key
    since = None if key is None else now - key
    sequence = app.desk.alerts.call(toast, now, since_key=since, environ=os.environ) if call else ""
    if sequence and app._driver is not None and not app.is_headless:
        app._driver.write(sequence)  # the way that Textual's own bell takes: never past the screen's writer
    app.notify(toast.text, title=toast.title, severity=toast.severity, timeout=toast.timeout_s, markup=False)


def tell_news(app: NoktvrnApp, news: list[Toast], *, first: bool) -> None:
    """Says what is new; where a console opens on a label that went on meanwhile, a summary comes before it."""
    desk = app.desk

    def say_all() -> None:
        for toast in news:
            say(app, toast, call=not first)  # who has just opened the console need not be called

    # A browser may be anybody's: it is told nothing, and it does not count as the operator's presence.
    if first and desk.overview and not desk.access.served and desk.presence.greets(desk.memory, desk.overview.seq):
        from console.screens.away import greet

        greet(app, desk, say_all)
    else:
        say_all()


def somebody_is_here(app: NoktvrnApp) -> None:
    """A key or a click; after a long time without one, what happened meanwhile is told."""
    desk = app.desk
    desk.presence.key = monotonic()
    if desk.access.served:
        return
    before = desk.presence.touch(desk.now(), desk.overview.seq if desk.overview is not None else 0)
    if before is not None and desk.overview is not None:
        from console.screens.away import welcome_back

        welcome_back(app, desk, before)
