"""What all dialogs share: the focus goes round by Tab, help and palette are a key away."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from console.widgets.around import around

T = TypeVar("T")


class Dialog(ModalScreen[T], inherit_bindings=False):
    """A question over the screen that asked it."""

    HELP: ClassVar[str] = "A question. Escape is the safe answer; Tab goes from one answer to the next."
    BINDINGS: ClassVar[list[BindingType]] = [
        *around("dialog"),
        Binding("question_mark,f1", "app.help", "Help", show=False, id="dialog.help", tooltip="What can be done here"),
        Binding(
            "ctrl+p",
            "app.command_palette",
            "Palette",
            show=False,
            id="dialog.palette",
            tooltip="Actions, songs and artists by name",
        ),
    ]
