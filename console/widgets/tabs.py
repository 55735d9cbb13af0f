"""The names of the panes with what they count, for terminals that show one pane at a time."""

from __future__ import annotations

from typing import Any

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from console.panes.pane import ListPane


class PaneTabs(Widget):
    """One line; each name can be clicked."""

    DEFAULT_CSS = "PaneTabs { height: 1; padding: 0 1; }"

    def __init__(self, panes: list[ListPane[Any]]) -> None:
        super().__init__()
        self._panes = panes
        self.active: ListPane[Any] | None = None

    def render(self) -> Content:
        """All names; short ones where room is short."""
        for full in (True, False):
            line = Content("  ").join([self._tab(pane, full) for pane in self._panes])
            if line.cell_length <= self.size.width:
                break
        return line

    def _tab(self, pane: ListPane[Any], full: bool) -> Content:
        active = pane is self.active
        badge = pane.badge() if full else ""
        click = Style.from_meta({"@click": f"screen.pane({pane.NUMBER})"})
        return Content.assemble(
            (f"{pane.NUMBER} ", "$text-muted"),
            (pane.NAME, "bold underline $primary" if active else ""),
            (f" {badge}" if badge else "", "bold $accent"),
        ).stylize(click)
