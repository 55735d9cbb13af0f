"""What all full screens share: top line, key line, the way back, and the word for a terminal that is too small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from console.messages import Changes
from console.panes.pane import ListPane
from console.screens.fitting import newest
from console.widgets.around import around
from console.widgets.keyline import KeyLine
from console.widgets.rows import Rows
from console.widgets.topline import TopLine

SMALLEST = (60, 16)

ACROSS = [(0, "-tiny"), (SMALLEST[0], "-narrow"), (110, "-normal"), (170, "-wide")]
DOWN = [(0, "-flat"), (SMALLEST[1], "-low"), (32, "-high")]
"""Classes of every screen by its least width and height."""


def breakpoint_classes(size: Size) -> str:
    """The classes that Textual gives a page of this size."""
    return " ".join(
        [name for least, name in steps if least <= extent][-1]
        for steps, extent in ((ACROSS, size.width), (DOWN, size.height))
    )


class TooSmall(Widget):
    """Says in one line what is missing."""

    DEFAULT_CSS = "TooSmall { display: none; height: 100%; width: 100%; }"

    def render(self) -> Content:
        """The size that is needed and the one there is."""
        width, height = self.app.size
        return Content(f"{SMALLEST[0]}x{SMALLEST[1]} needed, {width}x{height} here: enlarge, or q to quit.")


class Page(Screen[None], inherit_bindings=False):
    """A full screen. Subclasses give `body`."""

    DEFAULT_CSS = """
    Page {
        background: $background;
        overflow: hidden;
        &.-tiny > *, &.-flat > * { display: none; }
        &.-tiny > ToastRack, &.-flat > ToastRack { width: 0; height: 0; }
        &.-tiny > TooSmall, &.-flat > TooSmall { display: block; }
    }
    """
    HELP: ClassVar[str] = ""
    AUTO_FOCUS = ""  # each page says itself what gets the keys
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "back", "Back", id="page.back", tooltip="Back to where you came from"),
        *around("page"),
        Binding("y", "copy", "Copy", show=False, id="page.copy", tooltip="Copy what is under the cursor"),
        Binding("S", "save", "Save", show=False, id="page.save", tooltip="Save this list or this screen to a file"),
    ]

    def _screen_resized(self, size: Size) -> None:
        super()._screen_resized(newest(self, size))

    def compose(self) -> ComposeResult:
        """Top line, body, key line."""
        yield TopLine()
        yield from self.body()
        yield KeyLine()
        yield TooSmall()

    def body(self) -> Iterable[Widget]:
        """What stands between the two lines."""
        raise NotImplementedError

    def follow(self, _changes: Changes) -> None:
        """Something changed: the top line tells it on every page."""
        self.repaint_top()

    def repaint_top(self) -> None:
        """Draws the top line anew."""
        for line in self.query(TopLine):
            line.renew()

    def on_list_pane_filter_asked(self, event: ListPane.FilterAsked) -> None:
        """Opens the line that a filter is typed into."""
        from console.widgets.filterline import FilterLine

        self.query(FilterLine).remove()
        self.mount(FilterLine(event.pane), before=self.query_one(KeyLine))

    async def on_rows_opened(self, event: Rows.Opened) -> None:
        """Opens the screen of what was chosen."""
        from console.screens.opening import screen_for

        screen = screen_for(event.rows, event.row)
        if screen is not None:
            self.app.push_screen(screen)

    def action_copy(self) -> None:
        """Offers what is under the cursor."""
        from console.taking import offer_copy

        offer_copy(self)

    def action_save(self) -> None:
        """Offers what is on the screen."""
        from console.taking import offer_save

        offer_save(self)

    def action_back(self) -> None:
        """Leaves this screen."""
        self.dismiss()
