"""Stills of the clip with their times, as many beside each other as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from console.graphics.source import Part
from console.human import span
from console.safe import own
from console.widgets.picture import Picture
from engine.domain.media import STORYBOARD_COLUMNS, STORYBOARD_ROWS
from engine.domain.song import Section

if TYPE_CHECKING:
    from engine.api.models import Storyboard

_SHAPE = 9 / 16
_LEAST = 16
"""Columns under which nothing is seen on a still."""
NONE = "There is none: this song was made before storyboards were."


class Still(Vertical):
    """One still and its time."""

    DEFAULT_CSS = """
    Still { height: auto; padding: 0 1 0 0; display: none; }
    Still > Static { height: 1; }
    Still.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.picture = Picture("still", shape=_SHAPE)
        self.caption = Static()

    def compose(self) -> ComposeResult:
        """The picture above its time."""
        yield self.picture
        yield self.caption


class StoryboardCard(Container):
    """The whole storyboard."""

    DEFAULT_CSS = """
    StoryboardCard {
        height: auto; border: round $border-blurred; border-title-color: $primary; border-title-style: bold;
        padding: 0 0 0 1;
        & > Container { height: auto; layout: grid; grid-size: 4; grid-rows: auto; }
        & > Static { height: auto; display: none; }
        &.-none > Static { display: block; }
        &.-none > Container { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.border_title = Content("Storyboard")
        self._stills = [Still() for _ in range(STORYBOARD_COLUMNS * STORYBOARD_ROWS)]
        self._grid = Container(*self._stills)

    def compose(self) -> ComposeResult:
        """Room for a whole sheet."""
        yield self._grid
        yield Static(own((NONE, "$text-muted")))

    def on_resize(self, _event: events.Resize) -> None:
        """There is another room now."""
        self._lay_out()

    def _lay_out(self) -> None:
        width, shown = self.content_size.width, sum(still.has_class("-shown") for still in self._stills)
        if not width or not shown:
            return
        count = beside(shown, width)
        self._grid.styles.grid_size_columns = count
        self._grid.styles.width = max(count, width // count * count)  # so that all are equally large

    def show(self, board: Storyboard | None, sections: Sequence[Section]) -> None:
        """Shows these stills, or that there are none."""
        self.set_class(board is None, "-none")
        times = board.times[: len(self._stills)] if board is not None else ()
        for number, still in enumerate(self._stills):
            shown = board is not None and number < len(times)
            still.set_class(shown, "-shown")
            if board is None or not shown:
                still.picture.show(None)
                continue
            still.picture.show(board.path, Part(number, STORYBOARD_COLUMNS, STORYBOARD_ROWS))
            still.caption.update(own(span(times[number]), (f"  {_section(sections, times[number])}", "$text-muted")))
        self._lay_out()


def beside(stills: int, width: int) -> int:
    """How many stand beside each other in so many columns: in as few rows as leave each large enough."""
    rows = next((rows for rows in range(1, stills + 1) if width // -(-stills // rows) >= _LEAST), 1)
    return max(1, -(-stills // rows) if width >= _LEAST else 1)


def _section(sections: Sequence[Section], at: float) -> str:
    """What part of the track this moment is in."""
    return next((str(section.kind) for section in reversed(sections) if section.start <= at), "")
