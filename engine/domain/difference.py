"""What differs between two texts: line by line, and within a changed line word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

CONTEXT = 3
"""Unchanged lines that are kept beside a change."""
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_LONG = 2_000
"""Lines longer than this are not taken apart into words."""
_ALIKE = 0.35
"""Two lines less alike than this are two lines, not one that was changed."""


class Mark(StrEnum):
    """How a line stands to the other text."""

    SAME = " "
    GONE = "-"
    NEW = "+"
    SKIPPED = "…"


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line, and whether it is what changed."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference. `skipped` counts the unchanged lines that a `SKIPPED` one stands for."""

    mark: Mark
    words: tuple[Word, ...] = ()
    skipped: int = 0

    @property
    def text(self) -> str:
        """The line as it stands in its text."""
        return "".join(word.text for word in self.words)


def difference(before: str, after: str, *, context: int = CONTEXT) -> list[Line]:
    """The lines of both texts in order, those that went before those that came in their place; empty where equal.

    Runs of unchanged lines are cut to `context` beside each change.
    """
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return []
    found: list[Line] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += (Line(Mark.SAME, _whole(line, changed=False)) for line in old[a:b])
        else:
            found += _changed(old[a:b], new[c:d])
    return list(_folded(found, context))


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """A block of lines for another: each line that stayed recognisable directly above what became of it."""
    place = 0
    for line in old:
        at = next((at for at in range(place, len(new)) if _alike(line, new[at])), None)
        if at is None:
            yield Line(Mark.GONE, _whole(line))
            continue
        yield from (Line(Mark.NEW, _whole(text)) for text in new[place:at])
        gone, came = words(line, new[at])
        yield Line(Mark.GONE, gone)
        yield Line(Mark.NEW, came)
        place = at + 1
    yield from (Line(Mark.NEW, _whole(text)) for text in new[place:])


def words(before: str, after: str) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Two lines as words, those marked that are not in the other one."""
    if len(before) > _LONG or len(after) > _LONG:
        return _whole(before), _whole(after)
    old, new = _WORD.findall(before), _WORD.findall(after)
    gone: list[Word] = []
    came: list[Word] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        _add(gone, "".join(old[a:b]), tag != "equal")
        _add(came, "".join(new[c:d]), tag != "equal")
    return tuple(gone), tuple(came)


def _add(found: list[Word], text: str, changed: bool) -> None:
    if text:
        found.append(Word(text, changed))


def _whole(line: str, *, changed: bool = True) -> tuple[Word, ...]:
    return (Word(line, changed),) if line else ()


def _alike(one: str, other: str) -> bool:
    if len(one) > _LONG or len(other) > _LONG:
        return False
    return SequenceMatcher(None, _WORD.findall(one.lower()), _WORD.findall(other.lower()), False).ratio() >= _ALIKE


def _folded(found: Sequence[Line], context: int) -> Iterator[Line]:
    """Long unchanged stretches as one line that counts them; a stretch of one line is not worth that."""
    near = [False] * len(found)
    for at, line in enumerate(found):
        if line.mark is not Mark.SAME:
            for place in range(max(0, at - context), min(len(found), at + context + 1)):
                near[place] = True
    at = 0
    while at < len(found):
        end = at
        while end < len(found) and not near[end]:
            end += 1
        if end - at > 1:
            yield Line(Mark.SKIPPED, skipped=end - at)
            at = end
        else:
            yield found[at]
            at += 1
