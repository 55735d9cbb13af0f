"""What all dialogs share: the focus goes round by Tab, help and palette are a key away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget

from console.screens.fitting import newest
from console.widgets.around import around
from console.widgets.keyline import KeyLine

T = TypeVar("T")


class Dialog(ModalScreen[T], inherit_bindings=False):
    """A question over the screen that asked it. Subclasses give `body`."""

    HELP: ClassVar[str] = "A question. Escape is the safe answer; Tab goes from one answer to the next."
    BINDINGS: ClassVar[list[BindingType]] = [
        *around("dialog"),
        Binding("question_mark,f1", "app.help", "Help", id="dialog.help", tooltip="What can be done here"),
        Binding(
            "ctrl+p",
            "app.command_palette",
            "Palette",
            show=False,
            id="dialog.palette",
            tooltip="Actions, songs and artists by name",
        ),
    ]

    def _screen_resized(self, size: Size) -> None:
        super()._screen_resized(newest(self, size))

    def compose(self) -> ComposeResult:
        """The question, and its own keys over those of the screen beneath, which do nothing now."""
        yield from self.body()
        yield KeyLine()

    def body(self) -> Iterable[Widget]:
        """What is asked."""
        raise NotImplementedError
