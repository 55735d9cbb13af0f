"""One question with two answers; the safe one has the focus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from console.keymap.live import keyed
from console.screens.question import Question
from console.widgets.answer import Answer


class Confirm(Question[bool]):
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
    YES, NO = "yes", "no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,escape", "answer(False)", "No", id="confirm.no", tooltip="The safe answer"),
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("left,h", "app.focus_previous", "Left", show=False, id="move.confirm-left", tooltip="The other answer"),
        Binding("right,l", "app.focus_next", "Right", show=False, id="move.confirm-right", tooltip="The other answer"),
    ]

    def __init__(self, title: str, text: str | Content, *, yes: str, no: str = "Cancel") -> None:
        super().__init__(text if isinstance(text, Content) else Content(text))
        self._title = title
        self._yes = yes
        self._no = no

    def body(self) -> Iterable[Widget]:
        """The question and the answers."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield self.asked
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

    def says_yes(self, action: str, parameters: tuple[object, ...]) -> bool:
        """The answer that does it."""
        return action == "answer" and parameters == (True,)
