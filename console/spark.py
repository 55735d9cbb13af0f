"""Counts over time in one line: a bar for each span, an empty cell for none. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
NONE = "·"


def spark(counts: Sequence[int], width: int) -> str:
    """The counts in `width` cells, the newest at the right; several spans share a cell, or one fills several."""
    if not counts or width <= 0:
        return ""
    cells = _shared(counts, width)
    most = max(cells)
    return "".join(NONE if not count else _BARS[(count * len(_BARS) - 1) // most] for count in cells)


def _shared(counts: Sequence[int], width: int) -> list[int]:
    if width >= len(counts):
        each = width // len(counts)
        return [count for count in counts for _ in range(each)]
    size = -(-len(counts) // width)
    first = len(counts) % size
    starts = [*([0] if first else []), *range(first, len(counts), size)]
    ends = [*starts[1:], len(counts)]
    return [sum(counts[start:end]) for start, end in zip(starts, ends, strict=True)]
