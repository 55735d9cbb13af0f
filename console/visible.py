"""Code from strangers, line by line: what hides in it is not left out as elsewhere, it is made visible.

A person judges a patch by what stands on the screen, so a bidi control or a zero-width letter must stand there too.
"""

from __future__ import annotations

import re
import unicodedata

from engine.safety.text import plain

MOST = 20_000
"""Characters of one line that are shown."""
TAB = "⇥   "
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks by their class that show nothing."""
_MARKS = 4
"""Marks that one letter may carry; more climb over other lines."""


def visible(line: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """One line of code without its newline, harmless, and where in it names stand for what cannot be seen.

    A tab becomes an arrow and spaces, `\\u202e` becomes `<U+202E>`. At most about `MOST` characters; `whole` says
    whether that is all of it.
    """
    line = line[:MOST]
    if line.isascii() and line.isprintable():
        return line, ()
    found: list[str] = []
    odd: list[tuple[int, int]] = []
    length = marks = 0
    for char in line:
        shown = char
        if char == "\t":
            shown = TAB
        elif char != " " and _hides(char):
            shown = f"<U+{ord(char):04X}>"
        elif unicodedata.category(char) in ("Mn", "Me"):
            marks += 1
            shown = char if marks <= _MARKS and length else f"<U+{ord(char):04X}>"
        else:
            marks = 0
        if shown is not char and shown != TAB:
            odd.append((length, length + len(shown)))
        found.append(shown)
        length += len(shown)
    return plain("".join(found), limit=MOST * 9, lines=True), tuple(odd)


def whole(line: str) -> bool:
    """Whether all of a line is shown."""
    return len(line) <= MOST


def _hides(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN or _BLANK.match(char) is not None
