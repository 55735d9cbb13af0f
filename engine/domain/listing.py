"""What an operator types to narrow a list: words, `column:value` and `!word`; and the orders that lists have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from engine.domain.slips import ALIKE, Likeness

T = TypeVar("T")


class RunOrder(StrEnum):
    """Orders of the run list."""

    NEWEST = "newest"
    OLDEST = "oldest"
    TITLE = "song"
    ARTIST = "artist"
    STATE = "state"
    LONGEST = "took"


class ArtistOrder(StrEnum):
    """Orders of the roster."""

    BIRTH = "birth"
    NAME = "name"
    STATE = "state"
    GENRE = "genre"
    LAST_RUN = "last run"
    RATE = "rate"


class ApprovalOrder(StrEnum):
    """Orders of the queue for review."""

    WAITING = "waiting"
    TITLE = "song"
    ARTIST = "artist"


class ReleaseOrder(StrEnum):
    """Orders of the releases."""

    NEWEST = "newest"
    TITLE = "song"
    ARTIST = "artist"


class ErrorOrder(StrEnum):
    """Orders of the error groups."""

    NEWEST = "newest"
    TYPE = "error"
    PART = "where"
    COUNT = "times"
    STATE = "state"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter as typed: all `words` somewhere, none of `unwanted`, and each column with one of its values."""

    words: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.words or self.unwanted or self.columns)


def fits(sought: Wanted, texts: Mapping[str, str]) -> bool:
    """Whether a row with these texts, by column, is wanted."""
    whole = " ".join(texts.values()).casefold()
    return (
        all(word in whole for word in sought.words)
        and not any(word in whole for word in sought.unwanted)
        and all(
            any(value in texts.get(name, "").casefold() for value in values) for name, values in sought.columns.items()
        )
    )


def near(sought: Wanted, texts: Iterable[tuple[T, str]]) -> list[T]:
    """What comes near enough to every word, nearest first; each comes with its text, by which it is judged."""
    likeness = Likeness(sought.words)
    scored = [(score, each) for each, text in texts if (score := likeness.of(text.casefold())) >= ALIKE]
    return [each for _, each in sorted(scored, key=lambda pair: -pair[0])]


def wanted(typed: str, columns: Iterable[str] = ()) -> Wanted:
    """Reads `tram state:failed,packaged !ferry`. A `name:` that is no column is a word like any other."""
    known = frozenset(columns)
    words: list[str] = []
    unwanted: list[str] = []
    found: dict[str, tuple[str, ...]] = {}
    for part in typed.casefold().split():
        name, colon, value = part.partition(":")
        if colon and name in known:
            values = tuple(one for one in value.split(",") if one)
            if values:
                found[name] = (*found.get(name, ()), *values)
        elif part.startswith("!"):
            unwanted += [part[1:]] if part[1:] else []
        else:
            words.append(part)
    return Wanted(tuple(words), tuple(unwanted), found)
