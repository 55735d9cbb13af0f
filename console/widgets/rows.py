"""A list of any length: only the lines in view are read and drawn, and only lines that differ are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.marks import Tone
from console.window import PAGE, Window
from engine.safety.text import cell

T = TypeVar("T")
Cell = tuple[str, Tone]
_GAP = 2
_ENDLESS = 10_000


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: `width` cells at least, `grow` its share of what is left; hidden in lists narrower than `at`.

    It can be sorted by where it has a `sort` (the rows are here) or an `order` (the database keeps it).
    """

    title: str
    width: int
    show: Callable[[T], Cell]
    grow: int = 0
    right: bool = False
    at: int = 0
    sort: Callable[[T], Any] | None = None
    order: str = ""
    tail: int = 0
    """Cells of the end that are kept where a text is cut: what tells names apart often stands there."""
    falls: bool = False
    """Whether the greatest, longest or newest come first where nobody turned it round."""

    @property
    def sortable(self) -> bool:
        """Whether the list has this order."""
        return self.sort is not None or bool(self.order)


@dataclass(frozen=True, slots=True)
class Look:
    """How a list is drawn in one theme."""

    base: Style
    cursor: Style
    focused: Style
    under: Style
    """What lies under the tones in the cursor's line of a list without the focus."""
    tones: Mapping[Tone, Style]

    @classmethod
    def of(cls, variables: Mapping[str, str], base: Style, *, ansi: bool) -> Look:
        """The look for a theme's variables."""

        def ink(name: str) -> Style:
            return base + Style(color=Color.parse(variables[name]).rich_color)

        tones = {
            Tone.PLAIN: base,
            Tone.DIM: ink("text-muted"),
            Tone.STRONG: base + Style(bold=True),
            Tone.ACCENT: ink("accent"),
            Tone.GOOD: ink("success"),
            Tone.WARN: ink("warning"),
            Tone.BAD: ink("error"),
        }
        if ansi:
            return cls(base, base + Style(underline=True), base + Style(reverse=True), Style(underline=True), tones)
        under = Style(bgcolor=Color.parse(variables["panel"]).rich_color)
        ground, ink_on = Color.parse(variables["primary"]).rich_color, Color.parse(variables["background"]).rich_color
        return cls(base, base + under, Style(color=ink_on, bgcolor=ground, bold=True), under, tones)


class Rows(ScrollView, Generic[T], can_focus=True, inherit_bindings=False):
    """The list. Whoever owns it answers `Wanted` with `put`, and changes with `renew`."""

    DEFAULT_CSS = "Rows { height: 1fr; background: $background; overflow-x: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="move.list-down", tooltip="One line down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="move.list-up", tooltip="One line up"),
        Binding(
            "pagedown,ctrl+f", "leap(1)", "Page down", show=False, id="move.list-page-down", tooltip="One page down"
        ),
        Binding("pageup", "leap(-1)", "Page up", show=False, id="move.list-page-up", tooltip="One page up"),
        Binding(
            "ctrl+d", "leap(0.5)", "Half page down", show=False, id="move.list-half-down", tooltip="Half a page down"
        ),
        Binding("ctrl+u", "leap(-0.5)", "Half page up", show=False, id="move.list-half-up", tooltip="Half a page up"),
        Binding("home,g", "go(0)", "First", show=False, id="move.list-first", tooltip="To the first line"),
        Binding("end,G", "go(-1)", "Last", show=False, id="move.list-last", tooltip="To the last line"),
        Binding("enter", "open", "Open", id="list.open", tooltip="Open what the cursor is on"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)

    class Wanted(Message):
        """Pages that came into view and are not here."""

        def __init__(self, rows: Rows[Any], pages: list[int]) -> None:
            super().__init__()
            self.rows = rows
            self.pages = pages

        @property
        def control(self) -> Rows[Any]:
            """The list."""
            return self.rows

    class Opened(Message):
        """The operator opened a row."""

        def __init__(self, rows: Rows[Any], row: Any) -> None:
            super().__init__()
            self.rows = rows
            self.row = row

        @property
        def control(self) -> Rows[Any]:
            """The list."""
            return self.rows

    class Moved(Message):
        """The cursor stands elsewhere on the screen."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest counts."""
            return isinstance(message, Rows.Moved)

    def __init__(
        self, columns: Sequence[Column[T]], key: Callable[[T], str], *, empty: Sequence[str] = (), heading: bool = True
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.window: Window[T] = Window(key)
        self.empty: tuple[str, ...] = tuple(empty)
        self._top = 1 if heading else 0
        self._painted: dict[int, tuple[Cell, ...]] = {}
        self._look: Look | None = None
        self._held = ""

    # --- what the owner calls ---

    def resize_list(self, total: int) -> None:
        """Says how many rows there are."""
        if total != self.window.total or self.virtual_size.height != total + self._top:
            self.window.total = total
            self.virtual_size = Size(1, total + self._top)
            self.cursor = min(self.cursor, max(0, total - 1))
            self.refresh()

    def put(self, page: int, rows: Sequence[T]) -> None:
        """Gives a page of rows; lines that look the same stay untouched."""
        self.window.put(page, rows)
        self._follow_cursor()
        self.repaint_changed()

    def fill(self, rows: Sequence[T]) -> None:
        """Gives all rows at once."""
        self.window.fill(rows)
        self.virtual_size = Size(1, len(rows) + self._top)
        self._follow_cursor()
        self.cursor = min(self.cursor, max(0, len(rows) - 1))
        self.refresh()

    def nothing(self) -> Sequence[str]:
        """What stands in a list without rows."""
        return self.empty

    def in_view(self) -> list[int]:
        """Pages that are in view; asked for at every change."""
        first = int(self.scroll_y)
        return self.window.pages(first, first + self.size.height)

    def _indices_in_view(self) -> range:
        first = max(0, int(self.scroll_y))
        return range(first, min(self.window.total, first + self.size.height - self._top))

    def rows_in_view(self) -> Iterator[T]:
        """What stands on the screen, as far as it is read."""
        return (row for index in self._indices_in_view() if (row := self.window.get(index)) is not None)

    def repaint_changed(self) -> None:
        """Draws the lines in view whose text is not what stands there."""
        for index in self._indices_in_view():
            row = self.window.get(index)
            if row is not None and self._painted.get(index) != self._cells(row):
                self.refresh_line(index + self._top)

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self.window.get(self.cursor)

    # --- drawing ---

    def render_line(self, y: int) -> Strip:
        """One line of the list: the heading, a row, or nothing."""
        width = self.size.width
        look = self.look
        if y < self._top:
            return self._heading(width, look)
        index = y - self._top + int(self.scroll_y)
        if index >= self.window.total:
            said = self.nothing() if self.window.total == 0 else ()
            text = f" {said[index]}" if index < len(said) else ""
            return Strip([Segment(set_cell_size(text, width), look.tones[Tone.DIM])], width)
        row = self.window.get(index)
        if row is None:
            self._painted.pop(index, None)  # else the row would count as drawn when it comes
            self._want(index)
            return Strip([Segment(" …".ljust(width), look.tones[Tone.DIM])], width)
        return self._row(index, row, width, look)

    def _heading(self, width: int, look: Look) -> Strip:
        parts = [" "]
        for column, cells in self._layout(width):
            title = (column.title.rjust(cells) if column.right else column.title) + self.arrow(column)
            parts.append(title.ljust(cells + _GAP))  # the arrow may stand in the gap: no title is cut for it
        return Strip([Segment(set_cell_size("".join(parts), width), look.tones[Tone.DIM])], width)

    def arrow(self, _column: Column[T]) -> str:
        """A sign behind the heading of the column that the list is sorted by."""
        return ""

    def _row(self, index: int, row: T, width: int, look: Look) -> Strip:
        cells = self._cells(row)
        self._painted[index] = cells
        if len(self._painted) > 4 * PAGE:
            self._painted = {i: c for i, c in self._painted.items() if abs(i - index) < 2 * PAGE}
        under = index == self.cursor
        strong = under and self.has_focus
        base = look.focused if strong else look.cursor if under else look.base
        segments = [Segment(self.sign(row), base)]
        used = 1
        for (column, space), (text, tone) in zip(self._layout(width), self._shown(cells, width), strict=True):
            shown = _right(text, space) if column.right else cell(text, space, tail=column.tail)
            style = base if strong else look.tones[tone] + look.under if under else look.tones[tone]
            segments.append(Segment(shown, style))
            segments.append(Segment(" " * _GAP, base))
            used += space + _GAP
        return Strip(segments, used).adjust_cell_length(width, base)

    def sign(self, _row: T) -> str:
        """One cell before the row, such as the mark of a chosen one."""
        return " "

    def _cells(self, row: T) -> tuple[Cell, ...]:
        return tuple(column.show(row) for column in self.columns)

    def _shown(self, cells: tuple[Cell, ...], width: int) -> list[Cell]:
        return [found for found, column in zip(cells, self.columns, strict=True) if self.has_room(column, width)]

    @property
    def all_columns(self) -> list[Column[T]]:
        """Those of a list with all the room it may want: none that stands in for another where room is short."""
        return [column for column in self.columns if self.has_room(column, _ENDLESS)]

    def has_room(self, column: Column[T], width: int) -> bool:
        """Whether a column is shown in a list of this width."""
        return column.at <= width

    def _layout(self, width: int) -> list[tuple[Column[T], int]]:
        columns = [column for column in self.columns if self.has_room(column, width)]
        spare = width - 2 - sum(column.width for column in columns) - _GAP * (len(columns) - 1)
        shares = sum(column.grow for column in columns)
        found = []
        for column in columns:
            extra = spare * column.grow // shares if shares and column.grow else 0
            found.append((column, max(column.width + extra, 4 if column.grow else column.width)))
        return found

    # Colours come from the theme's variables: component classes would be matched against the whole style sheet for
    # every list at every start, which costs more than drawing them.

    @property
    def look(self) -> Look:
        """The colours of the theme, looked up once."""
        if self._look is None:
            self._look = Look.of(self.app.theme_variables, self.rich_style, ansi=self.app.native_ansi_color)
        return self._look

    def notify_style_update(self) -> None:
        """The theme changed: colours are looked up again."""
        super().notify_style_update()
        self._look = None

    def _want(self, index: int) -> None:
        pages = self.window.missing(index, index + self.size.height)
        if pages:
            self.post_message(self.Wanted(self, pages))

    # --- moving ---

    def _follow_cursor(self) -> None:
        """Keeps the cursor on the row that it was on, wherever new rows have moved it."""
        if not self._held or self.cursor == 0:
            self._hold()
            return
        found = self.window.find(self._held, self.cursor)
        if found is not None and found != self.cursor:
            self.cursor = found
        self._hold()

    def _hold(self) -> None:
        row = self.window.get(self.cursor)
        self._held = self.window.key(row) if row is not None else self._held

    def validate_cursor(self, value: int) -> int:
        """Keeps the cursor on a row."""
        return max(0, min(value, self.window.total - 1))

    def watch_cursor(self, before: int, after: int) -> None:
        """Draws the two lines anew and keeps the cursor in view."""
        self._held = ""  # moved on purpose: to a row that is not here yet, nothing must pull it back
        self._hold()
        for index in (before, after):
            self.refresh_line(index + self._top)
        self._keep_in_view()
        self.post_message(self.Moved())

    @property
    def cursor_y(self) -> int:
        """The line of the screen in which the cursor stands."""
        return self.content_region.y + self._top + self.cursor - int(self.scroll_y)

    def _keep_in_view(self) -> None:
        room = self.size.height - self._top
        if self.cursor < self.scroll_y:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif room > 0 and self.cursor >= self.scroll_y + room:
            self.scroll_to(y=self.cursor - room + 1, animate=False, immediate=True)

    def watch_show_vertical_scrollbar(self) -> None:
        """A list that has just grown scrolls to a cursor that was moved before it was laid out."""
        self._keep_in_view()

    def _on_resize(self, _event: events.Resize) -> None:
        self._keep_in_view()

    def _on_focus(self, event: events.Focus) -> None:
        super()._on_focus(event)
        self.refresh_line(self.cursor + self._top)
        self.post_message(self.Moved())

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        self.refresh_line(self.cursor + self._top)

    def action_move(self, by: int) -> None:
        """Moves the cursor by lines."""
        self.cursor += by

    def action_leap(self, by: float) -> None:
        """Moves the cursor by pages."""
        self.cursor += int(by * max(2, self.size.height - self._top - 1))

    def action_go(self, index: int) -> None:
        """Moves the cursor to a row; negative counts from the end."""
        self.cursor = index if index >= 0 else self.window.total + index

    def action_open(self) -> None:
        """Opens the row under the cursor."""
        row = self.current
        if row is not None:
            self.post_message(self.Opened(self, row))

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """An empty list opens nothing."""
        return "There is nothing here to open yet." if action == "open" and self.window.total == 0 else ""

    async def _on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        if place.y < self._top:
            if (column := self._column_at(place.x)) is not None:
                self.heading_clicked(column)
            return
        index = place.y - self._top + int(self.scroll_y)
        if not 0 <= index < self.window.total:
            return
        self.cursor = index
        if event.chain == 2:
            self.action_open()

    def heading_clicked(self, column: Column[T]) -> None:
        """Lists that can be sorted do it by this column."""

    def _column_at(self, x: int) -> Column[T] | None:
        """The column whose heading stands there; the room behind it belongs to it."""
        end = 1
        for column, space in self._layout(self.size.width):
            end += space + _GAP
            if x < end:
                return column
        return None


def _right(text: str, width: int) -> str:
    """`text` at the right edge of `width` cells; ours, so every character is one cell wide."""
    return text.rjust(width) if len(text) <= width else cell(text, width)
