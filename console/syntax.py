"""What the words of code are, by Pygments: five kinds, so that a page of code stays calm. No markup, no escapes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer

MOST = 300_000
"""Characters at once; code beyond that stays without colour."""
_LONGEST = 2_000
"""A line longer than this is no code that somebody reads, and may hold a lexer up."""


class Ink(StrEnum):
    """What a piece of code is."""

    PLAIN = "plain"
    KEYWORD = "keyword"
    STRING = "string"
    COMMENT = "comment"
    NUMBER = "number"
    NAME = "name"
    """What is defined here: a function, a class, a decorator."""


Spans = tuple[tuple[int, int, Ink], ...]
"""(start, end, what it is) of one line; what lies between is plain."""


def inks(path: str, lines: Sequence[str]) -> list[Spans]:
    """The spans of each line of some code that follows each other; empty ones where nobody knows the language."""
    found: list[Spans] = [()] * len(lines)
    if sum(map(len, lines)) > MOST or any(len(line) > _LONGEST for line in lines):
        return found
    lexer = _lexer(path)
    if lexer is None:
        return found
    row, column = 0, 0
    spans: list[tuple[int, int, Ink]] = []
    for token, text in lexer.get_tokens("\n".join(lines)):
        ink = _ink(str(token))
        for number, piece in enumerate(text.split("\n")):
            if number:
                if row < len(found):
                    found[row] = tuple(spans)
                row, column, spans = row + 1, 0, []
            if piece and ink is not Ink.PLAIN:
                spans.append((column, column + len(piece), ink))
            column += len(piece)
    if row < len(found):
        found[row] = tuple(spans)
    return found


def _lexer(path: str) -> Lexer | None:
    options = {"stripnl": False, "ensurenl": False}
    suffix = path.rpartition(".")[2].lower()
    if suffix in ("py", "pyi"):
        from pygments.lexers.python import PythonLexer

        return PythonLexer(**options)
    if suffix == "json":
        from pygments.lexers.data import JsonLexer

        return JsonLexer(**options)
    if suffix == "toml":
        from pygments.lexers.configs import TOMLLexer

        return TOMLLexer(**options)
    if suffix in ("css", "tcss"):
        from pygments.lexers.css import CssLexer

        return CssLexer(**options)
    return None


def _ink(token: str) -> Ink:
    """By the name of a token, such as `Token.Literal.String.Doc`."""
    name = token.removeprefix("Token.")
    if name.startswith("Comment"):
        return Ink.COMMENT
    if name.startswith(("Keyword", "Operator.Word")):
        return Ink.KEYWORD
    if name.startswith(("Literal.String", "Name.Tag")):
        return Ink.STRING
    if name.startswith("Literal.Number"):
        return Ink.NUMBER
    if name.startswith(("Name.Function", "Name.Class", "Name.Decorator")):
        return Ink.NAME
    return Ink.PLAIN
