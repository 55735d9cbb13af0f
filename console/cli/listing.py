"""Long lists, fetched in windows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from console.cli import say

if TYPE_CHECKING:
    from engine.api.models import Rows

T = TypeVar("T")
_WINDOW = 500


async def whole_list(fetch: Callable[[int, int], Awaitable[Rows[T]]], limit: int) -> list[T]:
    """The first `limit` rows, or all of them for 0; says so on stderr when there are more."""
    rows: list[T] = []
    wanted = limit + 1 if limit else None  # one more tells whether something was left out
    while wanted is None or len(rows) < wanted:
        size = _WINDOW if wanted is None else min(_WINDOW, wanted - len(rows))
        found = (await fetch(len(rows), size)).rows
        rows += found
        if len(found) < size:
            break
    if limit and len(rows) > limit:
        say.talk(f"Only the first {limit} are shown; `--limit 0` shows all.")
        return rows[:limit]
    return rows
