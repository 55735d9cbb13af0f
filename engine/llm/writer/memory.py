"""What the label has heard of the writer's own lines, so that none comes again before its turn."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import TypeVar

from engine.domain.song import Lyrics

T = TypeVar("T")

NEVER = 1_000_000
"""The age of a line that nobody has sung."""


class Memory:
    """The lines of the label's recent songs, newest song first: tells how many songs ago one of ours was sung."""

    def __init__(self, songs: Sequence[Lyrics]) -> None:
        self._ages: dict[str, int] = {}
        for age, song in enumerate(songs):
            for section in song.sections:
                for line in section.lines:
                    self._ages.setdefault(folded(line), age)

    def age(self, *templates: str) -> int:
        """How many songs ago one of the lines was sung, its slots filled in any way; `NEVER` if none was."""
        return min((self._age(template) for template in templates), default=NEVER)

    def fresh(self, pool: Iterable[T], templates: Callable[[T], tuple[str, ...]], wanted: int) -> tuple[T, ...]:
        """Those of `pool` that nobody has sung; filled up to `wanted` with those that were sung longest ago."""
        aged = [(self.age(*templates(item)), item) for item in pool]
        unsung = tuple(item for age, item in aged if age == NEVER)
        if len(unsung) >= wanted:
            return unsung
        old = sorted((pair for pair in aged if pair[0] != NEVER), key=lambda pair: -pair[0])
        return (*unsung, *(item for _, item in old[: wanted - len(unsung)]))

    def _age(self, template: str) -> int:
        if "{" not in template:
            return self._ages.get(folded(template), NEVER)
        pattern = _pattern(template)
        return min((age for line, age in self._ages.items() if pattern.fullmatch(line)), default=NEVER)


def folded(line: str) -> str:
    """What two lines are compared by: words without case, accents and punctuation."""
    decomposed = unicodedata.normalize("NFKD", line.casefold())
    kept = "".join(
        char if char.isalnum() else "" if char in "'’" or unicodedata.combining(char) else " " for char in decomposed
    )
    return " ".join(kept.split())


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """`I lent a {thing}` as a pattern over folded lines; the article before a slot may be `an`."""
    pieces = re.split(r"\{\w+\}", template)
    held = [re.escape(folded(piece)).replace(r"\ ", " ") for piece in pieces]
    held = [re.sub(r"\ba$", "an?", piece) for piece in held[:-1]] + held[-1:]
    text = held[0]
    for before, piece in pairwise(held):
        text += (" " if before else "") + ".+" + (" " if piece else "") + piece
    return re.compile(text)
