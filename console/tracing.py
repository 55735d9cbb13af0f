"""A traceback to read: our own frames stand out, code has its colours, the error stands at its end."""

from __future__ import annotations

import re

from textual.content import Content

from console.marks import STYLES, Tone
from console.safe import own
from console.syntax import Ink, inks
from engine.safety.text import plain

LIMIT = 24_000
"""More than is kept of one; where its end were cut, the error itself would be missing."""
_FRAME = re.compile(r'( +(?:[|+] )*)File "([^"]*)", line (\d+)(?:, in (.*))?')
_INKS = {
    Ink.KEYWORD: "$primary",
    Ink.STRING: "$accent",
    Ink.COMMENT: "$text-muted",
    Ink.NUMBER: "$warning",
    Ink.NAME: "bold",
}
_DIM = STYLES[Tone.DIM]
_OUTSIDE = ("site-packages", "/lib/python", "<frozen")


def traced(text: str) -> list[Content]:
    """The lines of a traceback: it is evidence, so nothing but the colours is ours."""
    lines = plain(text, limit=LIMIT, lines=True).split("\n")
    found: list[Content] = []
    ours = True
    for at, shown in enumerate(lines):
        if match := _FRAME.fullmatch(shown):
            ours = not any(part in match[2] for part in _OUTSIDE)
            found.append(_frame(match, ours=ours))
        elif shown.startswith("    ") and shown.strip(" ^~"):
            found.append(_code(shown) if ours else Content.styled(shown, _DIM))
        elif shown and shown[0] not in " |+" and not shown.startswith("Traceback") and _is_error(lines, at):
            name, colon, rest = shown.partition(":")
            found.append(own((name, f"bold {STYLES[Tone.BAD]}"), colon, rest))
        else:
            found.append(Content.styled(shown, _DIM))
    return found


def _frame(match: re.Match[str], *, ours: bool) -> Content:
    if not ours:
        return Content.styled(match[0], _DIM)
    tail = ((", in ", _DIM), (match[4], "bold")) if match[4] else ()
    file = ((f'{match[1]}File "', _DIM), (match[2], "$primary"), ('", line ', _DIM), (match[3], "$accent"))
    return own(*file, *tail)


def _code(shown: str) -> Content:
    found = Content(shown)
    for start, end, ink in inks("x.py", [shown])[0]:
        found = found.stylize(_INKS[ink], start, end)
    return found


def _is_error(lines: list[str], at: int) -> bool:
    """An unindented line behind a frame or at the end names the error."""
    return at == len(lines) - 1 or (at > 0 and lines[at - 1].startswith((" ", "|")))
