"""A framed part of a page that is laid out anew for each width."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget


class Broad(Widget):
    """Asks for its text with the width that it has."""

    DEFAULT_CSS = """
    Broad {
        height: auto; border: round $border-blurred; border-title-color: $primary; padding: 0 1;
        border-title-style: bold;
    }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.border_title = Content(title)
        self._lay_out: Callable[[int], Content] = lambda _width: Content("")
        self._drawn: tuple[int, Content] | None = None

    def show(self, lay_out: Callable[[int], Content]) -> None:
        """Shows what this makes for a width."""
        self._lay_out, self._drawn = lay_out, None
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as there are at this width."""
        return self._content(width).plain.count("\n") + 1

    def render(self) -> Content:
        """The text for the present width."""
        return self._content(self.content_size.width)

    def _content(self, width: int) -> Content:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, self._lay_out(max(1, width)))
        return self._drawn[1]
