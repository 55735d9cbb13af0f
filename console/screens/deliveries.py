"""All deliveries, or those of one release."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from console.panes.deliveries import DeliveriesPane
from console.screens.listed import ListScreen


class DeliveriesScreen(ListScreen[DeliveriesPane]):
    """The deliveries."""

    HELP: ClassVar[str] = DeliveriesPane.HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("W", "targets", "Targets", id="deliveries.targets", tooltip="Show where releases can go"),
    ]

    def __init__(self, release_id: str | None = None) -> None:
        super().__init__(DeliveriesPane(release_id))

    def action_targets(self) -> None:
        """Opens the list of targets."""
        from console.screens.targets import TargetsScreen

        self.app.push_screen(TargetsScreen())
