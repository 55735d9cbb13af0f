"""For how long nothing is to be heard of an error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.keymap.live import keyed
from console.repairing import HEAR, SPANS
from console.safe import line, own
from console.screens.dialog import Dialog
from console.widgets.menu import Menu

_KEYS = {
    "1 hour": "{ignoring.hour|h}",
    "1 day": "{ignoring.day|d}",
    "1 week": "{ignoring.week|w}",
    "for good": "{ignoring.good|f}",
    HEAR: "{ignoring.hear|u}",
}


class IgnoreScreen(Dialog[str]):
    """The answer is a span by its name, `hear of it`, or None."""

    DEFAULT_CSS = """
    IgnoreScreen { align: center middle; }
    IgnoreScreen > Vertical {
        width: 64; max-width: 96%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    IgnoreScreen #about { margin-bottom: 1; color: $text-muted; }
    """
    HELP: ClassVar[str] = (
        "An ignored error is still counted; it stands in the list as ignored, tells nobody, and nothing is done about "
        "it unasked. When its time is over it is there again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "choose('1 hour')", "1 hour", id="ignoring.hour", tooltip="Ignore it for an hour"),
        Binding("d", "choose('1 day')", "1 day", id="ignoring.day", tooltip="Ignore it for a day"),
        Binding("w", "choose('1 week')", "1 week", id="ignoring.week", tooltip="Ignore it for a week"),
        Binding("f", "choose('for good')", "For good", id="ignoring.good", tooltip="Ignore it for good"),
        Binding("u", f"choose('{HEAR}')", "Hear of it", id="ignoring.hear", tooltip="Ignore it no longer"),
        Binding("escape", "close", "Close", id="ignoring.close", tooltip="Change nothing"),
    ]

    def __init__(self, message: str, *, ignored: bool) -> None:
        super().__init__()
        self._message = message
        self._choices = [*SPANS, *([HEAR] if ignored else [])]

    def body(self) -> Iterable[Widget]:
        """The error, and a line for each span."""
        with Vertical() as box:
            box.border_title = Content("Ignore")
            yield Static(line(self._message, limit=120), id="about")
            yield Menu(
                *(
                    Option(own((f" {keyed(self, _KEYS[name])}  ", "bold $accent"), name), id=str(at))
                    for at, name in enumerate(self._choices)
                )
            )

    def on_mount(self) -> None:
        """Rests on the shortest."""
        menu = self.query_one(Menu)
        menu.focus()
        menu.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter and click."""
        event.stop()
        self.dismiss(self._choices[event.option_index])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is among the choices."""
        if action == "choose" and parameters[0] not in self._choices:
            return False
        return super().check_action(action, parameters)

    def action_choose(self, name: str) -> None:
        """A key."""
        self.dismiss(name)

    def action_close(self) -> None:
        """Nothing."""
        self.dismiss(None)
