"""The heading of a page: what it is about, something at the right of it, and one line more; never wrapped."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

_GAP = 2


class Heading(Widget):
    """Two lines, each cut where the room ends; the right part gives way to the left one only where it must."""

    DEFAULT_CSS = "Heading { height: 2; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left = self._right = self._under = Content("")

    def show(self, left: Content, right: Content, under: Content) -> None:
        """Shows these words."""
        now = (left, right, under)
        if all(old.is_same(new) for old, new in zip((self._left, self._right, self._under), now, strict=True)):
            return
        self._left, self._right, self._under = now
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Always the same: nothing below it moves."""
        return 2

    def render(self) -> Content:
        """The words for the present width."""
        width = max(1, self.content_size.width)
        room = width - self._right.cell_length - _GAP
        right = self._right
        if room < min(self._left.cell_length, width // 2):
            right, room = Content(""), width
        left = _cut(self._left, room)
        between = " " * max(0, width - left.cell_length - right.cell_length)
        return Content.assemble(left, between, right, "\n", _cut(self._under, width))


def _cut(content: Content, width: int) -> Content:
    return content.truncate(width, ellipsis=True) if content.cell_length > width else content
