"""Leaving: what becomes of the engine, and of a list that is being saved."""

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
from console.safe import lines
from console.saving import Saving
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
    """The focus rests on what loses nothing: leaving the engine at work, or staying while something is saved."""

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

    def __init__(self, engine: EngineView | None, saving: Saving | None = None) -> None:
        super().__init__()
        self._engine = engine
        """None where leaving is all that can be decided."""
        self._saving = saving

    def body(self) -> Iterable[Widget]:
        """The question and its answers."""
        with Vertical() as box:
            box.border_title = Content("Leave the console")
            yield Static(lines(self._told()))
            with Horizontal():
                keep = "Leave" if self._engine is None else "Keep it running"
                yield Answer(
                    Content(keyed(self, f"{keep} ({{leave.keep|k}})")), id="keep", variant="primary", compact=True
                )
                if self._engine is not None:
                    yield Answer(Content(keyed(self, "Stop the engine ({leave.stop|s})")), id="stop", compact=True)
                yield Answer(Content(keyed(self, "Stay ({leave.stay|esc})")), id="stay", compact=True)

    def _told(self) -> Iterable[Content | str]:
        if self._saving is not None:
            gone = f"{self._saving.words}, is being saved. Leaving stops that, and no file is left."
            yield Content.styled(gone, "$warning")
        if self._engine is None:
            return
        yield (
            "The engine was started without a console (headless). It is left running unless you stop it."
            if self._engine.mode is Mode.HEADLESS
            else "The engine can work on without the console. Runs that it stops in go on at the next start."
        )

    def on_mount(self) -> None:
        """Rests on the answer that loses nothing."""
        self.query_one("#keep" if self._saving is None else "#stay").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No engine, nothing to stop."""
        if action == "leave" and parameters[0] == "stop" and self._engine is None:
            return False
        return super().check_action(action, parameters)

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Answers."""
        event.stop()
        self.dismiss(Leave(str(event.button.id)))

    def action_leave(self, choice: str) -> None:
        """Answers by key."""
        self.dismiss(Leave(choice))
