"""A page to read: scrolls by keys, holds cards."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.safe import Leaf, leaf, lines


class Paging(Widget, inherit_bindings=False):
    """The usual keys of whatever scrolls like a page. Subclasses give `action_card`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "Down", show=False, id="move.page-down", tooltip="One line down"),
        Binding("up,k", "scroll_up", "Up", show=False, id="move.page-up", tooltip="One line up"),
        Binding(
            "pagedown,space,ctrl+f",
            "page_down",
            "Page down",
            show=False,
            id="move.page-page-down",
            tooltip="One page down",
        ),
        Binding("pageup", "page_up", "Page up", show=False, id="move.page-page-up", tooltip="One page up"),
        Binding(
            "ctrl+d", "half(1)", "Half page down", show=False, id="move.page-half-down", tooltip="Half a page down"
        ),
        Binding("ctrl+u", "half(-1)", "Half page up", show=False, id="move.page-half-up", tooltip="Half a page up"),
        Binding(
            "right_curly_bracket,J",
            "card(1)",
            "Next card",
            show=False,
            id="move.page-next-card",
            tooltip="To the next card",
        ),
        Binding(
            "left_curly_bracket,K",
            "card(-1)",
            "Card before",
            show=False,
            id="move.page-card-before",
            tooltip="To the card before",
        ),
        Binding("home,g", "scroll_home", "Top", show=False, id="move.page-top", tooltip="To the top"),
        Binding("end,G", "scroll_end", "End", show=False, id="move.page-end", tooltip="To the end"),
    ]

    def action_half(self, by: int) -> None:
        """Scrolls by half a page."""
        self.scroll_relative(y=by * max(1, self.size.height // 2))

    def action_card(self, by: int) -> None:
        """To the next part, or the one before."""
        raise NotImplementedError


class Reading(Paging, VerticalScroll, can_focus=True):
    """A scrolling page with the usual keys."""

    # Textual takes the style of the first base alone.
    DEFAULT_CSS = "Reading { width: 1fr; height: 1fr; layout: vertical; overflow: hidden auto; padding: 0 1; }"

    def action_card(self, by: int) -> None:
        """Scrolls until the next card, or the one before, begins at the top."""
        scrolled = round(self.scroll_offset.y) - self.content_region.y
        tops = sorted({card.region.y + scrolled for card in self.query(Card)})
        here = round(self.scroll_target_y)
        further = [top for top in tops if top > here] if by > 0 else [top for top in reversed(tops) if top < here]
        if further:
            self.scroll_to(y=further[0])


class Card(Widget):
    """A framed part of a page; its lines wrap for the room that it has."""

    DEFAULT_CSS = """
    Card {
        height: auto; border: round $border-blurred; border-title-color: $primary; padding: 0 1;
        border-title-style: bold;
    }
    """

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.title_words = title
        self.border_title = Content(title)
        self._leaf = leaf("")
        self._drawn: tuple[int, list[Content]] | None = None

    def show(self, shown: Leaf | Content, *, layout: bool = True) -> None:
        """Shows this, drawn only where it changed. `layout` False where it surely has as many lines as before."""
        before, self._drawn = self._drawn, None
        self._leaf = shown if isinstance(shown, Leaf) else leaf(shown)
        if before is None or not lines(before[1]).is_same(lines(self._lines(before[0]))):
            self.refresh(layout=layout)

    def on_click(self) -> None:
        """Brings its beginning into view; the page around it has the keys by now."""
        self.scroll_visible(top=True)

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return self._leaf.plain

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the text needs at this width."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The text for the present width."""
        return lines(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, self._leaf.wrap(width))
        return self._drawn[1]
