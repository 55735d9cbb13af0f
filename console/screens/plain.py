"""A screen that shows some cards which do not change: a model, a log line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.widget import Widget

from console.safe import Leaf
from console.screens.page import Page
from console.widgets.reading import Card, Reading


class PlainScreen(Page):
    """Cards, given once."""

    HELP = "Details, to read. Escape goes back."

    def __init__(self, cards: Sequence[tuple[str, Leaf | Content]]) -> None:
        super().__init__()
        self._given = cards

    def body(self) -> Iterable[Widget]:
        """The cards below each other."""
        yield Reading(*self.cards())

    def cards(self) -> list[Card]:
        """A card for each that was given."""
        found = []
        for title, content in self._given:
            card = Card(title)
            card.show(content)
            found.append(card)
        return found

    def on_mount(self) -> None:
        """Takes the keys for scrolling."""
        self.query_one(Reading).focus()
