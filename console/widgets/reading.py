"""A page to read: scrolls by keys, holds cards."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.safe import Leaf, leaf, lines


class Reading(VerticalScroll):
    """A scrolling page with the usual keys."""

    DEFAULT_CSS = "Reading { height: 1fr; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "Down", show=False, id="move.page-down", tooltip="One line down"),
        Binding("up,k", "scroll_up", "Up", show=False, id="move.page-up", tooltip="One line up"),
        Binding(
            "pagedown,space,ctrl+f",
            "page_down",
            "Page down",
            show=False,
            id="move.page-page-down",
            tooltip="One page down",
        ),
        Binding("pageup,ctrl+u", "page_up", "Page up", show=False, id="move.page-page-up", tooltip="One page up"),
        Binding("home,g", "scroll_home", "Top", show=False, id="move.page-top", tooltip="To the top"),
        Binding("end,G", "scroll_end", "End", show=False, id="move.page-end", tooltip="To the end"),
    ]


class Card(Widget):
    """A framed part of a page; its lines wrap for the room that it has."""

    DEFAULT_CSS = """
    Card {
        height: auto; border: round $border-blurred; border-title-color: $primary; padding: 0 1;
        border-title-style: bold;
    }
    """

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = Content(title)
        self._leaf = leaf("")
        self._drawn: tuple[int, list[Content]] | None = None

    def show(self, shown: Leaf | Content, *, layout: bool = True) -> None:
        """Shows this. `layout` False where it surely has as many lines as before."""
        self._leaf = shown if isinstance(shown, Leaf) else leaf(shown)
        self._drawn = None
        self.refresh(layout=layout)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the text needs at this width."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The text for the present width."""
        return lines(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, self._leaf.wrap(width))
        return self._drawn[1]
