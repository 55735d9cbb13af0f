"""The approval rate over time as a card: a curve between 0 and 100 %, with what it rests on."""

from __future__ import annotations

from textual.content import Content

from console.desk import desk_of
from console.human import many, percent
from console.marks import STYLES, Tone
from console.plotting import plot
from console.safe import own
from console.widgets.reading import Card
from engine.domain.approval import LAST, Curve

_HEIGHT = 6
_GUTTER = 6
_DIM = STYLES[Tone.DIM]


class RatePlot(Card):
    """The curve."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._curve: Curve | None = None

    def show_curve(self, curve: Curve) -> None:
        """Draws this one."""
        if curve != self._curve:
            self._curve = curve
            self._drawn = None
            self.refresh(layout=True)

    def _lines(self, width: int) -> list[Content]:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, drawn(self._curve, width, ascii=desk_of(self).drawing.ascii))
        return self._drawn[1]


def drawn(curve: Curve | None, width: int, *, ascii: bool) -> list[Content]:
    """Caption, curve, axes."""
    if curve is None or not curve.points:
        return own(("No decision by a person yet: the curve begins with the first.", _DIM)).wrap(max(1, width))
    room = max(8, width - _GUTTER)
    lines = plot([point.share for point in curve.points], room, _HEIGHT, ascii=ascii)
    labels = {0: "100%", (_HEIGHT - 1) // 2: " 50%", _HEIGHT - 1: "  0%"}
    body = [
        own((f"{labels.get(at, ''):>4} {'┤' if at in labels else '│'}", _DIM), (text, STYLES[Tone.ACCENT]))
        for at, text in enumerate(lines)
    ]
    return [
        *_caption(curve).wrap(max(1, width)),
        *body,
        own((f"{'':4} └{'─' * room}", _DIM)),
        own((" " * _GUTTER + _dates(curve, room), _DIM)),
    ]


def _caption(curve: Curve) -> Content:
    last = next((point.share for point in reversed(curve.points) if point.share is not None), None)
    when = curve.points[-1].label if curve.by_month else "now"
    how = "a point for each month" if curve.by_month else f"each point looks back on {many(LAST, 'decision')} at most"
    said = f" {when} · {many(curve.decisions, 'decision')} by people who looked · {how}"
    return own((percent(last), "bold"), (said, _DIM))


def _dates(curve: Curve, room: int) -> str:
    """The first label at the left, the last one at the right, one in the middle where there is room."""
    first, last = curve.points[0].label, curve.points[-1].label
    if len(curve.points) == 1 or len(first) + len(last) + 2 > room:
        return first[:room]
    line = list(first + last.rjust(room - len(first)))
    middle = curve.points[len(curve.points) // 2].label
    start = (room - len(middle)) // 2
    if len(curve.points) > 4 and start > len(first) + 2 and start + len(middle) + 2 < room - len(last):
        line[start : start + len(middle)] = middle
    return "".join(line)
