"""Panes whose rows are few: all of them are read, and narrowed and ordered here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from console.panes.pane import ListPane
from engine.domain.listing import fits, near, wanted

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import Rows as Found

T = TypeVar("T")
MOST = 2_000
_NEAR = 300
"""Rows that are compared letter by letter where nothing fits: that is slow, and the screen waits for it."""


class LocalPane(ListPane[T]):
    """Subclasses give `fetch_all`."""

    async def fetch_all(self, door: Door, limit: int) -> Sequence[T]:
        """Every row, in the list's own order; at most `limit`."""
        raise NotImplementedError

    async def fetch(self, door: Door, offset: int, limit: int) -> Found[T]:
        """Some of what is wanted."""
        from engine.api.models import Rows as Found

        every = await self.fetch_all(door, MOST)
        rows = self.arranged(every)
        guessed = not rows and bool(rows := self.near(every[:_NEAR]))
        return Found(tuple(rows[offset : offset + limit]), len(rows), more=len(rows) == MOST, guessed=guessed)

    def near(self, rows: Iterable[T]) -> list[T]:
        """The rows that resemble the words, nearest first, for when nothing fits as written."""
        sought = wanted(self.words, (column.title for column in self.columns))
        return near(sought, ((row, " ".join(self._texts(row).values())) for row in rows))

    def arranged(self, rows: Iterable[T]) -> list[T]:
        """The rows that the words want, in the order that was chosen."""
        sought = wanted(self.words, (column.title for column in self.columns))
        found = [row for row in rows if not sought or fits(sought, self._texts(row))]
        by = self.sorted_by
        return found if by is None or by.sort is None else sorted(found, key=by.sort, reverse=self.turned)

    def _texts(self, row: T) -> dict[str, str]:
        """What stands in each column."""
        return {column.title: shown for column, (shown, _) in zip(self.columns, self._cells(row), strict=True)}
