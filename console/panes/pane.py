"""What all list panes share: frame and title, loading what is in view, following changes, filter and sort."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from textwrap import wrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from console.desk import ask, desk_of, work
from console.human import AGES_S
from console.keymap.live import keyed
from console.marks import Mark, stated
from console.widgets.rows import Column, Rows
from console.widgets.steady import retitled
from console.window import PAGE
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.messages import Changes
    from engine.api import Door
    from engine.api.models import Rows as Found
    from engine.domain.listing import Wanted

T = TypeVar("T")
_Way = tuple[Column[T] | None, bool]
"""A column, None for the list's usual order, and whether it is turned round."""

_TURNED = "-"
"""Before the column's title, in what is remembered."""


class ListPane(Rows[T]):
    """A framed list over a windowed query."""

    DEFAULT_CSS = """
    ListPane {
        border: round $border-blurred;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        padding: 0;
        &:focus { border: round $border; border-title-style: bold; }
        &:nocolor:focus, &:ansi:focus { border: heavy $border; }
    }
    """
    NUMBER: ClassVar[int]
    NAME: ClassVar[str]
    KINDS: ClassVar[tuple[str, ...]]
    """Kinds of the change feed that this pane shows."""
    HELP: ClassVar[str]
    STATES: ClassVar[Mapping[Any, Mark]] = MappingProxyType({})
    """The states that rows can be in, if `state:` is a column to filter by."""
    USUAL: ClassVar[str] = ""
    """The column that the usual order goes by, if one does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="list.filter", tooltip="Show only lines with these words"),
        Binding(
            "s", "sort", "Sort", id="list.sort", tooltip="Sort by the next column, turn it round; then the usual order"
        ),
        Binding("escape", "clear", "Clear", show=False, id="list.clear", tooltip="End filter and sort"),
    ]

    class Counted(Message):
        """The list was read and counted."""

    class FilterAsked(Message):
        """The operator wants to type a filter for this pane."""

        def __init__(self, pane: ListPane[Any]) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self) -> None:
        super().__init__(self.make_columns(), self.key_of, empty=self.empty_lines())
        self.id = self.NAME.lower()
        self.words = ""
        self.sorted_by: Column[T] | None = None
        self.turned = False
        """Whether the order goes the other way round than it usually does."""
        self._busy = False
        self._again = False
        self._stale = True
        self.cut = False
        """Whether more may fit the filter than is listed."""
        self.beside = ""
        """What the foot of the frame says where there is nothing to remark."""
        self._note = ""
        self._by_state = ""
        self._answered = False

    def apart(self) -> Self:
        """A pane that no screen shows and that lists the same, whatever is done to this one from now on."""
        found = self.another()
        found.words, found.turned = self.words, self.turned
        if self.sorted_by is not None:
            found.sorted_by = found.columns[self.columns.index(self.sorted_by)]
        return found

    # --- what each pane says ---

    def another(self) -> Self:
        """A new pane over the same rows."""
        return type(self)()

    def make_columns(self) -> Sequence[Column[T]]:
        """The columns, left to right."""
        raise NotImplementedError

    def key_of(self, row: T) -> str:
        """What names a row."""
        raise NotImplementedError

    def empty_lines(self) -> Sequence[str]:
        """What an empty list says."""
        raise NotImplementedError

    async def fetch(self, door: Door, offset: int, limit: int) -> Found[T]:
        """Some rows of the list, as `words`, `sorted_by` and `turned` want it."""
        raise NotImplementedError

    def took(self, rows: Sequence[T]) -> None:
        """Some rows came to be shown."""

    async def found_or_state(self, sought: Wanted, find: Callable[[Wanted], Awaitable[Found[T]]]) -> Found[T]:
        """What is wanted; where nothing is called so and a word names a state, what is in that state."""
        found, meant = await find(sought), stated(self.STATES, sought)
        self._by_state = ""
        if meant is not None:
            typed = f"state:{','.join(meant.columns['state'])}"
            self._by_state = f"{typed} for the state"
            if found.guessed:
                found = await find(meant)
                self._by_state = f"nothing is called so, this is {typed}" if found.total else ""
        return found

    def nothing(self) -> Sequence[str]:
        """Why there are no rows: not read yet, nothing that the filter fits, or nothing at all."""
        if not self._answered:
            return self._why_closed() or ("…",)
        if self.words:
            return (f"Nothing fits /{plain(self.words, limit=60)}.", keyed(self, "{list.clear|esc} ends the filter."))
        return self.empty

    def _why_closed(self) -> list[str]:
        """Why nothing can be read, in lines as wide as the list; none where something will be."""
        trouble = desk_of(self).link.trouble
        if trouble is None:
            return []
        said = f"The database is closed. {plain(trouble.message)} {plain(trouble.fix)}"
        return wrap(said, max(1, self.size.width - 2), break_on_hyphens=False)

    def badge(self) -> str:
        """What the title counts, such as `3` or `newest 10,000 of more`; empty for nothing to say."""
        count = f"{self.window.total:,}" if self.window.total else ""
        return f"newest {count} of more" if count and self.cut else count

    # --- title ---

    def on_mount(self) -> None:
        """Writes the title, and lets the ages in the rows go on."""
        self.set_interval(AGES_S, self.repaint_changed)
        self.empty = tuple(keyed(self, line) for line in self.empty)
        memory = desk_of(self).memory.now
        self.words = memory.filters.get(str(self.id), "")
        order = memory.orders.get(str(self.id), "")
        found = (column for column in self.columns if column.sortable and column.title == order.removeprefix(_TURNED))
        self.sorted_by = next(found, None)
        self.turned = self.sorted_by is not None and order.startswith(_TURNED)
        self.retitle()

    @property
    def key_shown(self) -> str:
        """The key that leads here: its number, or what the operator put in its place."""
        return keyed(self, f"{{pane.{self.NUMBER}|{self.NUMBER}}}")

    def retitle(self) -> None:
        """Writes key, name, count, filter and sort into the frame."""
        badge = self.badge()
        title = Content.assemble(
            (f"{self.key_shown} " if self.NUMBER else "", "$text-muted"),
            self.NAME,
            (f" {badge}" if badge else "", "bold $accent"),
        )
        remarks = self.remarks() or [self.beside] * bool(self.beside)
        retitled(self, title, Content(" · ".join(remarks)) if remarks else None)

    def remarks(self) -> list[str]:
        """What stands at the foot of the frame: filter, order, what was found."""
        found = [f"/{plain(self.words, limit=30)}"] if self.words else []
        if self.sorted_by is not None:
            by = f"by {self.sorted_by.title} {self.arrow(self.sorted_by)}"
            found.append(f"{by}, these alone" if self.cut else by)
        return [*found, *(note for note in (self._by_state, self._note) if note)]

    # --- loading ---

    def follow(self, changes: Changes) -> None:
        """Looks again if something of its kinds changed; says why nothing can be read any more."""
        if desk_of(self).link.trouble is not None and not self._answered:
            self.refresh()
        if changes.touch(*self.KINDS):
            self.renew()

    def renew(self) -> None:
        """Looks again, now or when the pane is next shown; never twice at once."""
        if not self.is_on_screen:
            self._stale = True
        elif self._busy:
            self._again = True
        else:
            self._busy = True
            work(self, self._renew, group=f"load-{self.id}", what=f"read {self.NAME}")

    @property
    def is_on_screen(self) -> bool:
        """Whether somebody can see it."""
        return self.display and self.screen.is_current

    def on_show(self) -> None:
        """Catches up with what changed while it was hidden."""
        if self._stale:
            self.renew()

    async def _renew(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = self._stale = False
                await self._load_view()
                self.retitle()
            self.post_message(self.Counted())
        finally:
            self._busy = False

    async def _load_view(self) -> None:
        pages = self.in_view()
        for page in pages:
            await self._load(page)
        self.window.forget_except(pages)

    async def _load(self, page: int) -> None:
        asked = self._view
        found = await ask(self, lambda door: self.fetch(door, page * PAGE, PAGE))
        if found is None or asked != self._view:
            return  # what was found for other words, or in another order, is no answer to these
        self.took(found.rows)
        self.cut = found.more
        self._note = _note(found)
        if not self._answered:
            self._answered = True
            self.refresh()
        had = self.current is not None
        self.resize_list(found.total)
        self.put(page, found.rows)
        if had is not (self.current is not None):
            self.refresh_bindings()  # what needs a row became possible, or no longer is

    async def on_rows_wanted(self, event: Rows.Wanted) -> None:
        """Loads pages that were scrolled to."""
        event.stop()
        work(self, partial(self._load_pages, event.pages), group=f"page-{self.id}", what=f"read {self.NAME}")

    async def _load_pages(self, pages: list[int]) -> None:
        for page in pages:
            await self._load(page)

    # --- filter and sort ---

    def set_filter(self, words: str) -> None:
        """Shows only rows that hold all of these words."""
        if words != self.words:
            self.words = words
            self._view_changed()

    def action_filter(self) -> None:
        """Asks for the words to filter by."""
        self.post_message(self.FilterAsked(self))

    def arrow(self, column: Column[T]) -> str:
        """Which way the list goes by this column: ▲ from the least up, ▼ from the greatest, longest or newest down."""
        if column is not (self.sorted_by or self._usual):
            return ""
        return "▼" if column.falls is not self.turned else "▲"

    @property
    def _usual(self) -> Column[T] | None:
        return next((column for column in self.columns if column.title == self.USUAL), None)

    def action_sort(self) -> None:
        """Turns the order of this column round, then sorts by the next one that can be sorted by."""
        ways: list[_Way[T]] = [(None, False)]
        for column in self.columns:
            ways += self._ways(column) if column.sortable else []
        self._sort(ways[(ways.index((self.sorted_by, self.turned)) + 1) % len(ways)])

    def _ways(self, column: Column[T]) -> list[_Way[T]]:
        """Both ways round; one of them may be the usual order, which has no column of its own."""
        return [(column, True)] if column is self._usual else [(column, False), (column, True)]

    def _sort(self, way: _Way[T]) -> None:
        self.sorted_by, self.turned = way
        self._view_changed()
        self.remember()

    def heading_clicked(self, column: Column[T]) -> None:
        """Sorts by this column; once more turns it round, and again ends it."""
        if not column.sortable:
            self.notify("This list cannot be sorted by that column.", severity="warning", markup=False)
            return
        ways = [*self._ways(column), (None, False)]
        now = (self.sorted_by, self.turned)
        self._sort(ways[ways.index(now) + 1] if now in ways[:-1] else ways[0])

    def action_clear(self) -> None:
        """Ends filter and sort."""
        if self.words or self.sorted_by:
            self.words, self.sorted_by, self.turned = "", None, False
            self._view_changed()
            self.remember()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape belongs to the list only while there is something to end."""
        if action == "clear":
            return bool(self.words or self.sorted_by)
        return super().check_action(action, parameters)

    def remember(self) -> None:
        """Filter and order survive a restart."""
        memory, name = desk_of(self).memory, str(self.id)
        orders = {pane: order for pane, order in memory.now.orders.items() if pane != name}
        filters = {pane: words for pane, words in memory.now.filters.items() if pane != name}
        if self.sorted_by is not None:
            orders[name] = f"{_TURNED if self.turned else ''}{self.sorted_by.title}"
        if self.words:
            filters[name] = self.words
        memory.change(orders=orders, filters=filters)

    def _view_changed(self) -> None:
        self.refresh_bindings()
        self._answered = False
        self.refresh()
        self.window.clear()
        self.cursor = 0
        self.scroll_to(y=0, animate=False, immediate=True)
        self.retitle()
        self.renew()

    @property
    def _view(self) -> tuple[str, Column[T] | None, bool]:
        return self.words, self.sorted_by, self.turned

    @property
    def desk(self) -> Any:
        """The app's desk."""
        return desk_of(self)


def _note(found: Found[Any]) -> str:
    """What has to be said of a list: that it holds the like of what was sought, that more words would help."""
    if found.guessed and found.total:
        return "nothing as written, these are alike"
    return "more words narrow it" if found.more and found.total else ""
