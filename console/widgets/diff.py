"""A difference between two texts as a card: signs before the lines, changed words underlined, colour only besides."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from console.human import many
from console.marks import STYLES, Tone
from console.safe import Hung, Leaf, leaf, line, own
from console.widgets.reading import Card
from engine.domain.difference import Line, Mark

_TONES = {Mark.GONE: Tone.BAD, Mark.NEW: Tone.GOOD, Mark.SAME: Tone.PLAIN}
_LINE = 400


class Diff(Card):
    """What went and what came, for lines of `engine.domain.difference.difference`."""

    def compare(self, found: Sequence[Line], *, nothing: str = "Nothing differs.") -> None:
        """Shows a difference; `nothing` where there is none."""
        self.show(lines_of(found) if found else leaf(own((nothing, STYLES[Tone.DIM]))))


def lines_of(found: Sequence[Line]) -> Leaf:
    """The lines below each other; a long one hangs beside its sign."""
    return leaf(*map(_line, found))


def _line(found: Line) -> Hung:
    if found.mark is Mark.SKIPPED:
        return Hung(own(("⋮ ", STYLES[Tone.DIM])), own((many(found.skipped, "line"), STYLES[Tone.DIM]), " unchanged"))
    tone = STYLES[_TONES[found.mark]]
    words = [_piece(word.text, f"{tone} bold underline" if word.changed else tone) for word in found.words]
    if found.mark is Mark.SAME:
        words = [_piece(word.text, STYLES[Tone.DIM]) for word in found.words]
    elif all(word.changed for word in found.words):  # a whole line: its sign says so already
        words = [line(found.text, tone, limit=_LINE)]
    return Hung(own((f"{found.mark} ", f"{tone} bold".strip())), Content("").join(words))


def _piece(text: str, tone: str) -> Content:
    """A piece of a line, harmless; spaces at its ends are kept, they part it from its neighbours."""
    inner = text.strip(" ")
    if not inner:
        return Content.styled(" ", tone) if text else Content("")
    head, tail = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    return Content.assemble(head, line(inner, tone, limit=_LINE), tail)
