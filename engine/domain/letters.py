"""Letters without their marks, so that `cafe` finds Café, and the pattern that asks SQLite for the same."""

from __future__ import annotations

import unicodedata
from functools import cache

_WITH_MARKS = (range(0xC0, 0x250), range(0x386, 0x3CF), range(0x400, 0x530), range(0x1E00, 0x2000))
"""Latin, Greek and Cyrillic letters that have their marks in them. Elsewhere a mark makes another letter."""

_OTHERS = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "ς": "σ"}
"""Letters whose stroke or place is no mark to Unicode."""


def unmarked(text: str) -> str:
    """The text in small letters without marks: `Café` is `cafe`, `Łódź` is `lodz`."""
    small = text.lower()
    if small.isascii():
        return small
    bare = unicodedata.normalize("NFC", small).translate(_bare())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def glob(word: str) -> str:
    """A pattern for SQLite's GLOB: whatever holds the word, in letters of any size and with any marks.

    A name must have its marks in its letters (NFC); a mark that follows its letter is not passed over.
    """
    return f"*{''.join(_either(letter) for letter in unmarked(word))}*"


def _either(letter: str) -> str:
    same = {letter, *_same().get(letter, ())}
    same |= {upper for one in same if len(upper := one.upper()) == 1}
    return f"[{''.join(sorted(same))}]" if len(same) > 1 or letter in "*?[" else letter


@cache
def _bare() -> dict[int, str]:
    found = {ord(letter): bare for letter, bare in _OTHERS.items()}
    for codes in _WITH_MARKS:
        for code in codes:
            parts = unicodedata.normalize("NFD", chr(code).lower())
            bare = "".join(part for part in parts if not unicodedata.combining(part))
            if len(bare) == 1 and bare != chr(code).lower():
                found[code] = _OTHERS.get(bare, bare)
    return found


@cache
def _same() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for code, bare in _bare().items():
        found.setdefault(bare, []).append(chr(code))
    return {bare: tuple(letters) for bare, letters in found.items()}
