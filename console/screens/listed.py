"""What all screens around one list share: a list as large as the screen, up to date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from textual.widget import Widget

from console.messages import Changes
from console.panes.pane import ListPane
from console.screens.page import Page

P = TypeVar("P", bound=ListPane[Any])


class ListScreen(Page, Generic[P]):
    """Subclasses give the pane, and its help."""

    def __init__(self, pane: P) -> None:
        super().__init__()
        self.pane = pane

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self.pane

    def on_mount(self) -> None:
        """Gives the keys to the list; it is read when the screen is current."""
        self.pane.focus()

    def on_screen_resume(self) -> None:
        """Catches up after another screen."""
        self.pane.renew()

    def follow(self, changes: Changes) -> None:
        """Reads what is new."""
        self.repaint_top()
        self.pane.follow(changes)
