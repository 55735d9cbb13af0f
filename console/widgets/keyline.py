"""The line at the bottom: what can be pressed here and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from textual.binding import Binding
from textual.content import Content
from textual.keys import key_to_character
from textual.screen import Screen

from console.possible import called, why_not
from console.widgets.clickline import ClickLine, Word

_GAP = 2

_FIRST = 5
"""So many hints of what can be done here come before the way back, which is Escape everywhere."""


class Place(Enum):
    """What a hint is for: the thing at hand, the way out of here, leaving the console, help."""

    HERE = "here"
    OUT = "out"
    QUIT = "quit"
    HELP = "help"


_LAST = (Place.OUT, Place.HELP, Place.QUIT)


@dataclass(frozen=True, slots=True)
class Hint:
    """One key and its word; `short` is the word where room is short."""

    place: Place
    key: str
    shown: str
    name: str
    short: str
    possible: bool

    def word(self, *, short: bool) -> Word:
        """As it stands in the line."""
        tones = ("bold $accent", "") if self.possible else ("$text-muted", "$text-muted")
        text = Content.assemble((self.shown, tones[0]), (f" {self.short if short else self.name}", tones[1]))
        return Word(text, f"app.simulate_key({self.key!r})")


class KeyLine(ClickLine):
    """Keys of the focused widget first, then the screen's, the way out and help at the right; each can be clicked.

    What cannot be done now is dim; pressed or clicked, it says why.
    """

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; background: $panel; color: $foreground; padding: 0 1; }"

    def on_mount(self) -> None:
        """Repaints when other keys become possible."""
        self.screen.bindings_updated_signal.subscribe(self, self._moved)

    def _moved(self, _screen: Screen[Any]) -> None:
        self.renew()

    def words(self) -> Sequence[Word]:
        """As many hints as fit, the more important ones first to stay."""
        room = self.content_size.width
        kept, short = fitting(self._hints(), room)
        here = [hint.word(short=short) for hint in kept if hint.place is Place.HERE]
        last = [hint.word(short=short) for place in _LAST for hint in kept if hint.place is place]
        spare = room - _wide([*here, *last]) - _GAP
        between = [Word(Content(" " * spare))] if spare > 0 and last else []
        return [*here, *between, *last]

    def _hints(self) -> list[Hint]:
        found: dict[str, Hint] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not binding.description or binding.action in found or self._is_typed(binding):
                continue
            name = called(binding, active.node)
            short: str = getattr(active.node, "SHORT", {}).get(binding.id, name)
            found[binding.action] = Hint(
                _place(binding.id or ""),
                binding.key,
                self.app.get_key_display(binding),
                name,
                short,
                not why_not(self.app, binding.action, active.node),
            )
        return list(found.values())

    def _is_typed(self, binding: Binding) -> bool:
        """Whether the focused field takes this key as a letter."""
        focused = self.screen.focused
        if focused is None or binding.priority:
            return False
        return focused.check_consume_key(binding.key, key_to_character(binding.key))


def _place(name: str) -> Place:
    if name in ("app.help", "dialog.help"):
        return Place.HELP
    if name == "app.quit":
        return Place.QUIT
    leaves = name.endswith((".back", ".close")) and name != "tour.back"  # which is one step of the tour
    return Place.OUT if leaves else Place.HERE


def _wide(words: Sequence[Word]) -> int:
    return sum(word.text.cell_length + _GAP for word in words) - _GAP


def fitting(hints: Sequence[Hint], room: int) -> tuple[list[Hint], bool]:
    """The hints that fit in so many cells, and whether with their short words.

    First goes the key that leaves the console where there is a way back, then what cannot be done now, the last of it
    first; then words get short; then what can be done goes, the last of it first; the way back goes before the first
    few of it. Help stays.
    """
    kept = list(hints)
    out = [hint for hint in hints if hint.place is Place.OUT]
    here = [hint for hint in reversed(hints) if hint.place is Place.HERE]
    dim = [hint for hint in here if not hint.possible]
    able = [hint for hint in here if hint.possible]
    leave = [hint for hint in hints if hint.place is Place.QUIT] if out else []
    for short, spare in ((False, [*leave, *dim]), (True, [*able[:-_FIRST], *out, *able[-_FIRST:]])):
        for hint in [None, *spare]:
            if hint is not None:
                kept.remove(hint)
            if _wide([each.word(short=short) for each in kept]) <= room:
                return kept, short
    return kept, True
