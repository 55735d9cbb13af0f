"""What an operator types to narrow the error groups beyond their words: state, class and time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.domain.listing import Wanted
from engine.domain.repair import OPEN_STATES, Cause, GroupState

COLUMNS = ("error", "message", "where", "state", "class", "since", "last")
"""The names that count in a filter of errors: `wanted(typed, COLUMNS)`."""
UNDIAGNOSED = "none"
"""The class of what has no diagnosis yet."""

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"0*([0-9]{1,4})([mhdw])")
_TOO_LONG = re.compile(r"[0-9]+([mhdw])")


@dataclass(frozen=True, slots=True)
class ErrorScope:
    """Which groups are looked at: None leaves all through, an empty tuple none. "" among the causes: no diagnosis.

    `words` is what remains to be sought in type, message and part.
    """

    words: Wanted = field(default_factory=Wanted)
    states: tuple[GroupState, ...] | None = None
    causes: tuple[str, ...] | None = None
    since: datetime | None = None


def span(text: str) -> timedelta | None:
    """`30m`, `24h`, `2d` or `1w`; None for anything else."""
    found = _SPAN.fullmatch(text.strip().casefold())
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def why_no_span(text: str, example: str) -> str:
    """Why `span` does not take a text, and what it takes instead."""
    if span(text) is None and (long := _TOO_LONG.fullmatch(text.strip().casefold())):
        return f"that is too long: 9999{long[1]} is the longest in {_UNITS[long[1]]}, and 9999w of all"
    return f"a span is a number with m, h, d or w behind it, such as {example}"


def states_of(values: Iterable[str]) -> tuple[GroupState, ...]:
    """The states that hold one of the values, such as `trial` or `patch ready`; `open` is all that wants attention."""
    typed = [_plain(value) for value in values]
    named = {state for state in GroupState if any(value in _plain(state) for value in typed)}
    also = set(OPEN_STATES) if "open" in typed else set()
    return tuple(state for state in GroupState if state in named | also)


def causes_of(values: Iterable[str]) -> tuple[str, ...]:
    """The classes that hold one of the values; `none` is what has no diagnosis yet."""
    typed = [_plain(value) for value in values]
    named = [str(cause) for cause in Cause if any(value in cause for value in typed)]
    return (*named, "") if UNDIAGNOSED in typed else tuple(named)


def scope_of(sought: Wanted, now: datetime) -> ErrorScope:
    """Takes `state:`, `class:` and `since:` (or `last:`) out of a filter. What cannot be read leaves nothing through.

    Of several spans the shortest counts.
    """
    columns = dict(sought.columns)
    states, causes = columns.pop("state", None), columns.pop("class", None)
    spans = [span(value) for value in (*columns.pop("since", ()), *columns.pop("last", ()))]
    unreadable = None in spans
    return ErrorScope(
        Wanted(sought.words, sought.unwanted, columns),
        () if unreadable else None if states is None else states_of(states),
        None if causes is None else causes_of(causes),
        max((now - each for each in spans if each is not None), default=None),
    )


def _plain(text: str) -> str:
    return text.casefold().replace("_", " ").replace("-", " ").strip()
