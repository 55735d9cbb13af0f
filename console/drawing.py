"""How the console may draw and move in this terminal: decided once, from the settings and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.filter import LineFilter

    from engine.settings import Settings

_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")


@dataclass(frozen=True, slots=True)
class Drawing:
    """`ascii` draws every sign with ASCII; `letters` keeps foreign letters all the same; `moves` allows animation."""

    ascii: bool = False
    letters: bool = True
    moves: bool = True

    @property
    def tick_s(self) -> float:
        """Between two steps of a running clock."""
        return 1.0 if self.moves else 5.0


def drawing_of(settings: Settings, environ: Mapping[str, str]) -> Drawing:
    """What the settings ask for, or what the environment tells where they say `auto`."""
    letters = utf8(environ)
    plain = settings.console_ascii == "on" or (settings.console_ascii == "auto" and not letters)
    still = settings.console_motion == "reduced" or (
        settings.console_motion == "auto" and environ.get("TEXTUAL_ANIMATIONS", "full").lower() in ("none", "basic")
    )
    return Drawing(ascii=plain, letters=letters, moves=not still)


def utf8(environ: Mapping[str, str]) -> bool:
    """Whether the locale that the terminal was started with is a UTF-8 one; none at all counts as one.

    Python sets LC_CTYPE to UTF-8 in the C locale before our first line runs; that says nothing of the terminal.
    """
    chosen = [environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if not chosen[0] and chosen[1] in _COERCED and chosen[2] in ("C", "POSIX"):
        return False
    locale = next(filter(None, chosen), "UTF-8").lower()
    return "utf-8" in locale or "utf8" in locale


def line_filters(drawing: Drawing, *, colour: bool) -> list[LineFilter]:
    """What every finished line must go through."""
    found: list[LineFilter] = []
    if drawing.ascii:
        from console.lines import AsciiLines

        found.append(AsciiLines(letters=drawing.letters))
    if not colour:
        from console.lines import UncolouredLines

        found.append(UncolouredLines())
    return found
