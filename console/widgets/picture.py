"""A picture file in the terminal, as wide as there is room."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from console.desk import desk_of, work
from console.halfblocks import Depth, draw

_WIDEST = 64


class Picture(Widget):
    """A square picture; drawn in a thread, again when the room changes."""

    DEFAULT_CSS = "Picture { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.path: Path | None = None
        self.trouble = ""
        self._lines: list[list[Segment]] = []
        self._drawn: tuple[Path, int, Depth] | None = None

    def show(self, path: Path) -> None:
        """Shows this file."""
        self.path = path
        self.refresh(layout=True)
        self._redraw()

    @property
    def depth(self) -> Depth:
        """What this terminal and theme can show."""
        if self.app.no_color or self.app.native_ansi_color or desk_of(self).drawing.ascii:
            return Depth.NONE
        return Depth.TRUE if self.app.console.color_system == "truecolor" else Depth.TABLE

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Half as many lines as columns: a cell is twice as high as wide."""
        return min(width, _WIDEST) // 2 if self.path is not None else 0

    def on_resize(self, _event: events.Resize) -> None:
        """Draws for the new room."""
        self._redraw()

    def notify_style_update(self) -> None:
        """The theme may have taken the colours away, or given them back."""
        super().notify_style_update()
        if self.is_mounted:
            self._redraw()

    def _redraw(self) -> None:
        columns = min(self.size.width, _WIDEST) // 2 * 2
        if self.path is None or columns < 2:
            return
        wanted = (self.path, columns, self.depth)
        if wanted != self._drawn:
            self._drawn = wanted
            work(self, partial(self._draw, *wanted), group="picture", what="draw a cover", exclusive=True)

    async def _draw(self, path: Path, columns: int, depth: Depth) -> None:
        try:
            self._lines = await asyncio.to_thread(draw, path, columns, columns // 2, depth)
            self.trouble = ""
        except (OSError, ValueError) as error:
            self._lines = []
            self.trouble = f"The cover cannot be shown: {type(error).__name__}."
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the picture, in the middle."""
        width = self.size.width
        base = self.rich_style
        if y < len(self._lines):
            line = self._lines[y]
            columns = sum(segment.cell_length for segment in line)
            side = (width - columns) // 2
            return Strip([Segment(" " * side, base), *line]).adjust_cell_length(width, base)
        text = self.trouble if y == 0 else ""
        return Strip([Segment(text[:width].ljust(width), base)], width)
