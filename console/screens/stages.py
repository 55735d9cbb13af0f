"""From which stage a run is taken up again: what is made again for it, what is kept, how long it usually takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.human import left
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.safe import lines, own
from console.screens.dialog import Dialog
from console.widgets.rows import Cell, Column, Rows

if TYPE_CHECKING:
    from engine.api.screen_models import RetryChoice, RetryChoices


class StagesScreen(Dialog["RetryChoice | None"]):
    """The choice; None where the operator thought better of it."""

    DEFAULT_CSS = """
    StagesScreen { align: center middle; }
    StagesScreen > Vertical {
        width: 84; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    StagesScreen Rows { background: $surface; height: 10; margin: 1 0; }
    StagesScreen #then { height: auto; min-height: 5; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="stages.back", tooltip="Change nothing"),
    ]

    def __init__(self, found: RetryChoices, *, waits: bool = False) -> None:
        """`waits`: the song is in the queue for review now."""
        super().__init__()
        self._waits = waits
        self._found = found
        columns: tuple[Column[RetryChoice], ...] = (
            Column("from", 18, _from),
            Column("made again", 20, lambda choice: (", ".join(choice.again), Tone.PLAIN), grow=1),
            Column("takes", 8, lambda choice: (left(choice.total_s) or "?", Tone.DIM), right=True),
        )
        self._list: Rows[RetryChoice] = Rows(columns, lambda choice: str(choice.stage))

    def body(self) -> Iterable[Widget]:
        """What is asked, the stages, and what the one under the cursor means."""
        with Vertical() as box:
            box.border_title = Content("Take it up from where?")
            yield Static(Content("That stage and all that works from its result are made again."))
            yield self._list
            yield Static(id="then")
            yield Static(Content(keyed(self, "{list.open|enter} takes it up, {stages.back|esc} goes back.")))

    def on_mount(self) -> None:
        """Begins with the first."""
        self._list.fill(self._found.choices)
        self._list.focus()
        self.watch(self._list, "cursor", self._tell, init=True)

    def _tell(self) -> None:
        choice = self._list.current
        if choice is None:
            return
        dim = STYLES[Tone.DIM]
        how = (
            "The same version goes on, with the same draw."
            if choice.stage is None
            else "A new version with a fresh draw; buttons of the earlier revision become void."
        )
        told = [own(how), own(("kept: ", dim), ", ".join(choice.kept) or "nothing")]
        if self._waits:
            told.append(own("Your yes takes the song out of the queue; it comes back when it is made."))
        told += [own((f"! {note}", STYLES[Tone.WARN])) for note in choice.notes]
        self.query_one("#then", Static).update(lines(told))

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """That one."""
        event.stop()
        self.dismiss(event.row)

    def action_give_up(self) -> None:
        """Nothing."""
        self.dismiss(None)


def _from(choice: RetryChoice) -> Cell:
    return ("where it failed" if choice.stage is None else choice.stage.value), Tone.STRONG
