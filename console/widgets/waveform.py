"""The track's peaks over its length, with the sections underneath."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.human import span
from engine.domain.song import Section, SectionKind

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ROWS = 4
_ROWS_LOW = 2
"""On a screen with few lines."""


def columns_of(peaks: Sequence[float], width: int) -> list[float]:
    """The highest peak of each of `width` equal slices, 0..1."""
    if not peaks or width < 1:
        return [0.0] * max(0, width)
    count = len(peaks)
    return [
        max(peaks[min(count - 1, i * count // width) : max(i * count // width + 1, (i + 1) * count // width)])
        for i in range(width)
    ]


def bars(levels: Sequence[float], rows: int) -> list[str]:
    """Lines from top to bottom that fill up with the levels, in eighths of a cell."""
    heights = [round(min(1.0, max(0.0, level)) * rows * 8) for level in levels]
    return [
        "".join(_EIGHTHS[min(8, max(0, height - 8 * (rows - 1 - row)))] for height in heights) for row in range(rows)
    ]


def marks(sections: Sequence[Section], duration_s: float, width: int) -> list[tuple[int, int, Section]]:
    """(first column, columns, section) side by side over the whole width; of equal sections in a row the first alone,
    with the room of all."""
    if duration_s <= 0:
        return []
    firsts = [next(equal) for _, equal in groupby(sections, key=lambda section: section.kind)]
    edges = [*(min(width, round(section.start / duration_s * width)) for section in firsts), width]
    return [(start, end - start, section) for (start, end), section in zip(pairwise(edges), firsts, strict=True)]


class Waveform(Widget):
    """Peaks, sections, times."""

    DEFAULT_CSS = "Waveform { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._peaks: Sequence[float] = ()
        self._sections: Sequence[Section] = ()
        self._duration_s = 0.0

    def show(self, peaks: Sequence[float], sections: Sequence[Section], duration_s: float) -> None:
        """Shows this track."""
        self._peaks, self._sections, self._duration_s = peaks, sections, duration_s
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Peaks, section names, times."""
        return self._rows + 2 if self._peaks else 0

    @property
    def _rows(self) -> int:
        return _ROWS_LOW if self.screen.has_class("-low") else _ROWS

    def render(self) -> Content:
        """Choruses stand out, the other parts take turns."""
        width = self.size.width
        if not self._peaks or width < 10:
            return Content("")
        parts = marks(self._sections, self._duration_s, width)
        lines = [self._coloured(text, parts) for text in bars(columns_of(self._peaks, width), self._rows)]
        names = [_name(section, columns) for _, columns, section in parts]
        styled = [
            (name, _style(section, i)) for i, (name, (_, _, section)) in enumerate(zip(names, parts, strict=True))
        ]
        end = span(self._duration_s)
        times = "".join(_time(section.start, columns, width - start, end) for start, columns, section in parts)
        return Content("\n").join(
            [
                *lines,
                Content.assemble(*styled),
                Content.styled(times[: width - len(end)].ljust(width - len(end)) + end, "$text-muted"),
            ]
        )

    def _coloured(self, text: str, parts: Sequence[tuple[int, int, Section]]) -> Content:
        if not parts:
            return Content(text)
        return Content.assemble(
            *((text[start : start + columns], _style(section, i)) for i, (start, columns, section) in enumerate(parts))
        )


def _style(section: Section, index: int) -> str:
    if section.kind is SectionKind.CHORUS:
        return "$accent"
    return "$primary" if index % 2 else "$secondary"


def _name(section: Section, columns: int) -> str:
    return f"╵{section.kind}"[:columns].ljust(columns)


def _time(start_s: float, columns: int, left: int, end: str) -> str:
    text = span(start_s)
    fits = columns > len(text) and left > len(text) + len(end) + 1
    return (text if fits else "").ljust(columns)
