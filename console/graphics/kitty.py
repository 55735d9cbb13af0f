"""Kitty's graphics protocol, with placeholder characters: the picture is sent once, then stands wherever its cells do.

Since the cells are text, they scroll, are cut off and painted over like any other text, and nothing stays behind.
https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Collection
from functools import cache
from pathlib import Path

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

from console.graphics.source import Part, open_scaled

_PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096
_COLOURS = 256
_NUMBERS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357\u035b\u0363"
    "\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484\u0485\u0486\u0487\u0592"
    "\u0593\u0594\u0595\u0597\u0598\u0599\u059c\u059d\u059e\u059f\u05a0\u05a1\u05a8\u05a9\u05ab\u05ac\u05af\u05c4"
    "\u0610\u0611\u0612\u0613\u0614\u0615\u0616\u0617\u0657\u0658"
)
"""The marks that count rows and columns from 0."""
MOST = len(_NUMBERS)
"""Rows or columns that a picture may have."""


@cache
def names() -> tuple[int, ...]:
    """Colours of the 256-colour table that survive every colour depth as they are: each can name one picture."""
    found = []
    for number in range(17, 232):  # black would be the number 0, which names nothing
        rich = Color.from_ansi(number)
        same = Color.from_rgb(*rich.get_truecolor()).downgrade(ColorSystem.EIGHT_BIT)
        if same.number == number:
            found.append(number)
    return tuple(found)


def free_name(taken: Collection[int]) -> int | None:
    """A name that no other picture has; None where all are taken."""
    return next((name for name in reversed(names()) if name not in taken), None)


def image_id(name: int, *, true_colour: bool) -> int:
    """The number that the cells' colour stands for: the whole colour, or its place in the table."""
    red, green, blue = Color.from_ansi(name).get_truecolor()
    return (red << 16) | (green << 8) | blue if true_colour else name


def picture(path: Path, width: int, height: int, part: Part | None = None) -> bytes:
    """The picture as a PNG of at most 256 colours. Raises OSError, ValueError."""
    stream = io.BytesIO()
    open_scaled(path, width, height, part).quantize(_COLOURS).save(stream, "PNG")
    return stream.getvalue()


def send(number: int, png: bytes, columns: int, rows: int, *, tmux: bool = False) -> str:
    """Gives the terminal a picture for `columns` x `rows` cells. It answers nothing."""
    data = b64encode(png).decode("ascii")
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    head = f"a=T,U=1,f=100,t=d,i={number},c={columns},r={rows},q=2,"
    last = len(chunks) - 1
    return "".join(
        _command(f"{head if place == 0 else 'q=2,'}m={int(place < last)};{chunk}", tmux=tmux)
        for place, chunk in enumerate(chunks)
    )


def forget(number: int, *, tmux: bool = False) -> str:
    """Has the terminal throw a picture away."""
    return _command(f"a=d,d=I,i={number},q=2", tmux=tmux)


def cells(name: int, columns: int, rows: int) -> list[list[Segment]]:
    """The characters that stand for the picture, one segment a cell, so that it can be cut anywhere."""
    style = Style(color=Color.from_rgb(*Color.from_ansi(name).get_truecolor()))
    return [
        [Segment(f"{_PLACEHOLDER}{_NUMBERS[row]}{_NUMBERS[column]}", style) for column in range(columns)]
        for row in range(rows)
    ]


def _command(body: str, *, tmux: bool) -> str:
    sequence = f"\x1b_G{body}\x1b\\"
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\" if tmux else sequence
