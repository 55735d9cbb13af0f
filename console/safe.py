"""The one way of foreign text to the screen: made harmless, and as `Content` that nobody parses as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from engine.safety.text import LIMIT, plain

_LEAST = 16
_PARTS = re.compile(r"[^/ ]*[/ ]|[^/ ]+")
"""What stands up to and with a slash or a space."""

Part = str | tuple[str, str] | Content


def line(text: str, tone: str = "", *, limit: int = 300) -> Content:
    """Foreign text on one line."""
    shown = plain(text, limit=limit)
    return Content.styled(shown, tone) if tone else Content(shown)


def block(text: str, tone: str = "", *, limit: int = LIMIT) -> Content:
    """Foreign text with its line breaks."""
    shown = plain(text, limit=limit, lines=True)
    return Content.styled(shown, tone) if tone else Content(shown)


def own(*parts: Part) -> Content:
    """Our own words, with (text, style) pairs and finished Content in between."""
    return Content.assemble(*parts)


def lines(parts: Iterable[Content | str]) -> Content:
    """One line each."""
    return Content("\n").join(parts)


@dataclass(frozen=True, slots=True)
class Way:
    """A path, or a command with one, made harmless by `way`: breaks behind slashes and spaces, its ending is whole."""

    text: str
    beside: Content
    """What is said of it, behind its end."""

    @property
    def plain(self) -> str:
        """All of it."""
        return self.text + self.beside.plain

    def wrap(self, width: int) -> list[Content]:
        """The lines for this width. A name that is too long for one is cut in parts of the same length."""
        found = [Content(part) for part in _broken(self.text, max(1, width))]
        if not self.beside:
            return found
        whole = Content.assemble(found[-1], self.beside)
        return [*found[:-1], *([whole] if whole.cell_length <= width else [found[-1], *self.beside.wrap(width)])]


def way(path: str, beside: Content | None = None, *, limit: int = 1200) -> Way:
    """A foreign path, or a command with one."""
    return Way(plain(path, limit=limit), beside or Content(""))


def _broken(text: str, width: int) -> list[str]:
    found = [""]
    for part in _PARTS.findall(text):
        if cell_len(found[-1] + part.rstrip()) <= width:
            found[-1] += part
            continue
        pieces = -(-cell_len(part.rstrip()) // width)
        size = -(-len(part) // pieces)
        found += [part[start : start + size] for start in range(0, len(part), size)]
    return [line.rstrip() for line in found if line.strip()] or [""]


@dataclass(frozen=True, slots=True)
class Hung:
    """A text that hangs beside its head, however often it wraps: a label and its value, a dash and its item."""

    head: Content
    body: Content | Way

    def wrap(self, width: int) -> list[Content]:
        """The lines for this width; where the head leaves too little room, the text runs under it."""
        indent = self.head.cell_length
        if width - indent < _LEAST:
            if isinstance(self.body, Way):
                return [*([self.head] if self.head.plain.strip() else []), *self.body.wrap(width)]
            return Content.assemble(self.head, self.body).wrap(max(1, width))
        first, *rest = self.body.wrap(width - indent) or [Content("")]
        return [Content.assemble(self.head, first), *(Content.assemble(" " * indent, part) for part in rest)]


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of a table and a note to it: beside it where it has room in one line, else below it, `indent` cells in.

    `narrow` stands for the line where that has no room by itself.
    """

    head: Content
    body: Content
    indent: int
    narrow: Content | None = None

    def wrap(self, width: int) -> list[Content]:
        """The lines for this width."""
        if self.head.cell_length + self.body.cell_length <= width:
            return [Content.assemble(self.head, self.body)]
        below = Hung(Content(" " * self.indent), self.body).wrap(width) if self.body else []
        head = self.head.rstrip()
        if self.narrow is not None and head.cell_length > width:
            head = self.narrow.rstrip()
        return [*head.wrap(width), *below]


@dataclass(frozen=True, slots=True)
class Leaf:
    """Text for a card: lines that wrap as a whole, and lines that hang."""

    parts: tuple[Content | Way | Hung | Noted, ...]

    def wrap(self, width: int) -> list[Content]:
        """The lines for this width."""
        return [found for part in self.parts for found in part.wrap(max(1, width))]

    @property
    def plain(self) -> str:
        """The text without styles, not wrapped."""
        return "\n".join(
            part.plain if isinstance(part, (Content, Way)) else part.head.plain + part.body.plain for part in self.parts
        )


def leaf(*parts: Content | Way | Hung | Noted | Leaf | str) -> Leaf:
    """Puts lines and leaves below each other."""
    found: list[Content | Way | Hung | Noted] = []
    for part in parts:
        if isinstance(part, Leaf):
            found += part.parts
        else:
            found.append(Content(part) if isinstance(part, str) else part)
    return Leaf(tuple(found))


def item(text: Content, sign: str = "· ", tone: str = "$text-muted") -> Hung:
    """A text behind a small sign."""
    return Hung(Content.styled(sign, tone), text)


def pairs(rows: Sequence[tuple[str, Content | Way | str]], *, gap: int = 2) -> Leaf:
    """A label and a value a line, the values aligned; foreign values come in as `line` or `block`."""
    width = max((len(label) for label, _ in rows), default=0) + gap
    return Leaf(
        tuple(
            Hung(
                Content.styled(label.ljust(width), "$text-muted"),
                Content(value) if isinstance(value, str) else value,
            )
            for label, value in rows
        )
    )
