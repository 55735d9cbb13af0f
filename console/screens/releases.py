"""All release packages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from console.messages import Changes
from console.panes.releases import ReleasesPane
from console.screens.page import Page


class ReleasesScreen(Page):
    """A list as large as the screen."""

    HELP: ClassVar[str] = ReleasesPane.HELP

    def __init__(self) -> None:
        super().__init__()
        self.pane = ReleasesPane()

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self.pane

    def on_mount(self) -> None:
        """Reads the list."""
        self.pane.focus()

    def on_screen_resume(self) -> None:
        """Catches up after another screen."""
        self.pane.renew()

    def follow(self, changes: Changes) -> None:
        """Reads what is new."""
        self.repaint_top()
        self.pane.follow(changes)
