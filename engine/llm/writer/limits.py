"""What an artist never does, read from the persona's own sentences where it has a musical meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.domain.persona import Persona
from engine.llm.writer.wordlists import terms

_TEMPO_MAX = re.compile(r"(?:above|over|faster than|more than|beyond|past)\s+(\d{2,3})")
_TEMPO_MIN = re.compile(r"(?:below|under|slower than|less than)\s+(\d{2,3})")
_MODE = re.compile(r"\b(major|minor)\b")
_SAYS = re.compile(
    r"(?:mentions?|says?|uses? the words?|sings? (?:about|of)|songs? about|writes? about|names?|the words?)\s+(.+)"
)
_WORD = re.compile(r"[a-z]{3,}")
_IDLE = terms("the and any her his its own real again word words names name people person one")
_KNOBS = {
    ("arrangement", "dense"): ("dense", "crowded", "crowds", "busy", "wall of sound", "overload"),
    ("arrangement", "sparse"): ("sparse", "empty arrangement", "bare arrangement"),
    ("brightness", "bright"): ("bright", "shrill", "harsh", "glossy"),
    ("brightness", "warm"): ("muffled", "dull", "warm mix"),
    ("groove", "loose"): ("loose groove", "swing", "shuffle"),
    ("groove", "straight"): ("rigid", "quantised", "straight groove"),
    ("melody", "leaping"): ("leaping", "show-off", "acrobatic"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds from `Persona.never`. Tempo in beats per minute; `knobs` are (parameter, value) that are out."""

    tempo_min: int = 0
    tempo_max: int = 999
    modes: frozenset[str] = frozenset()
    knobs: frozenset[tuple[str, str]] = frozenset()
    words: frozenset[str] = frozenset()

    def forbids(self, *lines: str) -> bool:
        """Whether one of the words that are never used stands in the lines, also with an ending: `tear`, `tears`."""
        if not self.words:
            return False
        found = set(_WORD.findall(" ".join(lines).lower()))
        return any(word in found or f"{word}s" in found for word in self.words)


def limits_of(persona: Persona) -> Limits:
    """The limits in the persona's `never`: sentences that say nothing musical set none."""
    lowest, highest = 0, 999
    modes: set[str] = set()
    knobs: set[tuple[str, str]] = set()
    words: set[str] = set()
    for sentence in persona.never:
        text = sentence[:400].lower()
        highest = min([highest, *(int(found) for found in _TEMPO_MAX.findall(text))])
        lowest = max([lowest, *(int(found) for found in _TEMPO_MIN.findall(text))])
        if "key" in text or "chord" in text or "mode" in text:
            modes |= set(_MODE.findall(text))
        knobs |= {knob for knob, signs in _KNOBS.items() if any(sign in text for sign in signs)}
        if said := _SAYS.search(text):
            words |= set(_WORD.findall(said[1])) - _IDLE
    if lowest > highest:
        lowest = 0
    return Limits(
        lowest, highest, frozenset(modes) if len(modes) < 2 else frozenset(), frozenset(knobs), frozenset(words)
    )
