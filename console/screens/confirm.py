"""One question with two answers; the safe one has the focus."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from console.keymap.live import keyed
from console.screens.dialog import Dialog
from console.widgets.answer import Answer


class Confirm(Dialog[bool]):
    """True for yes. Escape and the focused button are the safe answer."""

    DEFAULT_CSS = """
    Confirm { align: center middle; }
    Confirm > Vertical {
        width: 64; max-width: 96%; height: auto; padding: 1 2; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    Confirm Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    Confirm Answer { margin-left: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,escape", "answer(False)", "No", id="confirm.no", tooltip="The safe answer"),
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("left,h", "app.focus_previous", "Left", show=False, id="move.confirm-left", tooltip="The other answer"),
        Binding("right,l", "app.focus_next", "Right", show=False, id="move.confirm-right", tooltip="The other answer"),
    ]

    def __init__(self, title: str, text: str | Content, *, yes: str, no: str = "Cancel") -> None:
        super().__init__()
        self._title = title
        self._text = text if isinstance(text, Content) else Content(text)
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The question and the answers."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield Static(self._text)
            with Horizontal():
                yield Answer(Content(keyed(self, f"{self._no} ({{confirm.no|n}})")), id="no", compact=True)
                yield Answer(
                    Content(keyed(self, f"{self._yes} ({{confirm.yes|y}})")), id="yes", variant="primary", compact=True
                )

    def on_mount(self) -> None:
        """Rests on the safe answer."""
        self.query_one("#no").focus()

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Answers."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answers by key."""
        self.dismiss(yes)
