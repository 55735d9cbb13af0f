"""Where releases can go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from console.messages import Changes
from console.panes.targets import TargetsPane
from console.screens.page import Page


class TargetsScreen(Page):
    """A list as large as the screen."""

    HELP: ClassVar[str] = TargetsPane.HELP

    def __init__(self) -> None:
        super().__init__()
        self.pane = TargetsPane()

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
