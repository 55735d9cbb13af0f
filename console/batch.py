"""What can be done to several rows at once: each deed says of every row whether it is possible, and does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from engine.domain.errors import NoktvrnError

if TYPE_CHECKING:
    from console.screens.reasons import Reasons
    from engine.api import Door

T = TypeVar("T")
_REASONS = 2
"""Reasons that a menu names where there are more."""


@dataclass(frozen=True, slots=True)
class Deed(Generic[T]):
    """One thing to do. `why_not` is empty where it is possible; with `reasons` the operator is asked for them first."""

    name: str
    done: str
    do: Callable[[Door, T, Reasons | None], Awaitable[Any]]
    why_not: Callable[[T], str] = lambda _row: ""
    reasons: bool = False
    note: str = ""
    """What the question says below the rows."""
    final: bool = False
    """Whether it cannot be taken back: then nobody is led to it."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The rows that it was done to with what the door answered, and the others with the reason."""

    done: tuple[tuple[T, Any], ...]
    failed: tuple[tuple[T, str], ...]


def split(deed: Deed[T], rows: Sequence[T]) -> tuple[list[T], list[tuple[T, str]]]:
    """The rows that it can be done to, and the others with the reason."""
    possible, left_out = [], []
    for row in rows:
        reason = deed.why_not(row)
        if reason:
            left_out.append((row, reason))
        else:
            possible.append(row)
    return possible, left_out


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """A deed as it is offered for some rows."""

    deed: Deed[T]
    possible: int
    rows: int
    """All of them."""
    why_not: str = ""
    """Where it is possible for none."""


def choice(deed: Deed[T], rows: Sequence[T]) -> Choice[T]:
    """How the deed stands for these rows."""
    possible, left_out = split(deed, rows)
    reasons = list(dict.fromkeys(reason for _, reason in left_out))
    more = ", and more" if len(reasons) > _REASONS else ""
    return Choice(deed, len(possible), len(rows), "" if possible else ", ".join(reasons[:_REASONS]) + more)


async def carry_out(door: Door, deed: Deed[T], rows: Sequence[T], reasons: Reasons | None) -> Outcome[T]:
    """Does it to one row after the other; what one refuses does not keep the others."""
    done: list[tuple[T, Any]] = []
    failed: list[tuple[T, str]] = []
    for row in rows:
        try:
            done.append((row, await deed.do(door, row, reasons)))
        except NoktvrnError as error:
            failed.append((row, error.message))
    return Outcome(tuple(done), tuple(failed))
