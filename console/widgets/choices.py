"""A short list of which several can be chosen; `[x]` says so without any colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget


class Choices(Widget, can_focus=True):
    """Space chooses; every line is one of our own words."""

    DEFAULT_CSS = "Choices { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="move.choice-down", tooltip="One line down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="move.choice-up", tooltip="One line up"),
        Binding("home,g", "go(0)", "First", show=False, id="move.choice-first", tooltip="To the first line"),
        Binding("end,G", "go(-1)", "Last", show=False, id="move.choice-last", tooltip="To the last line"),
        Binding("space,enter", "choose", "Choose", id="choices.choose", tooltip="Choose this line, or not"),
    ]
    cursor: reactive[int] = reactive(0)
    chosen: reactive[frozenset[str]] = reactive(frozenset())

    def __init__(self, lines: Sequence[str], opposites: Sequence[tuple[str, str]] = ()) -> None:
        """Of two `opposites` one at most is chosen."""
        super().__init__()
        self._lines = tuple(lines)
        self._against = {one: other for pair in opposites for one, other in (pair, pair[::-1])}

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line each."""
        return len(self._lines)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """The longest line and its box."""
        return max(map(len, self._lines)) + 5

    def render(self) -> Content:
        """Boxes and words."""
        found = []
        for index, text in enumerate(self._lines):
            mark = "[x]" if text in self.chosen else "[ ]"
            line = f"{mark} {text}".ljust(self.content_size.width)
            here = index == self.cursor and self.has_focus
            style = "reverse" if here else "bold $accent" if text in self.chosen else ""
            found.append(Content.styled(line, style) if style else Content(line))
        return Content("\n").join(found)

    def validate_cursor(self, value: int) -> int:
        """Stays on a line."""
        return max(0, min(value, len(self._lines) - 1))

    def action_move(self, by: int) -> None:
        """Goes up or down."""
        self.cursor += by

    def action_go(self, index: int) -> None:
        """Goes to a line; negative counts from the end."""
        self.cursor = index if index >= 0 else len(self._lines) + index

    def action_choose(self) -> None:
        """Chooses, or takes back; what is chosen takes its opposite off."""
        line = self._lines[self.cursor]
        self.chosen = (self.chosen ^ {line}) - {self._against.get(line, "")}

    def on_click(self, event: events.Click) -> None:
        """Chooses what is clicked."""
        self.cursor = event.y - self.content_offset.y
        self.action_choose()
