"""The line that a filter is typed into; the pane follows every key."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

from console.desk import desk_of
from console.human import many
from console.panes.pane import ListPane

MOST = 120
"""Characters of a filter."""

_NO_SLASH = r"([^/].*)?"
"""A slash at the beginning is the key that opens the filter, pressed where it is open already."""


class FilterLine(Input):
    """Enter keeps the filter, Escape drops it."""

    DEFAULT_CSS = """
    FilterLine {
        dock: bottom; height: 1; border: none; padding: 0 1; margin-bottom: 1; background: $surface;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Drop the filter", id="filter.drop", tooltip="Show all lines again"),
    ]

    def __init__(self, pane: ListPane[Any]) -> None:
        super().__init__(
            value=pane.words, placeholder=f"words to look for in {pane.NAME}", max_length=MOST, restrict=_NO_SLASH
        )
        self._pane = pane

    def on_mount(self) -> None:
        """Takes the keys."""
        self.cursor_blink = desk_of(self).drawing.moves
        self.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters as it is typed."""
        event.stop()
        self._pane.set_filter(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list."""
        event.stop()
        self._close()

    def on_paste(self, event: events.Paste) -> None:
        """What is too long is not taken, and that is said: cut off somewhere it would look for something else."""
        pasted = (event.text.splitlines() or [""])[0]
        if len(self.value) - len(self.selected_text) + len(pasted) > MOST:
            event.stop()
            event.prevent_default()
            text = f"A filter holds at most {MOST} characters; {many(len(pasted), 'character')} were pasted."
            self.notify(text, severity="warning", markup=False)

    def restricted(self) -> None:
        """The key that opens a filter, once more: what is typed next takes the place of what stands here."""
        self.action_select_all()

    def action_drop(self) -> None:
        """Ends the filter."""
        self._pane.set_filter("")
        self._close()

    def on_unmount(self) -> None:
        """The filter stays over a restart."""
        self._pane.remember()

    def on_blur(self) -> None:
        """The keys go elsewhere, so the line goes."""
        self.remove()

    def _close(self) -> None:
        self.screen.set_focus(self._pane)
        self.remove()
