"""Text of any length that wraps and scrolls: only the lines in view are drawn."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.codelook import CodeLook
from console.widgets.reading import Paging


class LongText(Paging, ScrollView, can_focus=True):
    """Subclasses give `count`, `height_of` and `draw`, and call `renew` when their text is another one."""

    DEFAULT_CSS = """
    LongText {
        height: 1fr; background: $background; overflow-x: hidden; overflow-y: scroll; padding: 0 1;
        &:focus { background: $background; }
    }
    """
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[tuple[int, int]] = []
        """(entry, part of it) for each line of the screen."""
        self._width = 0
        self._look: CodeLook | None = None
        self._seen: set[int] = set()
        """Entries of this layout whose last part was in view."""

    # --- what subclasses say ---

    @property
    def count(self) -> int:
        """How many entries there are."""
        raise NotImplementedError

    def height_of(self, entry: int, width: int) -> int:
        """How many lines an entry takes at this width, at least one."""
        raise NotImplementedError

    def draw(self, entry: int, part: int, width: int, look: CodeLook) -> list[Segment]:
        """One line of an entry."""
        raise NotImplementedError

    # --- lines ---

    def renew(self, *, keep: bool = False) -> None:
        """The text is another one. `keep`: it is the same in another layout, so the place in it stays."""
        place = self.place() if keep else None
        self._seen = set()
        self._lay_out()
        self.scroll_to(y=self._row_of(self.found(place)) if keep else 0, animate=False, immediate=True)
        self.refresh()

    @property
    def wide(self) -> int:
        """Cells that a line has, beside the scrollbar."""
        return self.scrollable_content_region.width

    def _lay_out(self) -> None:
        self._width = self.wide
        self.lay_out()
        self._rows = [
            (entry, part) for entry in range(self.count) for part in range(self.height_of(entry, max(1, self._width)))
        ]
        self.virtual_size = Size(1, len(self._rows))

    def lay_out(self) -> None:
        """The width is another one, or the text."""

    def place(self) -> Any:
        """What stands on top, so that it can be found again in another layout."""
        at = int(self.scroll_y)
        return self._rows[at][0] if at < len(self._rows) else 0

    def found(self, place: Any) -> int:
        """The entry that shows this place."""
        return int(place)

    def was_seen(self, entry: int) -> None:
        """An entry was in view to its end, for the first time in this layout."""

    def _row_of(self, entry: int) -> int:
        return next((at for at, (found, _) in enumerate(self._rows) if found == entry), 0)

    def on_resize(self, _event: events.Resize) -> None:
        """Wraps anew; what stood on top stays there."""
        if self.wide != self._width:
            self.renew(keep=True)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, look = self.wide, self.look
        at = y + int(self.scroll_y)
        if width != self._width or at >= len(self._rows):
            return Strip.blank(width, look.base)
        entry, part = self._rows[at]
        if entry not in self._seen and (at + 1 == len(self._rows) or self._rows[at + 1][0] != entry):
            self._seen.add(entry)
            self.was_seen(entry)
        segments = self.draw(entry, part, width, look)
        return Strip(segments).adjust_cell_length(width, segments[-1].style if segments else look.base)

    @property
    def look(self) -> CodeLook:
        """The colours of the theme, looked up once."""
        if self._look is None:
            app = self.app
            ansi = app.native_ansi_color or app.no_color
            self._look = CodeLook.of(app.theme_variables, self.rich_style, ansi=ansi, dark=app.current_theme.dark)
        return self._look

    def notify_style_update(self) -> None:
        """The theme changed: colours are looked up again."""
        super().notify_style_update()
        self._look = None

    # --- parts ---

    def action_scroll_home(self) -> None:
        """To the top at once."""
        self.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        """To the end at once: what flies past was not read."""
        self.scroll_end(animate=False)

    def parts(self) -> list[int]:
        """Entries at which a part begins."""
        return []

    def action_card(self, by: int) -> None:
        """Scrolls until the next part, or the one before, begins at the top."""
        here = int(self.scroll_target_y)
        tops = [self._row_of(entry) for entry in self.parts()]
        further = [top for top in tops if top > here] if by > 0 else [top for top in reversed(tops) if top < here]
        if further:
            self.scroll_to(y=further[0])


def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """Where a text is broken so that each piece fits in so many cells; one empty piece for an empty text."""
    width = max(2, width)
    if text.isascii():
        return [(at, min(len(text), at + width)) for at in range(0, len(text), width)] or [(0, 0)]
    found: list[tuple[int, int]] = []
    start = used = 0
    for at, char in enumerate(text):
        cells = cell_len(char)
        if used + cells > width:
            found.append((start, at))
            start, used = at, 0
        used += cells
    return [*found, (start, len(text))]
