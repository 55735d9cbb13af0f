"""Rows of a long list, as far as they were looked at: pages fetched when they come into view, old ones dropped."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE = 50
_KEPT = 40


class Window(Generic[T]):
    """`total` rows, of which some pages are here. `key` names a row through changes of its place."""

    def __init__(self, key: Callable[[T], str]) -> None:
        self.total = 0
        self.key = key
        self._pages: OrderedDict[int, list[T]] = OrderedDict()
        self._asked: set[int] = set()

    def get(self, index: int) -> T | None:
        """The row, None while it is not here."""
        page = self._pages.get(index // PAGE)
        if page is None:
            return None
        place = index % PAGE
        return page[place] if place < len(page) else None

    def missing(self, first: int, last: int) -> list[int]:
        """Pages between two rows that are neither here nor asked for; they count as asked for from now on."""
        if self.total == 0:
            return []
        pages = range(max(0, first) // PAGE, min(last, self.total - 1) // PAGE + 1)
        wanted = [page for page in pages if page not in self._pages and page not in self._asked]
        self._asked.update(wanted)
        return wanted

    def pages(self, first: int, last: int) -> list[int]:
        """The pages that hold these rows, here or not; the first page at least."""
        end = max(0, min(last, self.total - 1))
        return list(range(max(0, min(first, end)) // PAGE, end // PAGE + 1))

    def put(self, page: int, rows: Sequence[T]) -> None:
        """Keeps a page."""
        self._asked.discard(page)
        self._pages[page] = list(rows)
        self._pages.move_to_end(page)
        while len(self._pages) > _KEPT:
            self._pages.popitem(last=False)

    def fill(self, rows: Sequence[T]) -> None:
        """Holds exactly these rows."""
        self.clear()
        self.total = len(rows)
        for start in range(0, len(rows), PAGE):
            self._pages[start // PAGE] = list(rows[start : start + PAGE])

    def forget_except(self, pages: Sequence[int]) -> None:
        """Drops what is out of view, because it may be out of date."""
        self._asked.clear()
        for page in [page for page in self._pages if page not in pages]:
            del self._pages[page]

    def clear(self) -> None:
        """Holds nothing."""
        self._pages.clear()
        self._asked.clear()
        self.total = 0

    def find(self, key: str, near: int) -> int | None:
        """Where the row with this key is now, among the rows that are here; the nearest first."""
        here = [
            page * PAGE + place
            for page, rows in self._pages.items()
            for place, row in enumerate(rows)
            if self.key(row) == key
        ]
        return min(here, key=lambda index: abs(index - near), default=None)
