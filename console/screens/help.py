"""Help for what has the focus: what it shows, and every key that works there."""

from __future__ import annotations

from textwrap import wrap
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.desk import desk_of
from console.marks import STYLES, Tone
from console.safe import own
from console.screens.dialog import Dialog
from console.widgets.reading import Reading

_WIDTH = 80
_KEYS = 11
_NAMES = 15
_READ_ONLY = "This console is read-only: it shows everything and changes nothing. Keys that would, say so."


class HelpScreen(Dialog[None]):
    """One page, made from the bindings themselves."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical {
        width: 80; max-width: 100%; height: 80%; min-height: 14; max-height: 100%; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold; padding: 0 1;
        border-subtitle-color: $text-muted;
    }
    HelpScreen Static { height: auto; margin-bottom: 1; }
    """
    HELP = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", id="help.close", tooltip="Close the help"),
    ]

    def __init__(self, about: Screen[Any]) -> None:
        super().__init__()
        self._parts: list[Content] = []
        focused = about.focused
        for node in (focused, about):
            if words := getattr(node, "HELP", ""):
                self._parts.append(Content(words))
        self._keys = _keys(about)

    def compose(self) -> ComposeResult:
        """Words, then keys."""
        with Vertical() as box:
            box.border_title = Content("Help")
            box.border_subtitle = Content("ctrl+p: every action by name")
            if desk_of(self).access.readonly:
                self._parts.append(Content(_READ_ONLY))
            yield Reading(*(Static(part) for part in self._parts), Static(self._keys))

    def on_mount(self) -> None:
        """Scrolls by the usual keys."""
        self.query_one(Reading).focus()


def _keys(about: Screen[Any]) -> Content:
    """A line for each action: its keys, its name, what it does. How to move comes last."""
    grouped: dict[str, tuple[list[str], str, str]] = {}
    for active in about.active_bindings.values():
        binding = active.binding
        if binding.system or not binding.id or not binding.description:
            continue
        keys, _, _ = grouped.setdefault(binding.id, ([], binding.description, binding.tooltip))
        keys.append(about.app.get_key_display(binding))
    ordered = sorted(grouped.items(), key=lambda item: item[0].startswith("move."))
    room = min(_WIDTH, about.app.size.width) - 8 - _KEYS - _NAMES
    found: list[Content] = []
    for _, (keys, name, what) in ordered:
        first, *more = wrap(what, max(12, room)) or [""]
        head = ((" ".join(keys)).ljust(_KEYS), "bold $accent"), name.ljust(_NAMES)
        found.append(own(*head, (first, STYLES[Tone.DIM])))
        found += [own(" " * (_KEYS + _NAMES), (rest, STYLES[Tone.DIM])) for rest in more]
    return Content("\n").join(found)
