"""Bell and notification of the terminal, for who looks elsewhere: seldom, once for each incident, silent while somebody
is typing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.safety.text import plain

if TYPE_CHECKING:
    from console.news import Toast

QUIET_S = 10.0
"""So long after a key nobody needs to be called."""

APART_S = 20.0
"""The least time between two calls."""

_TITLE = 40
_TEXT = 120
_REMEMBERED = 500


@dataclass(slots=True)
class Alerts:
    """What was called out already, and when. `bell` and `notify` are the settings; moments are steady seconds."""

    bell: bool = False
    notify: str = "off"
    last: float | None = None
    known: dict[str, None] = field(default_factory=dict)

    def call(self, toast: Toast, now: float, *, since_key: float | None, environ: Mapping[str, str]) -> str:
        """What to write to the terminal for this toast; empty for nothing."""
        if (not self.bell and self.notify == "off") or not toast.incident or toast.incident in self.known:
            return ""
        self._remember(toast.incident)
        if since_key is not None and since_key < QUIET_S:
            return ""
        if self.last is not None and now - self.last < APART_S:
            return ""
        self.last = now
        note = notification(self.notify, toast.title, toast.text)
        if note and environ.get("TMUX"):
            note = through_tmux(note)
        return note + ("\a" if self.bell else "")

    def _remember(self, incident: str) -> None:
        self.known[incident] = None
        while len(self.known) > _REMEMBERED:
            del self.known[next(iter(self.known))]


def notification(kind: str, title: str, text: str) -> str:
    """OSC 9 or OSC 777; the words may be foreign, so nothing in them can end the sequence or add a field."""
    title, text = _words(title, _TITLE), _words(text, _TEXT)
    if kind == "osc9":
        return f"\x1b]9;noktvrn: {title}: {text}\x1b\\"
    if kind == "osc777":
        return f"\x1b]777;notify;noktvrn: {title};{text}\x1b\\"
    return ""


def _words(text: str, limit: int) -> str:
    return "".join(char for char in plain(text, limit=limit) if char != ";" and char.isprintable())


def through_tmux(sequence: str) -> str:
    """Wrapped so that tmux passes it on, where its `allow-passthrough` is on."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
