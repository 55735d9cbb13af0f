"""A part of a page that opens and closes."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Collapsible
from textual.widgets._collapsible import CollapsibleTitle


class FoldTitle(CollapsibleTitle, inherit_bindings=False):
    """The line that stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "toggle_collapsible", "Open or close", id="fold.toggle", tooltip="Show it, or hide it"),
    ]


class Fold(Collapsible):
    """Closed at first."""

    def __init__(self, *children: Widget) -> None:
        super().__init__(*children, collapsed=True)
        self._title = FoldTitle(label="", collapsed_symbol="▸", expanded_symbol="▾", collapsed=True)
