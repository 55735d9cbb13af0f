"""What all full screens share: top line, key line, the way back, and the word for a terminal that is too small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from console.widgets.keyline import KeyLine
from console.widgets.topline import TopLine

SMALLEST = (60, 16)


class TooSmall(Widget):
    """Says in one line what is missing."""

    DEFAULT_CSS = "TooSmall { display: none; height: 100%; width: 100%; }"

    def render(self) -> Content:
        """The size that is needed and the one there is."""
        width, height = self.app.size
        return Content(f"{SMALLEST[0]}x{SMALLEST[1]} needed, {width}x{height} here: enlarge, or q to quit.")


class Page(Screen[None]):
    """A full screen. Subclasses give `body`."""

    DEFAULT_CSS = """
    Page {
        background: $background;
        &.-tiny > *, &.-flat > * { display: none; }
        &.-tiny > TooSmall, &.-flat > TooSmall { display: block; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - typed by Textual
        (0, "-tiny"),
        (SMALLEST[0], "-narrow"),
        (110, "-normal"),
        (170, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (SMALLEST[1], "-low"), (32, "-high")]
    HELP: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "back", "Back", id="page.back", tooltip="Back to where you came from"),
    ]

    def compose(self) -> ComposeResult:
        """Top line, body, key line."""
        yield TopLine()
        yield from self.body()
        yield KeyLine()
        yield TooSmall()

    def body(self) -> Iterable[Widget]:
        """What stands between the two lines."""
        raise NotImplementedError

    def repaint_top(self) -> None:
        """Draws the top line anew."""
        for line in self.query(TopLine):
            line.refresh()

    def action_back(self) -> None:
        """Leaves this screen."""
        self.dismiss()

    @property
    def anything(self) -> Any:
        """The app without its type, for what Textual leaves untyped."""
        return self.app
