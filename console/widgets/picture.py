"""A picture file in the terminal, as wide as there is room, in the best way that the terminal can show."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from console.desk import desk_of, work
from console.graphics.halfblocks import Depth, draw
from console.graphics.method import Cell, Method, cell_size, in_tmux, method_of
from console.graphics.source import Part
from console.widgets.overlay import Overlay, paints_over

_WIDEST = 64
_USUAL_CELL = Cell(8, 16)
_REST_S = 0.2
OFF = "Pictures are off: CONSOLE_PICTURES."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drawn; equal ones are drawn once."""

    path: Path
    part: Part | None
    columns: int
    rows: int
    depth: Depth
    method: Method
    cell: Cell | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as half blocks, and as pixels where the terminal can."""

    blocks: list[list[Segment]] = field(default_factory=list)
    cells: list[list[Segment]] = field(default_factory=list)
    """Kitty's placeholders."""
    image: int = 0
    """Kitty's number of the picture, 0 for none."""
    name: int = 0
    sixel: str = ""


class Picture(Widget):
    """One picture; drawn in a thread, again when the room changes.

    Half blocks stand wherever pixels would be in the way: under a question, beside a toast, while it scrolls.
    """

    DEFAULT_CSS = "Picture { height: auto; width: 1fr; }"

    def __init__(self, what: str = "cover", *, shape: float = 1.0, widest: int = _WIDEST) -> None:
        super().__init__()
        self.path: Path | None = None
        self.part: Part | None = None
        self.trouble = ""
        self.drawn = Drawn()
        self.names: set[int] = set()
        """Kitty's names that this picture holds: the shown one's, and the next one's while it is drawn."""
        self._what, self._shape, self._widest = what, shape, widest
        self._wanted: Wanted | None = None
        self._paints = False
        self._resting: Region | None = None
        self._timed: Region | None = None

    def show(self, path: Path | None, part: Part | None = None) -> None:
        """Shows this file, or one part of it; None for nothing."""
        self.path, self.part = path, part
        self.refresh(layout=True)
        self._redraw()

    @property
    def depth(self) -> Depth:
        """What this terminal and theme can show."""
        if self.app.no_color or self.app.native_ansi_color or desk_of(self).drawing.ascii:
            return Depth.NONE
        return Depth.TRUE if self.app.console.color_system == "truecolor" else Depth.TABLE

    @property
    def method(self) -> Method:
        """The way that pictures are shown here; pixels are colour, so that a look without colour has none."""
        desk = desk_of(self)
        method = method_of(desk.settings.console_pictures, os.environ, served=desk.access.served)
        return Method.BLOCKS if method is not Method.OFF and self.depth is Depth.NONE else method

    @property
    def cell(self) -> Cell | None:
        """The size of this terminal's cells; None where nobody knows, or where no terminal is at the other end."""
        return None if self.app.is_headless or desk_of(self).access.served else cell_size(os.environ)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As the picture's shape wants it with this terminal's cells."""
        if self.path is None:
            return 0
        return 1 if self.method is Method.OFF else self._rows(self._columns(width))

    def on_resize(self, _event: events.Resize) -> None:
        """Draws for the new room."""
        self._redraw()

    def on_unmount(self) -> None:
        """Lets the terminal forget it."""
        self._forget(self.drawn)

    def notify_style_update(self) -> None:
        """The theme may have taken the colours away, or given them back."""
        super().notify_style_update()
        if self.is_mounted:
            self._redraw()

    def _columns(self, width: int) -> int:
        return min(width, self._widest)

    def _rows(self, columns: int) -> int:
        cell = self.cell or _USUAL_CELL
        return max(1, int(columns * self._shape * cell.width / cell.height))

    def _redraw(self) -> None:
        columns = self._columns(self.size.width)
        if self.path is None:
            self._wanted = None
            self._forget(self.drawn)
            self.drawn, self.names = Drawn(), set()
        elif columns >= 2:
            wanted = Wanted(self.path, self.part, columns, self._rows(columns), self.depth, self.method, self.cell)
            if wanted != self._wanted:
                self._wanted = wanted
                work(self, partial(self._draw, wanted), group="picture", what=f"draw a {self._what}", exclusive=True)

    async def _draw(self, wanted: Wanted) -> None:
        """Half blocks first, because they are quick; pixels where the terminal can show them."""
        self.trouble = OFF if wanted.method is Method.OFF else ""
        drawn = Drawn()
        try:
            if wanted.method is not Method.OFF:
                drawn = Drawn(await asyncio.to_thread(_as_blocks, wanted))
                self._turn_to(drawn)
            if wanted.method in (Method.KITTY, Method.SIXEL):
                name = self._free_name() if wanted.method is Method.KITTY else None
                drawn, message = await asyncio.to_thread(_as_pixels, wanted, drawn, name)
                self._tell(message)
        except (OSError, ValueError) as error:
            drawn = Drawn()
            self.trouble = f"The {self._what} cannot be shown: {type(error).__name__}."
        self._turn_to(drawn)

    def _turn_to(self, drawn: Drawn) -> None:
        before, self.drawn = self.drawn, drawn
        if before.image != drawn.image:
            self._forget(before)
        self.names = {drawn.name}
        self.refresh()

    def _free_name(self) -> int | None:
        from console.graphics.kitty import free_name

        pictures = [picture for screen in self.app.screen_stack for picture in screen.query(Picture)]
        found = free_name(set().union(*(picture.names for picture in pictures)))
        self.names |= {found} if found is not None else set()
        return found

    def _forget(self, drawn: Drawn) -> None:
        if drawn.image:
            from console.graphics.kitty import forget

            self._tell(forget(drawn.image, tmux=in_tmux(os.environ)))

    def _tell(self, message: str) -> None:
        """Sends a sequence that paints nothing past the compositor; Textual has no public way."""
        driver = self.app._driver
        if message and driver is not None:
            driver.write(message)

    # --- painting ---

    def render_lines(self, crop: Region) -> list[Strip]:
        """Decides between pixels and half blocks for this very frame, because only now is it known what lies above."""
        pixels = self._shows_pixels(crop)
        if pixels != self._paints:
            self._paints = pixels
            self._styles_cache.clear()  # all lines change, in this frame
            if self.drawn.cells or not pixels:
                self.call_later(self.refresh)  # and those that this frame does not paint, in the next
        strips = super().render_lines(crop)
        if self._paints and self.drawn.sixel:
            strips[-1] = Overlay(strips[-1], self._placed_sixel())
        return strips

    def _shows_pixels(self, crop: Region) -> bool:
        drawn = self.drawn
        if self.screen is not self.app.screen or not (drawn.cells or drawn.sixel):
            self._resting = None
            return False
        if drawn.cells:
            return True
        if crop.size != self.size or paints_over(self):
            self._resting = None
        elif self.region == self._resting:
            return True
        elif self.region != self._timed:
            self._timed = self.region
            self.set_timer(_REST_S, self._rest)
        return False

    def _rest(self) -> None:
        """Where it has stood still for a moment, it is worth the bytes of a picture."""
        if self.region == self._timed:
            self._resting = self._timed
        self._timed = None
        self.refresh()

    def _placed_sixel(self) -> str:
        row, column = self.region.y + 1, self.region.x + 1 + self._side()
        return f"\x1b7\x1b[{row};{column}H{self.drawn.sixel}\x1b8"

    def _side(self) -> int:
        columns = self._wanted.columns if self._wanted else 0
        return (self.size.width - columns) // 2

    def render_line(self, y: int) -> Strip:
        """One line of the picture, in the middle."""
        width, base = self.size.width, self.rich_style
        drawn = self.drawn
        lines = drawn.blocks if not self._paints else drawn.cells
        if y < len(lines):
            columns = sum(segment.cell_length for segment in lines[y])
            side = Segment(" " * ((width - columns) // 2), base)
            return Strip([side, *lines[y]]).adjust_cell_length(width, base)
        text = self.trouble if y == 0 else ""
        return Strip([Segment(text[:width].ljust(width), base)], width)


def _as_blocks(wanted: Wanted) -> list[list[Segment]]:
    """In a thread. Raises OSError, ValueError."""
    return draw(wanted.path, wanted.columns, wanted.rows, wanted.depth, wanted.part)


def _as_pixels(wanted: Wanted, drawn: Drawn, name: int | None) -> tuple[Drawn, str]:
    """In a thread: the picture in pixels too, and what the terminal must be told before. Raises OSError, ValueError."""
    columns, rows, cell = wanted.columns, wanted.rows, wanted.cell
    if wanted.method is Method.SIXEL:
        if cell is None:  # it would paint over its neighbours
            return drawn, ""
        from console.graphics import sixel

        picture = sixel.picture(wanted.path, columns * cell.width, rows * cell.height, wanted.part)
        return replace(drawn, sixel=picture), ""
    from console.graphics import kitty

    if name is None or max(columns, rows) > kitty.MOST:
        return drawn, ""
    cell = cell or _USUAL_CELL
    png = kitty.picture(wanted.path, columns * cell.width, rows * cell.height, wanted.part)
    image = kitty.image_id(name, true_colour=wanted.depth is Depth.TRUE)
    message = kitty.send(image, png, columns, rows, tmux=in_tmux(os.environ))
    return replace(drawn, cells=kitty.cells(name, columns, rows), image=image, name=name), message
