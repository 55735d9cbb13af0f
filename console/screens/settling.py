"""What became of a delivery whose outcome nobody knows: a person looked at the target and says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.keymap.live import keyed
from console.safe import block, lines, own
from console.screens.dialog import Dialog
from console.widgets.menu import Menu
from engine.domain.delivery import DeliveryState

if TYPE_CHECKING:
    from engine.api.delivery_models import DeliveryRow


class SettleScreen(Dialog[bool]):
    """True for there, False for not there, None where nobody has looked."""

    DEFAULT_CSS = """
    SettleScreen { align: center middle; }
    SettleScreen > Vertical {
        width: 70; max-width: 96%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    SettleScreen #about { margin-bottom: 1; }
    """
    HELP: ClassVar[str] = (
        "Look at the target first. What you say is written down with your name; what counts as not there is sent "
        "again, and if it was there after all, it is there twice."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "answer(True)", "It is there", id="settling.there", tooltip="It arrived: it counts as delivered"),
        Binding("n", "answer(False)", "Not there", id="settling.not-there", tooltip="It is not there"),
        Binding("escape", "close", "Close", id="settling.close", tooltip="Say nothing yet"),
    ]

    def __init__(self, row: DeliveryRow) -> None:
        super().__init__()
        self._row = row
        self._back = row.state is DeliveryState.WITHDRAWING

    def body(self) -> Iterable[Widget]:
        """What is not known, and what can be said."""
        row = self._row
        about = lines([block(row.cause, "$warning", limit=300), own((f"Look at {row.target}. What is there?", ""))])
        ends = "it counts as withdrawn" if self._back else "it is sent anew"
        with Vertical() as box:
            box.border_title = Content("Outcome")
            yield Static(about, id="about")
            there = own(
                (f" {keyed(self, '{settling.there|t}')}  ", "bold $accent"), "It is there: it counts as delivered"
            )
            gone = own((f" {keyed(self, '{settling.not-there|n}')}  ", "bold $accent"), f"It is not there: {ends}")
            later = own((f" {keyed(self, '{settling.close|esc}')} ", "bold $accent"), "I have not looked yet")
            yield Menu(
                Option(later, id="later"), *([] if self._back else [Option(there, id="there")]), Option(gone, id="gone")
            )

    def on_mount(self) -> None:
        """Rests on the safe answer: Enter alone must not send anything."""
        menu = self.query_one(Menu)
        menu.focus()
        menu.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter and click."""
        event.stop()
        self.dismiss({"there": True, "gone": False}.get(str(event.option_id)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A withdrawal that failed is known to be there."""
        if self._back and action == "answer" and parameters == (True,):
            return False
        return super().check_action(action, parameters)

    def action_answer(self, arrived: bool) -> None:
        """A key."""
        self.dismiss(arrived)

    def action_close(self) -> None:
        """Nothing."""
        self.dismiss(None)
