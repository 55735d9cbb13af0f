"""Pictures as text: two pixels a cell with half blocks in colour, or a ramp of characters without any."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from console.graphics.source import Part, open_scaled

if TYPE_CHECKING:
    from PIL.Image import Image

_RAMP = " .:-=+*#%@"
_HALF = "▀"


class Depth(StrEnum):
    """What the terminal can show."""

    TRUE = "true"
    TABLE = "table"
    """The 256-colour table."""
    NONE = "none"


def draw(path: Path, columns: int, rows: int, depth: Depth, part: Part | None = None) -> list[list[Segment]]:
    """The picture in `columns` x `rows` cells. Raises OSError or ValueError where it cannot be read."""
    if depth is Depth.NONE:
        return _ramp(open_scaled(path, columns, rows, part).convert("L"))
    return _blocks(open_scaled(path, columns, rows * 2, part), columns, rows, depth)


def _ramp(small: Image) -> list[list[Segment]]:
    width, height = small.size
    levels = small.tobytes()
    text = "".join(_RAMP[level * len(_RAMP) // 256] for level in levels)
    return [[Segment(text[row * width : (row + 1) * width])] for row in range(height)]


def _blocks(small: Image, columns: int, rows: int, depth: Depth) -> list[list[Segment]]:
    if depth is Depth.TABLE:
        from PIL import Image

        numbers = small.quantize(palette=_table(), dither=Image.Dither.FLOYDSTEINBERG).tobytes()
        colours = [Color.from_ansi(16 + min(number, 239)) for number in numbers]
    else:
        data = small.tobytes()
        colours = [Color.from_rgb(*data[i : i + 3]) for i in range(0, len(data), 3)]
    found = []
    for row in range(rows):
        upper = colours[2 * row * columns : (2 * row + 1) * columns]
        lower = colours[(2 * row + 1) * columns : (2 * row + 2) * columns]
        found.append([Segment(_HALF, Style(color=u, bgcolor=b)) for u, b in zip(upper, lower, strict=True)])
    return found


@cache
def _table() -> Image:
    """The 240 fixed colours of the 256-colour table as a palette: a cube of six steps, then 24 greys."""
    from PIL import Image

    steps = (0, 95, 135, 175, 215, 255)
    cube = [value for r in steps for g in steps for b in steps for value in (r, g, b)]
    greys = [8 + 10 * grey for grey in range(24) for _ in range(3)]
    image = Image.new("P", (1, 1))
    image.putpalette([*cube, *greys, *([0] * 3 * 16)])
    return image
