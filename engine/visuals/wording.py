"""Words for pictures: text that we did not write, made fit to be drawn."""

from __future__ import annotations

import unicodedata

TITLE_LIMIT = 80
ARTIST_LIMIT = 60
LINE_LIMIT = 160
_MARKS_IN_A_ROW = 2


def clean(text: str, limit: int) -> str:
    """One line of visible characters, at most `limit` long, cut with an ellipsis.

    Control, format (bidirectional overrides among them), private and unassigned characters go; so does every combining
    mark after the second on one letter. Composed form, single spaces.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[: limit * 8]):
        category = unicodedata.category(char)
        if category[0] == "Z" or char in "\t\n\r\v\f":
            kept.append(" ")
            continue
        if category[0] == "C":
            continue
        marks = marks + 1 if category[0] == "M" else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(char)
    line = " ".join("".join(kept).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at > limit * 0.7 else cut).rstrip(" ,.;:-") + "…"


def right_to_left(text: str) -> bool:
    """Whether the first strong character is of a right-to-left script."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def unspaced(text: str) -> bool:
    """Whether lines may break between any two characters, as in Chinese and Japanese, but not in Korean."""
    wide = sum(1 for char in text if unicodedata.east_asian_width(char) in "WF" and not _hangul(char))
    return wide > len(text) / 2


def _hangul(char: str) -> bool:
    return unicodedata.name(char, "").startswith("HANGUL")


def capitals(text: str) -> str:
    """Upper case; Greek capitals lose their accents, as they do in print."""
    shown: list[str] = []
    for char in unicodedata.normalize("NFD", text.upper()):
        greek = bool(shown) and unicodedata.name(shown[-1], "").startswith("GREEK")
        if char != "\u0301" or not greek:
            shown.append(char)
    return unicodedata.normalize("NFC", "".join(shown))
