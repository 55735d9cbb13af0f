"""Tables and sheets for people: aligned; fitted and coloured on a terminal, whole and plain everywhere else.

Every text goes through `engine.safety.text` here, so that callers hand over what the database holds. rich is used on
a terminal only, and only for its colours: lines are built as text, never parsed as markup.
"""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.cli import say
from engine.safety.text import plain

if TYPE_CHECKING:
    from rich.console import Console

_GAP = 2
_MIN_FLEXIBLE = 8
_CELL = 60
_SHEET = 80

_STATES = {
    **dict.fromkeys(("generating", "packaging", "delivering", "running", "starting", "evolving"), "cyan"),
    **dict.fromkeys(("awaiting_review", "recovering", "stopping", "paused", "warn", "warning", "resting"), "yellow"),
    **dict.fromkeys(("failed", "fail", "error", "failing", "refused"), "red"),
    **dict.fromkeys(("packaged", "delivered", "approved", "active", "ok", "ready", "done"), "green"),
    **dict.fromkeys(("rejected", "expired", "cancelled", "retired", "withdrawn", "stopped", "off"), "dim"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A flexible one gives way on a narrow terminal, one with `at` is there from that width on; `coloured`
    paints known states."""

    title: str
    right: bool = False
    flexible: bool = False
    coloured: bool = False
    at: int = 0


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table to stdout."""
    cells = [[plain(text, limit=_CELL) or "-" for text in row] for row in rows]
    heads = [column.title for column in columns]
    if say.on_terminal(sys.stdout):
        shown = [place for place, column in enumerate(columns) if column.at <= _terminal_width()]
        rows_shown = [[row[place] for place in shown] for row in cells]
        _paint([columns[place] for place in shown], [heads[place] for place in shown], rows_shown)
        return
    widths = [max(map(_cells, column), default=0) for column in zip(heads, *cells, strict=True)]
    for row in (heads, *cells):
        say.data(_join(_pad(text, width, c.right) for text, width, c in zip(row, widths, columns, strict=True)))


def sheet(pairs: Iterable[tuple[str, str]]) -> None:
    """Prints labels with their texts, wrapped beside them; line breaks are kept, empty texts left out."""
    import textwrap

    shown = [(label, plain(text, lines=True)) for label, text in pairs if text]
    indent = max((len(label) for label, _ in shown), default=0) + _GAP
    width = max(indent + 20, min(100, _terminal_width()))
    for label, text in shown:
        # A path is worth more whole than fitting.
        wrap = textwrap.TextWrapper(width - indent, break_long_words=False, break_on_hyphens=False)
        lines = [part for line in text.splitlines() for part in wrap.wrap(line) or [""]]
        for number, line in enumerate(lines):
            _labelled(label if number == 0 else "", indent, line)


def _labelled(label: str, indent: int, line: str) -> None:
    style = _STATES.get(label.split(" ")[0], "bold") if label else ""
    if not say.on_terminal(sys.stdout):
        say.data(f"{label:<{indent}}{line}".rstrip())
        return
    from rich.text import Text

    _console().print(Text.assemble((f"{label:<{indent}}", style), line))


def heading(text: str) -> None:
    """A line above a part of a longer answer."""
    say.data("")
    say.data(plain(text))


def body(text: str, indent: int = 2) -> None:
    """Foreign text of several lines, such as lyrics or a traceback."""
    for line in plain(text, limit=20_000, lines=True).splitlines():
        say.data(f"{' ' * indent}{line}".rstrip())


def _join(parts: Iterable[str]) -> str:
    return (" " * _GAP).join(parts).rstrip()


def _pad(text: str, width: int, right: bool) -> str:
    filling = " " * max(0, width - _cells(text))
    return filling + text if right else text + filling


def _cells(text: str) -> int:
    """How many terminal cells `text` takes: rich knows better, but a pipe is no reason to load it."""
    if text.isascii():
        return len(text)
    return sum(_wide(char) for char in text)


def _wide(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _terminal_width() -> int:
    return shutil.get_terminal_size((_SHEET, 24)).columns if say.on_terminal(sys.stdout) else _SHEET


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _paint(columns: Sequence[Column], heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.cells import cell_len
    from rich.text import Text

    from engine.safety.text import cell

    widths = _fitted(
        columns,
        [max(map(cell_len, column), default=0) for column in zip(heads, *rows, strict=True)],
        _terminal_width(),
    )
    console = _console()
    for number, row in enumerate((heads, *rows)):
        line = Text()
        for text, width, column in zip(row, widths, columns, strict=True):
            style = "bold" if number == 0 else _STATES.get(text.split(" ")[0], "") if column.coloured else ""
            room = " " * max(0, width - cell_len(text)) if column.right else ""
            line.append(room + cell(text, width - len(room)), style).append(" " * _GAP)
        line.rstrip()
        console.print(line)


def _fitted(columns: Sequence[Column], widths: list[int], room: int) -> list[int]:
    """Takes width from the widest flexible column until the line fits, or all of them are at their least."""
    widths = list(widths)
    while sum(widths) + _GAP * (len(widths) - 1) > room:
        flexible = [i for i, column in enumerate(columns) if column.flexible and widths[i] > _MIN_FLEXIBLE]
        if not flexible:
            break
        widths[max(flexible, key=lambda i: widths[i])] -= 1
    return widths
