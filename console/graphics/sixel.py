"""Sixel graphics: a picture as a sequence that paints it where the cursor is.

What it paints stays until the cells under it are written anew, so whoever uses it must own those cells.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from console.graphics.source import Part, open_scaled

_COLOURS = 128
_BAND = 6
_LETTERS = bytes(63 + value if value < 64 else 63 for value in range(256))
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)


def picture(path: Path, width: int, height: int, part: Part | None = None) -> str:
    """The picture in `width` x `height` pixels. Raises OSError, ValueError."""
    image = open_scaled(path, width, height, part).quantize(_COLOURS)
    return encode(image.tobytes(), width, height, (image.getpalette() or [])[: 3 * _COLOURS])


def encode(pixels: bytes, width: int, height: int, palette: list[int]) -> str:
    """Pixels are places in the palette, by row; the palette is red, green, blue in turn, 0..255."""
    colours = [
        f"#{place // 3};2;{';'.join(str(round(value * 100 / 255)) for value in palette[place : place + 3])}"
        for place in range(0, len(palette), 3)
    ]
    bands = [
        _band(pixels[top * width : min(height, top + _BAND) * width], width).decode("ascii")
        for top in range(0, height, _BAND)
    ]
    return f'\x1bP0;1;0q"1;1;{width};{height}{"".join(colours)}{"-".join(bands)}\x1b\\'


def _band(pixels: bytes, width: int) -> bytes:
    """Six rows of pixels: for each colour one line of characters, whose bits say which of the six have it."""
    lines = [pixels[start : start + width] for start in range(0, len(pixels), width)]
    found = []
    for colour in sorted(set(pixels)):
        bits = 0
        for row, line in enumerate(lines):
            if colour in line:
                bits |= int.from_bytes(line.translate(_only(colour, 1 << row)), "big")
        letters = bits.to_bytes(width, "big").translate(_LETTERS).rstrip(b"?")
        found.append(b"#%d%s" % (colour, _RUN.sub(_shortened, letters)))
    return b"$".join(found)


@cache
def _only(colour: int, bit: int) -> bytes:
    """A table that keeps one colour as `bit` and makes everything else 0."""
    return bytes(bit if value == colour else 0 for value in range(256))


def _shortened(run: re.Match[bytes]) -> bytes:
    return b"!%d%s" % (len(run[0]), run[1])
