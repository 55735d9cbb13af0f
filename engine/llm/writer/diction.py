"""How one artist words things: which of a world's words are theirs, and how they write lines down."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

from engine.domain.persona import Persona
from engine.llm.writer.bank import SLOTS, World

_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=(?!one\b|uni|use|eu|u[bk])[aeiouAEIOU])")
_SHARE = 0.7
"""Share of a world's words that one artist uses."""
_LOWER_CASE = {"hyperpop": 0.6, "lofi": 0.4, "ambient": 0.25, "indie-pop": 0.2}


@dataclass(frozen=True, slots=True)
class Diction:
    """Settled habits of one artist."""

    words: dict[str, tuple[str, ...]]
    lower: bool

    def written(self, line: str) -> str:
        """The line as this artist writes it down."""
        line = _ARTICLE.sub(r"\1n ", line)
        return line.lower() if self.lower else line[:1].upper() + line[1:]


def diction_of(persona: Persona, world: World) -> Diction:
    """The artist's diction in a world: the same in every song."""
    rng = random.Random(f"diction\x1f{persona.genre}\x1f{persona.name[:200]}")
    words = {}
    for slot in SLOTS:
        entries = world.slots[slot]
        words[slot] = tuple(rng.sample(entries, max(3, round(len(entries) * _SHARE))))
    return Diction(words, lower=rng.random() < _LOWER_CASE.get(persona.genre, 0.0))


class Filler:
    """Fills the slots of one song: each word once before any comes again, and the song's own light throughout."""

    def __init__(self, diction: Diction, rng: random.Random) -> None:
        self._rounds: dict[str, Iterator[str]] = {
            slot: cycle(rng.sample(entries, len(entries))) for slot, entries in sorted(diction.words.items())
        }
        self._fixed = {"light": next(self._rounds["light"])}

    def __call__(self, template: str) -> str:
        """The template with its slots filled and its first letter raised."""
        line = _SLOT.sub(lambda slot: self._fixed.get(slot[1]) or next(self._rounds[slot[1]]), template)
        line = _ARTICLE.sub(r"\1n ", line)
        return line[:1].upper() + line[1:]
