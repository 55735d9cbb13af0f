"""Four lines that rhyme, scan and do not repeat themselves: candidates are drawn and the best one is kept."""

from __future__ import annotations

import random
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.domain.prosody import line_stresses
from engine.llm.writer.bank import Couplet
from engine.llm.writer.rhyme import end_word

TRIES = 40
JITTER = 3.0
"""How far chance may outweigh small faults, so that the same few perfect stanzas do not always win."""
SPREAD = 2
"""Most syllables that the lines of a stanza may differ by."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as sung. `beats` are the syllables that a voice leans on, `words` those that carry meaning."""

    text: str
    syllables: int
    beats: int
    end: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two lines that rhyme and say one thing: nothing comes between them."""

    first: Line
    second: Line

    @property
    def lines(self) -> tuple[Line, Line]:
        return self.first, self.second


@dataclass(slots=True)
class Used:
    """What the song has said so far."""

    lines: set[str]
    ends: Counter[str]
    words: Counter[str]

    def add(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.lines.add(line.text)
            self.ends[line.end] += 1
            self.words.update(line.words)


@lru_cache(maxsize=16384)
def measure(text: str) -> Line:
    """The line with its counts."""
    stresses = line_stresses(text)
    words = frozenset(word for word in re.findall(r"[a-z]{4,}", text.lower()) if word not in _COMMON)
    return Line(text, len(stresses), sum(stresses), end_word(text), words)


def pairs(couplets: Sequence[Couplet], fill: Callable[[str], str]) -> tuple[Pair, ...]:
    """The couplets with their slots filled."""
    return tuple(Pair(measure(fill(c.first)), measure(fill(c.second))) for c in couplets)


def best(candidates: Iterator[tuple[Line, ...]], used: Used, rng: random.Random) -> tuple[Line, ...]:
    """The candidate with the lowest cost; equal ones are told apart by chance. Raises ValueError if there is none."""
    return min(candidates, key=lambda lines: cost(lines, used) + JITTER * rng.random())


def cost(lines: Sequence[Line], used: Used) -> float:
    """How much is wrong with a stanza: uneven lines, repeated words, repeated beginnings, lines said before."""
    counts = [line.syllables for line in lines]
    spread = max(counts) - min(counts)
    total = spread + (40.0 * (spread - SPREAD) if spread > SPREAD else 0.0)
    total += statistics.pstdev([line.beats for line in lines]) + sum(abs(line.beats - 4) > 1 for line in lines)
    total += 30.0 * sum(line.text in used.lines for line in lines) + 30.0 * (len(lines) - len({x.text for x in lines}))
    total += 4.0 * _repeats(line.end for line in lines) + 1.5 * sum(used.ends[line.end] for line in lines)
    total += 2.5 * _repeats(word for line in lines for word in line.words)
    total += 0.4 * sum(used.words[word] for line in lines for word in line.words)
    total += 1.5 * _repeats(_beginning(line, 1) for line in lines) + 3.0 * _repeats(
        _beginning(line, 2) for line in lines
    )
    return total


def _beginning(line: Line, words: int) -> str:
    return " ".join(line.text.lower().split()[:words])


def _repeats(items: Iterable[str]) -> int:
    return sum(count - 1 for count in Counter(items).values())


_COMMON = frozenset(
    [
        *("about", "again", "always", "been", "before", "comes", "every", "from", "have", "here", "into", "just"),
        *("know", "like", "little", "more", "much", "never", "nothing", "only", "over", "said", "says", "some"),
        *("something", "still", "than", "that", "them", "then", "there", "they", "thing", "this", "through", "time"),
        *("under", "until", "upon", "very", "want", "were", "what", "when", "where", "will", "with", "would", "your"),
    ]
)
