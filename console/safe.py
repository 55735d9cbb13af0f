"""The one way of foreign text to the screen: made harmless, and as `Content` that nobody parses as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from engine.safety.text import LIMIT, plain

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


def pairs(rows: Sequence[tuple[str, Content | str]], *, gap: int = 2) -> Content:
    """A label and a value a line, the values aligned; foreign values come in as `line` or `block`."""
    width = max((len(label) for label, _ in rows), default=0) + gap
    found: list[Content] = []
    for label, value in rows:
        first, *more = (value if isinstance(value, Content) else Content(value)).split("\n", allow_blank=True)
        found.append(Content.assemble((label.ljust(width), "$text-muted"), first))
        found.extend(Content.assemble(" " * width, rest) for rest in more)
    return lines(found)
