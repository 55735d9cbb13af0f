"""A page to read: scrolls by keys, holds cards."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static


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


class Card(Static):
    """A framed part of a page."""

    DEFAULT_CSS = """
    Card {
        height: auto; border: round $border-blurred; border-title-color: $primary; padding: 0 1;
        border-title-style: bold;
    }
    """

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = Content(title)

    def show(self, content: Content) -> None:
        """Shows this; the height follows."""
        self.update(content)
