"""What every finished line goes through where the terminal cannot show it, or must not: so nothing can slip past."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_FRAMES = {
    "-": "─┄┈╌╴╶┬┴□",
    "=": "━═╍╸╺╾╼‖",
    "|": "│╎┆┊╵╷▏▎▕┤├",
    "#": "┃║╏█▇▆▊▋▉▌▐▓┏┓┗┛╔╗╚╝▛▜▙▟▗▖▝▘",
    "+": "╭╮╰╯┌┐└┘┼╪╋✓✔",
    "_": "▁▔",
    ".": "▂·•∙",
    ":": "▃░",
    "*": "▄▅▀●★◆",
    "%": "▒◐◑◒◓◔",
}
_SIGNS = {
    ">": "▸▶►→›»⏵",
    "<": "◂◀◄←‹«≤",
    "v": "▾▼↓⏷",
    "^": "▴▲↑",
    "x": "✗✘×✕",
    "o": "○◌◯",
    "/": "⊘",
    "@": "■",
    "u": "▫µ",
    "~": "…≈±",
    "-": "–—−‐‑‒",
    "'": "‘’‚′",
    '"': "“”„″",
    "?": "�",
}
_TABLE = {ord(char): sign for table in (_FRAMES, _SIGNS) for sign, chars in table.items() for char in chars}
_LETTERS = str.maketrans("øØłŁđĐıħÞþæÆœŒß", "oOlLdDihTtaAoOs")
_KEPT = ("L", "M", "N")


@lru_cache(4096)
def to_ascii(text: str, *, letters: bool) -> str:
    """`text` in as many cells, with ASCII only; with `letters`, letters and digits of any script stay.

    What has no likeness becomes a `?` for each cell.
    """
    if text.isascii():
        return text
    return "".join(_one(char, letters) for char in text.translate(_TABLE))


def _one(char: str, letters: bool) -> str:
    if char.isascii() or (letters and unicodedata.category(char)[0] in _KEPT):
        return char
    width = cell_len(char)
    alike = unicodedata.normalize("NFKD", char.translate(_LETTERS)).encode("ascii", "ignore").decode()
    return alike if len(alike) == width and alike.isprintable() else "?" * width


class UncolouredLines(LineFilter):
    """Takes every colour out; bold and reversed stay. Textual's own filter would still send the default colours."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - one shape for all
        """The same line without colour."""
        return [
            segment if segment.style is None else Segment(segment.text, segment.style.without_color, segment.control)
            for segment in segments
        ]


class AsciiLines(LineFilter):
    """ASCII mode: no frame, sign, bar or picture with any other character."""

    def __init__(self, *, letters: bool) -> None:
        super().__init__()
        self._letters = letters

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - one shape for all
        """The same line in ASCII."""
        letters = self._letters
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text, letters=letters), *segment[1:])
            for segment in segments
        ]
