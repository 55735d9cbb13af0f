"""What one run of an artist may cost where autopilot decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from console.desk import desk_of
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.safe import own
from console.screens.dialog import Dialog
from console.widgets.answer import Answer
from engine.domain.budget import dollars, microusd
from engine.domain.errors import UsageError


class BudgetScreen(Dialog[int | None]):
    """Micro-dollars; None where the operator thought better of it."""

    DEFAULT_CSS = """
    BudgetScreen { align: center middle; }
    BudgetScreen > Vertical {
        width: 64; max-width: 96%; height: auto; padding: 1 2; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    BudgetScreen Input { height: 3; margin: 1 0; border: round $border-blurred; background: $surface;
        &:focus { border: round $border; } }
    BudgetScreen #told { min-height: 2; }
    BudgetScreen Horizontal { height: auto; align-horizontal: right; }
    BudgetScreen Answer { margin-left: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="budget.back", tooltip="Change nothing"),
        Binding("f2", "save", "Save", id="budget.save", priority=True, tooltip="Save the budget"),
    ]

    def __init__(self, now: int) -> None:
        super().__init__()
        self._now = now

    def body(self) -> Iterable[Widget]:
        """The amount and what it means."""
        with Vertical() as box:
            box.border_title = Content("Budget of one run")
            yield Static(
                Content(
                    "Autopilot approves no run that cost more. 0 allows none at all; what this machine makes is free."
                )
            )
            yield Input(dollars(self._now).removeprefix("$").replace(",", ""), id="amount", max_length=20)
            yield Static(id="told")
            with Horizontal():
                yield Answer(Content(keyed(self, "Back ({budget.back|esc})")), id="back", compact=True)
                yield Answer(
                    Content(keyed(self, "Save ({budget.save|f2})")), id="save", variant="primary", compact=True
                )

    def on_mount(self) -> None:
        """Begins with the amount."""
        field = self.query_one(Input)
        field.cursor_blink = desk_of(self).drawing.moves
        field.focus()

    @property
    def amount(self) -> int | None:
        """What was typed in micro-dollars, None where it is no budget."""
        try:
            return microusd(self.query_one(Input).value)
        except UsageError:
            return None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says what it would be, or why it cannot be."""
        event.stop()
        try:
            told = own((f"{dollars(microusd(event.value))} a run", STYLES[Tone.DIM]))
        except UsageError as error:
            told = own((f"✗ {error}", STYLES[Tone.BAD]))
        self.query_one("#told", Static).update(told)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter saves."""
        event.stop()
        self.action_save()

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Answers."""
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_give_up(self) -> None:
        """Changes nothing."""
        self.dismiss(None)

    def action_save(self) -> None:
        """Gives the amount back, if it is one."""
        if self.amount is None:
            self.notify("That is no budget: write dollars, such as 0.25.", severity="warning", markup=False)
        else:
            self.dismiss(self.amount)
