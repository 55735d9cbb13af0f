"""A patch as lines for people: coloured on a terminal alone, what hides in it made visible, in one column or two."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.cli import say
from console.visible import visible

if TYPE_CHECKING:
    from console.unified import DiffLine, FileDiff, Hunk
    from engine.domain.difference import Mark

Piece = tuple[str, str]
"""A text that is harmless, and its style."""

_GONE, _NEW, _HEAD, _HUNK = "red", "green", "bold", "cyan"
LEAST_BESIDE = 100
"""Cells below which two columns say less than one."""
_UNSEEN = 160
"""Cells that two columns take where nobody says how wide the paper is."""


def print_patch(diff: str, *, beside: bool) -> None:
    """Prints a canonical diff to stdout; with `beside` before and after stand next to each other."""
    width = _width()
    if beside and width < LEAST_BESIDE:
        say.note(f"Two columns need {LEAST_BESIDE} cells; here are {width}.")
        beside = False
    for pieces in _beside(diff, width) if beside else _unified(diff):
        _print(pieces)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((_UNSEEN, 24)).columns if say.on_terminal(sys.stdout) else _UNSEEN


def _print(pieces: list[Piece]) -> None:
    if not say.on_terminal(sys.stdout):
        say.data("".join(text for text, _ in pieces).rstrip())
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    console.print(Text.assemble(*pieces))


def _unified(diff: str) -> Iterator[list[Piece]]:
    """The diff's own lines."""
    in_hunk = False
    for line in diff.removesuffix("\n").split("\n"):
        in_hunk = line.startswith("@@") or (in_hunk and not line.startswith("diff --git "))
        yield [(visible(line)[0], _style(line, in_hunk))]


def _style(line: str, in_hunk: bool) -> str:
    if line.startswith("@@"):
        return _HUNK
    if not in_hunk:
        return _HEAD
    return {"+": _NEW, "-": _GONE}.get(line[:1], "")


def _beside(diff: str, width: int) -> Iterator[list[Piece]]:
    """Each line beside the one that it became."""
    from console.unified import read

    half = (width - 3) // 2
    for file in read(diff):
        yield [(_name(file), _HEAD)]
        for note in file.notes:
            yield [(f"  {visible(note)[0]}", "dim")]
        for hunk in file.hunks:
            yield [(f"@@ {hunk.old} → {hunk.new} {visible(hunk.about)[0]}".rstrip(), _HUNK)]
            yield from _pairs(hunk, half)


def _name(file: FileDiff) -> str:
    path = visible(file.path)[0]
    return f"{visible(file.was)[0]} → {path}" if file.was else path


def _pairs(hunk: Hunk, half: int) -> Iterator[list[Piece]]:
    from rich.cells import chop_cells

    for left, right in hunk.pairs:
        before = None if left is None else hunk.lines[left]
        after = None if right is None else hunk.lines[right]
        rows = [chop_cells(_numbered(line, old), half) for line, old in ((before, True), (after, False))]
        for number in range(max(map(len, rows))):
            one, other = (row[number] if number < len(row) else "" for row in rows)
            yield [(_filled(one, half), _tone(before)), (" │ ", "dim"), (other, _tone(after))]


def _numbered(line: DiffLine | None, old: bool) -> str:
    if line is None:
        return ""
    number = line.old if old else line.new
    ending = "  (no newline at the end)" if line.endless else ""
    return f"{number or 0:>5} {line.mark} {visible(line.text)[0]}{ending}"


def _filled(text: str, width: int) -> str:
    from rich.cells import set_cell_size

    return set_cell_size(text, width)


def _tone(line: DiffLine | None) -> str:
    from engine.domain.difference import Mark

    tones: dict[Mark, str] = {Mark.GONE: _GONE, Mark.NEW: _NEW}
    return tones.get(line.mark, "") if line is not None else ""
