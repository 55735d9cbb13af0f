"""What the app says to its operator, and how it knows that the operator is there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from textual.keys import key_to_character
from textual.notifications import Notification, Notify
from textual.widgets._toast import Toast as Shown
from textual.widgets._toast import ToastRack

from console.keymap.live import keyed, mentioned
from console.panes.pane import ListPane
from console.possible import why_not
from console.widgets.rows import Rows

if TYPE_CHECKING:
    from console.app import NoktvrnApp
    from console.news import Toast


_BELOW = 5
"""The lowest lines of a small screen: the keys, and a toast (see `console.themes.APP_CSS`)."""


@dataclass(slots=True)
class Said:
    """A toast that stands on the screen, and its words there."""

    toast: Toast
    notification: Notification
    words: str


def say(app: NoktvrnApp, toast: Toast, *, call: bool = True) -> None:
    """Shows a toast; calls out what is new to who looks elsewhere."""
    words = _words(app, toast, _working(app))
    notification = Notification(words, toast.title, toast.severity, toast.timeout_s)
    app.said = [known for known in app.said if not known.notification.has_expired]
    app.said.append(Said(toast, notification, words))
    app.post_message(Notify(notification))
    toast = toast._replace(text=words)
    now, key = monotonic(), app.desk.presence.key
    since = None if key is None else now - key
    sequence = app.desk.alerts.call(toast, now, since_key=since, environ=os.environ) if call else ""
    if sequence and app._driver is not None and not app.is_headless:
        app._driver.write(sequence)  # the way that Textual's own bell takes: never past the screen's writer


def unsay(app: NoktvrnApp, incident: str) -> None:
    """Takes away what stands there about something that is over."""
    for known in app.said:
        if known.toast.incident == incident:
            app._unnotify(known.notification)
    app.said = [known for known in app.said if known.toast.incident != incident]


def reword(app: NoktvrnApp) -> None:
    """Another screen has come to the top: what stands there names the keys that work on this one."""
    working = _working(app)
    for known in app.said:
        words = _words(app, known.toast, working)
        if words != known.words:
            known.notification.message = known.notification.message.replace(known.words, words)
            known.words = words
    for shown in app.screen.query(Shown):
        shown.refresh(layout=True)


def keep_clear(app: NoktvrnApp) -> None:
    """Where there is little room, a toast stands above while the row in use is where it would stand below.

    On every screen it stands above what `-told` marks, which often gives the reason that it is about.
    """
    focused = app.focused
    under = isinstance(focused, Rows) and focused.cursor_y >= app.size.height - _BELOW
    foot = sum(each.outer_size.height for each in app.screen.query(".-told") if each.display)
    for rack in app.screen.query(ToastRack):
        rack.set_class(under, "-up")
        rack.styles.margin = None if not foot else (0, 0, foot + 1, 0)


def _words(app: NoktvrnApp, toast: Toast, working: set[str]) -> str:
    end = next((way for way in toast.ways if mentioned(way) <= working), "")
    return keyed(app, toast.text + end)


def _working(app: NoktvrnApp) -> set[str]:
    """Ids of the actions whose keys do something on this screen now; none once the console closes.

    A key that leads to where the operator is does nothing.
    """
    if not app.screen_stack:
        return set()
    focused = app.focused

    def typed(key: str) -> bool:
        return focused is not None and focused.check_consume_key(key, key_to_character(key))

    here = {f"pane.{focused.NUMBER}"} if isinstance(focused, ListPane) else set()
    return {
        binding.id
        for key, (node, binding, enabled, _) in app.screen.active_bindings.items()
        if binding.id and enabled and not typed(key) and not why_not(app, binding.action, node)
    } - here


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
