"""Help for what has the focus: what it shows, and every key that works there."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from console.desk import desk_of
from console.keymap.live import keyed
from console.keymap.names import shown
from console.marks import STYLES, Tone, legend
from console.possible import called, why_not
from console.safe import own
from console.screens.dialog import Dialog
from console.widgets.reading import Reading

_WIDTH = 80
_READ_ONLY = "This console is read-only: it shows everything and changes nothing. Keys that would, say so."
_KEYS = 10
_NAMES = 16
_PALETTE = ("app.palette", "dialog.palette")
_EDITING = (
    "This is a text field: what you type goes into it. Home, End, arrows, backspace and del work as everywhere; "
    "^w deletes the word before, ^k what follows, ^u what precedes."
)


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
            words = getattr(node, "HELP", "")
            if words and not (node is about and words == getattr(focused, "HELP", "")):
                self._parts.append(Content(keyed(about, words)))
            if marks := getattr(node, "SIGNS", ()):
                self._parts.append(own(("Signs  ", STYLES[Tone.DIM]), *legend(marks)))
        if isinstance(focused, Input | TextArea):
            self._parts.append(Content(_EDITING))
        self._keys = _keys(about)
        found = [key for key, active in about.active_bindings.items() if active.binding.id in _PALETTE]
        self._palette = shown(found[0]) if found else ""

    def body(self) -> Iterable[Widget]:
        """Words, then keys."""
        with Vertical() as box:
            box.border_title = Content("Help")
            if desk_of(self).access.readonly:
                self._parts.append(Content(_READ_ONLY))
            box.border_subtitle = Content(
                f"{self._palette}: every action, song and artist by name" if self._palette else ""
            )
            yield Reading(*(Static(part) for part in self._parts), Static(self._keys))

    def on_mount(self) -> None:
        """Scrolls by the usual keys."""
        self.query_one(Reading).focus()


def _keys(about: Screen[Any]) -> Content:
    """A line for each action: its keys, its name, what it does. How to move comes last."""
    grouped: dict[str, tuple[list[str], str, str, bool]] = {}
    for active in about.active_bindings.values():
        binding = active.binding
        if not binding.id:
            continue
        reason = why_not(about.app, binding.action, active.node)
        what = f"{binding.tooltip}. Not now: {reason}" if reason else binding.tooltip
        keys, *_ = grouped.setdefault(binding.id, ([], called(binding, active.node), what, not reason))
        keys.append(about.app.get_key_display(binding))
    ordered = sorted(grouped.items(), key=lambda item: item[0].startswith("move."))
    wide = max([_KEYS, *(len(" ".join(keys)) for keys, *_ in grouped.values())]) + 2
    room = min(_WIDTH, about.app.size.width) - 8 - wide - _NAMES
    found: list[Content] = []
    for _, (keys, name, what, possible) in ordered:
        first, *more = wrap(what, max(12, room)) or [""]
        tones = ("bold $accent", "") if possible else (STYLES[Tone.DIM], STYLES[Tone.DIM])
        head = (" ".join(keys).ljust(wide), tones[0]), (name.ljust(_NAMES), tones[1])
        found.append(own(*head, (first, STYLES[Tone.DIM])))
        found += [own(" " * (wide + _NAMES), (rest, STYLES[Tone.DIM])) for rest in more]
    return Content("\n").join(found)
