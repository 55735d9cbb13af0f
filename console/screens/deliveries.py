"""All deliveries, or those of one release."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from console.messages import Changes
from console.panes.deliveries import DeliveriesPane
from console.screens.page import Page


class DeliveriesScreen(Page):
    """A list as large as the screen."""

    HELP: ClassVar[str] = DeliveriesPane.HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("W", "targets", "Targets", id="deliveries.targets", tooltip="Show where releases can go"),
    ]

    def __init__(self, release_id: str | None = None) -> None:
        super().__init__()
        self.pane = DeliveriesPane(release_id)

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

    def action_targets(self) -> None:
        """Opens the list of targets."""
        from console.screens.targets import TargetsScreen

        self.app.push_screen(TargetsScreen())
