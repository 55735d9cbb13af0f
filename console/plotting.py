"""A curve as lines of text: braille dots, or ASCII where a terminal has nothing else. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille cell, by row and column of its eight dots."""


def plot(shares: Sequence[float | None], width: int, height: int, *, ascii: bool = False) -> list[str]:
    """The shares (0..1) over `width` cells, 1 at the top; None leaves a gap. `height` lines, each `width` long."""
    across, down = (1, 1) if ascii else (2, 4)
    dots = set(_dots(shares, width * across, height * down))
    if ascii:
        marks = set(_places(shares, width, height))
        return [
            "".join("*" if (x, y) in marks else "." if (x, y) in dots else " " for x in range(width))
            for y in range(height)
        ]
    return ["".join(_cell(dots, x, y) for x in range(width)) for y in range(height)]


def _cell(dots: set[tuple[int, int]], x: int, y: int) -> str:
    bits = sum(
        bit for row, bits in enumerate(_DOTS) for col, bit in enumerate(bits) if (2 * x + col, 4 * y + row) in dots
    )
    return chr(0x2800 + bits) if bits else " "


def _places(shares: Sequence[float | None], across: int, down: int) -> list[tuple[int, int]]:
    """Where each known point lies."""
    last = max(1, len(shares) - 1)
    return [
        (round(place * (across - 1) / last), round((1 - min(1.0, max(0.0, share))) * (down - 1)))
        for place, share in enumerate(shares)
        if share is not None
    ]


def _dots(shares: Sequence[float | None], across: int, down: int) -> Iterator[tuple[int, int]]:
    """Every point, and a line between two that follow each other."""
    last = max(1, len(shares) - 1)
    before: tuple[int, int] | None = None
    for place, share in enumerate(shares):
        if share is None:
            before = None
            continue
        x = round(place * (across - 1) / last)
        y = round((1 - min(1.0, max(0.0, share))) * (down - 1))
        yield from _line(before or (x, y), (x, y))
        alone = (place == 0 or shares[place - 1] is None) and (place + 1 == len(shares) or shares[place + 1] is None)
        if alone and across > down:
            yield from ((min(x + 1, across - 1), y), (max(x - 1, 0), y))
        before = (x, y)


def _line(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots between two, both included."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        share = step / steps
        yield (round(start[0] + (end[0] - start[0]) * share), round(start[1] + (end[1] - start[1]) * share))
