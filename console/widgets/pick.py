"""One of a few values in one line: all of them where they have room, else the chosen one alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

_GAP = 2


class Pick(Widget, can_focus=True):
    """Left and right choose; every value is one of our own words, or made harmless before."""

    DEFAULT_CSS = "Pick { height: 3; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space", "move(1)", "Next", show=False, id="pick.next", tooltip="The next value"),
        Binding("left,h", "move(-1)", "Before", show=False, id="pick.before", tooltip="The value before"),
        Binding("down,j", "app.focus_next", "Down", show=False, id="move.pick-down", tooltip="To the box below"),
        Binding("up,k", "app.focus_previous", "Up", show=False, id="move.pick-up", tooltip="To the box above"),
    ]
    at: reactive[int] = reactive(0)

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, pick: Pick) -> None:
            super().__init__()
            self.pick = pick

    def __init__(self, values: Sequence[str], chosen: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.values = tuple(values)
        self.set_reactive(Pick.at, self.values.index(chosen) if chosen in self.values else 0)

    @property
    def value(self) -> str:
        """What is chosen; empty where there is nothing to choose from."""
        return self.values[self.at] if self.values else ""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One line."""
        return 1

    def render(self) -> Content:
        """The values, the chosen one between arrows."""
        here = Content.styled(f"‹ {self.value} ›", "reverse" if self.has_focus else "bold $accent")
        parts = [
            here if at == self.at else Content.styled(f"  {value}  ", "$text-muted")
            for at, value in enumerate(self.values)
        ]
        whole = Content(" ").join(parts)
        if whole.cell_length <= self.content_size.width:
            return whole
        return Content.assemble(here, (f"  {self.at + 1} of {len(self.values)}", "$text-muted"))

    def action_move(self, by: int) -> None:
        """Goes on to a neighbour, round the ends."""
        if self.values:
            self.at = (self.at + by) % len(self.values)

    def watch_at(self) -> None:
        """Tells it."""
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """A click goes on to the next."""
        event.stop()
        self.focus()
        self.action_move(1)
