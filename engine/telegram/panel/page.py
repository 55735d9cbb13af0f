"""What a page is: words and buttons for one caller, made anew at each look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.domain.chat import Caller, Role
from engine.telegram import keyboards, texts
from engine.telegram.keyboards import Key, Keys
from engine.telegram.kit import Kit

T = TypeVar("T")
PER_PAGE = 6


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks for a page, and for what of it. `words` is what stood behind a typed command."""

    kit: Kit
    caller: Caller
    argument: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What was typed behind the command."""
        return str(self.argument.get("words", ""))

    @property
    def offset(self) -> int:
        """Where a list begins."""
        return int(self.argument.get("offset", 0))

    def may(self, role: Role) -> bool:
        """Whether the caller's role includes this one."""
        return self.caller.role.may(role)


@dataclass(frozen=True, slots=True)
class Page:
    """Words and buttons."""

    text: str
    keys: Keys = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """What an owner has done at once; see `engine.api.chat_deeds`."""

    verb: str
    argument: Mapping[str, Any] = field(default_factory=dict)


Make = Callable[[Ask], Awaitable[Page]]
Typed = Callable[[Ask], Awaitable[Page | Deed | None]]
"""What the words behind a command mean: a page, a deed that needs no question, or nothing that is known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: who makes it, who may see it, and what words behind its command mean."""

    make: Make
    needs: Role = Role.VIEWER
    typed: Typed | None = None


def listed(
    name: str,
    title: str,
    rows: Sequence[T],
    total: int,
    ask: Ask,
    row_text: Callable[[T], str],
    row_key: Callable[[T], Key | None],
    step: int = PER_PAGE,
) -> Page:
    """A window of a list: a line and a button each, and the way to the next window of `step` rows."""
    if not rows:
        return Page(texts.EMPTY.format(title=title), menu())
    head = texts.PAGE.format(title=title, first=ask.offset + 1, last=ask.offset + len(rows), total=total)
    keys: list[list[Key]] = [[key] for row in rows if (key := row_key(row)) is not None]
    turn = []
    if ask.offset:
        turn.append(keyboards.page(name, texts.BEFORE, offset=max(0, ask.offset - step)))
    if ask.offset + len(rows) < total:
        turn.append(keyboards.page(name, texts.NEXT, offset=ask.offset + step))
    if turn:
        keys.append(turn)
    return Page("\n".join([head, "", *map(row_text, rows)]), [*keys, *menu()])


def menu() -> list[list[Key]]:
    """The way back to the first page."""
    return [[keyboards.page("status", texts.MENU)]]


def sure(question: str, verb: str, label: str, back: str, **argument: Any) -> Page:
    """Asks once more before something that costs or ends."""
    return Page(question, [[keyboards.page(back, texts.BACK, **argument), keyboards.do(verb, label, **argument)]])
