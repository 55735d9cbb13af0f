"""Which word was meant: one slip of the finger is forgiven in any word of four letters and more, some in a long one.

A slip is a letter that is missing, that is one too many or another one, or two that changed places (Damerau, 1964).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from string import ascii_lowercase

LEAST = 4
"""Shorter words are taken as they are typed: too many words are a slip away from them."""

ALIKE = 0.75
"""From this likeness on a word passes for the one that was meant."""

_ONE_SLIP = 0.9
_BEGINS = 0.85
_LONG = 6
"""From so many letters on, words that share most of them are alike too."""

_WORDS = re.compile(r"\w+")


def one_slip(word: str, other: str) -> bool:
    """Whether exactly one slip lies between two words."""
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    same, shorter = 0, min(len(word), len(other))
    while same < shorter and word[same] == other[same]:
        same += 1
    rest, others = word[same:], other[same:]
    if len(rest) != len(others):
        return rest[1:] == others or rest == others[1:]
    return rest[1:] == others[1:] or (rest[:2] == others[1::-1] and rest[2:] == others[2:])


def corrections(word: str) -> frozenset[str]:
    """Every word that lies one slip away, as far as letters of the Latin alphabet were missed or mistaken."""
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    swapped = (left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1)
    dropped = (left + right[1:] for left, right in halves if right)
    replaced = (left + letter + right[1:] for left, right in halves if right for letter in ascii_lowercase)
    added = (left + letter + right for left, right in halves for letter in ascii_lowercase)
    return frozenset((*swapped, *dropped, *replaced, *added)) - {word}


class Likeness:
    """How near texts come to some words. What it learns of a text's words it keeps: many texts share them."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(words)
        self._known: dict[tuple[str, str], float] = {}

    def of(self, text: str) -> float:
        """0..1 for a text in small letters: that of the word it is farthest from. 0 without any word."""
        parts = _WORDS.findall(text)
        return min((1.0 if word in text else self._nearest(word, parts) for word in self._words), default=0.0)

    def _nearest(self, word: str, parts: Sequence[str]) -> float:
        best = 0.0
        for part in parts:
            known = self._known.get((word, part))
            if known is None:
                known = self._known[word, part] = _likeness(word, part)
            best = max(best, known)
        return best


def forgiven(word: str, part: str) -> float:
    """How near a word comes to one, or to its beginning, that lies a slip away; 0 for others and for short words."""
    if len(word) < LEAST:
        return 0.0
    if one_slip(word, part):
        return _ONE_SLIP
    begins = any(one_slip(word, part[:end]) for end in range(len(word) - 1, len(word) + 2) if LEAST <= end < len(part))
    return _BEGINS if begins else 0.0


def _likeness(word: str, part: str) -> float:
    if slip := forgiven(word, part):
        return slip
    both = len(word) + len(part)
    if len(word) < _LONG or 2 * min(len(word), len(part)) < ALIKE * both:
        return 0.0
    matcher = SequenceMatcher(None, part, word, autojunk=False)
    return ratio if matcher.quick_ratio() >= ALIKE and (ratio := matcher.ratio()) >= ALIKE else 0.0
