"""The names of the panes with what they count, for terminals that show one pane at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.content import Content

from console.panes.pane import ListPane
from console.widgets.clickline import ClickLine, Word


class PaneTabs(ClickLine):
    """One line; each name can be clicked."""

    DEFAULT_CSS = "PaneTabs { height: 1; padding: 0 1; }"

    def __init__(self, panes: list[ListPane[Any]]) -> None:
        super().__init__()
        self._panes = panes
        self.active: ListPane[Any] | None = None

    def words(self) -> Sequence[Word]:
        """All names, with their counts where there is room."""
        for counted in (True, False):
            line = [self._tab(pane, counted) for pane in self._panes]
            if sum(word.text.cell_length + 2 for word in line) - 2 <= self.content_size.width:
                break
        return line

    def _tab(self, pane: ListPane[Any], counted: bool) -> Word:
        badge = pane.badge() if counted else ""
        text = Content.assemble(
            (f"{pane.key_shown} ", "$text-muted"),
            (pane.NAME, "bold underline $primary" if pane is self.active else ""),
            (f" {badge}" if badge else "", "bold $accent"),
        )
        return Word(text, f"screen.pane({pane.NUMBER})")
