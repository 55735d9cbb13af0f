"""A difference between two texts as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cli import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.domain.difference import Line


def print_lines(name: str, lines: Sequence[Line]) -> None:
    """A name, then the lines, each with its sign; unchanged stretches as one line that counts them."""
    from engine.domain.difference import Mark
    from engine.domain.plurals import many
    from engine.safety.text import plain

    say.data(f"{name}:")
    for line in lines:
        if line.mark is Mark.SKIPPED:
            say.data(f"  ({many(line.skipped, 'line')} unchanged)")
        else:
            say.data(f"{line.mark} {plain(line.text)}".rstrip())
