"""Columns of text beside each other where there is room, below each other where there is not."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.safe import Leaf, leaf

_GAP = 3
_NARROWEST = 24


class Beside(Widget):
    """Rows of equally many columns under common headings."""

    DEFAULT_CSS = """
    Beside { height: auto; border: round $border-blurred; border-title-color: $primary; padding: 0 1;
        border-title-style: bold; }
    """

    def __init__(self, title: str, headings: Sequence[str]) -> None:
        super().__init__()
        self.border_title = Content(title)
        self._headings = tuple(headings)
        self._rows: Sequence[Sequence[Leaf]] = ()
        self._drawn: tuple[int, Content] | None = None

    def show(self, rows: Sequence[Sequence[Leaf]]) -> None:
        """Shows these rows, drawn only where they changed."""
        before, self._drawn = self._drawn, None
        self._rows = rows
        if before is None or not before[1].is_same(self._content(before[0])):
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the text needs at this width."""
        return self._content(width).plain.count("\n") + 1

    def render(self) -> Content:
        """The text for the present width."""
        return self._content(self.content_size.width)

    def _content(self, width: int) -> Content:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, lay_out(self._headings, self._rows, width))
        return self._drawn[1]


def lay_out(headings: Sequence[str], rows: Sequence[Sequence[Leaf]], width: int) -> Content:
    """The whole text: columns beside each other, or one below the other with its heading."""
    if not rows:
        return Content.styled("Nothing yet.", "$text-muted")
    count = len(headings)
    column = (width - _GAP * (count - 1)) // count
    found: list[Content] = []
    if column >= _NARROWEST:
        found += _beside([leaf(Content.styled(heading, "$text-muted")) for heading in headings], column)
        for row in rows:
            found += [*_beside(row, column), Content("")]
    else:
        for row in rows:
            for heading, text in zip(headings, row, strict=True):
                found.append(Content.styled(heading, "$text-muted"))
                found += [Content.assemble("  ", part) for part in text.wrap(max(4, width - 2))]
            found.append(Content.styled("─" * max(1, width), "$border-blurred"))
    return Content("\n").join(found[:-1])


def _beside(texts: Sequence[Leaf], width: int) -> list[Content]:
    wrapped = [text.wrap(width) for text in texts]
    lines = []
    for number in range(max(map(len, wrapped))):
        parts = [column[number] if number < len(column) else Content("") for column in wrapped]
        padded = [part.rstrip().extend_right(max(0, width - part.rstrip().cell_length)) for part in parts]
        lines.append(Content(" " * _GAP).join(padded))
    return lines
