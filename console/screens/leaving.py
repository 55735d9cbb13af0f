"""Leaving: what becomes of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.keymap.live import keyed
from console.screens.dialog import Dialog
from console.supervision import EngineView
from console.widgets.answer import Answer
from engine.lock import Mode


class Leave(StrEnum):
    """The answers."""

    STAY = "stay"
    KEEP = "keep"
    STOP = "stop"


class LeaveScreen(Dialog[Leave]):
    """The focus rests on leaving the engine at work: nothing is lost by it."""

    DEFAULT_CSS = """
    LeaveScreen { align: center middle; }
    LeaveScreen > Vertical {
        width: 66; max-width: 100%; height: auto; padding: 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    LeaveScreen Horizontal { height: auto; margin-top: 1; }
    LeaveScreen Answer { margin-right: 1; min-width: 8; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave('stay')", "Stay", id="leave.stay", tooltip="Stay in the console"),
        Binding("k", "leave('keep')", "Keep it running", id="leave.keep", tooltip="Leave; the engine works on"),
        Binding("s", "leave('stop')", "Stop it", id="leave.stop", tooltip="Leave and stop the engine"),
        Binding("left,h", "app.focus_previous", "Left", show=False, id="move.leave-left", tooltip="The answer before"),
        Binding("right,l", "app.focus_next", "Right", show=False, id="move.leave-right", tooltip="The next answer"),
    ]

    def __init__(self, engine: EngineView) -> None:
        super().__init__()
        self._engine = engine

    def body(self) -> Iterable[Widget]:
        """The question and three answers."""
        headless = self._engine.mode is Mode.HEADLESS
        text = (
            "The engine was started without a console (headless). It is left running unless you stop it."
            if headless
            else "The engine can work on without the console. Runs that it stops in go on at the next start."
        )
        with Vertical() as box:
            box.border_title = Content("Leave the console")
            yield Static(Content(text))
            with Horizontal():
                yield Answer(
                    Content(keyed(self, "Keep it running ({leave.keep|k})")), id="keep", variant="primary", compact=True
                )
                yield Answer(Content(keyed(self, "Stop the engine ({leave.stop|s})")), id="stop", compact=True)
                yield Answer(Content(keyed(self, "Stay ({leave.stay|esc})")), id="stay", compact=True)

    def on_mount(self) -> None:
        """Rests on the answer that loses nothing."""
        self.query_one("#keep").focus()

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Answers."""
        event.stop()
        self.dismiss(Leave(str(event.button.id)))

    def action_leave(self, choice: str) -> None:
        """Answers by key."""
        self.dismiss(Leave(choice))
