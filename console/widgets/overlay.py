"""Pixels painted over cells by the frame that writes those cells: so they come last, and never without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from textual.errors import NoWidget
from textual.strip import Strip
from textual.widget import Widget


class Overlay(Strip):
    """A line after which a sequence goes to the terminal. It has no width, and is lost where the line is cut short."""

    def __init__(self, line: Strip, sequence: str) -> None:
        super().__init__(list(line), line.cell_length)
        self._sequence = sequence

    def render(self, console: Console) -> str:
        """The cells, then the sequence."""
        return super().render(console) + self._sequence

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The last piece takes the sequence along."""
        pieces = [*super().divide(cuts)]
        if pieces:
            last = pieces[-1]
            pieces[-1] = self if last is self else Overlay(last, self._sequence)
        return pieces


def paints_over(widget: Widget) -> bool:
    """Whether anything lies over this widget: looked at along its edges and its middle."""
    region = widget.region
    columns = {region.x, region.x + region.width // 2, region.right - 1}
    places = [(x, y) for y in range(region.y, region.bottom) for x in columns]
    places += [(x, y) for x in range(region.x, region.right, 4) for y in (region.y, region.bottom - 1)]
    try:
        return any(widget.screen.get_widget_at(x, y)[0] is not widget for x, y in places)
    except NoWidget:
        return True
