"""Picture files, whoever made them: JPEG and PNG only, within limits, decoded as small as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 32 << 20
MOST_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """One tile of a sheet of `columns` x `rows` tiles, counted by row from 0."""

    number: int
    columns: int
    rows: int

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Its pixels in a sheet of this size: left, top, right, bottom."""
        row, column = divmod(self.number, self.columns)
        return (
            column * width // self.columns,
            row * height // self.rows,
            (column + 1) * width // self.columns,
            (row + 1) * height // self.rows,
        )


def open_scaled(path: Path, width: int, height: int, part: Part | None = None) -> Image:
    """The picture, or one part of it, as RGB in exactly this many pixels.

    Raises OSError or ValueError where the file is no JPEG or PNG, damaged, or larger than any picture of ours.
    """
    from PIL import Image

    if path.stat().st_size > MOST_BYTES:
        raise ValueError("the file is too large")
    with Image.open(path, formats=("JPEG", "PNG")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("it has too many pixels")
        columns, rows = (part.columns, part.rows) if part else (1, 1)
        picture.draft("RGB", (width * columns * 2, height * rows * 2))  # a JPEG is decoded at a fraction of its size
        whole: Image.Image = picture.convert("RGB")
    box = part.box(*whole.size) if part else None
    return whole.resize((width, height), Image.Resampling.BOX, box=box)
