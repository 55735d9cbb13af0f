"""How alike two artists are: what keeps a fleet from filling up with copies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from engine.domain.persona import Palette, Persona, Problem

MIN_DISTANCE = 0.35
"""Two artists of one label are at least this far apart (`persona_distance`)."""

PHRASE = 6
"""Words in a row that two biographies share by more than chance."""

MAX_SHARED = 0.4
"""A biography of which more stands word for word in another one is a copy."""

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss", "0": "o"})


def folded_name(name: str) -> str:
    """What two names are compared by: letters and digits without case, accents and ornaments (`NØVA` and `nova`)."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    return "".join(char for char in decomposed if char.isalnum()) or name.casefold()


def persona_distance(one: Persona, other: Persona) -> float:
    """From 0 (a copy) to 1 (nothing in common), over everything that a listener could notice.

    A weighted mean: biography 0.2, themes 0.15, influences 0.15, look 0.15, traits 0.1, voice 0.1, genre and subgenre
    0.1, tempo 0.05. Word sets are compared by Jaccard's index, colours by their distance in sRGB.
    """
    return (
        0.20 * _apart(_words(one.biography), _words(other.biography))
        + 0.15 * _apart(one.themes, other.themes)
        + 0.15 * _apart(one.influences, other.influences)
        + 0.15 * _look(one, other)
        + 0.10 * _apart(one.traits, other.traits)
        + 0.10 * _apart(_words(one.voice), _words(other.voice))
        + 0.10 * (1.0 if one.genre != other.genre else 0.5 * _apart(one.subgenres, other.subgenres))
        + 0.05 * _tempo(one, other)
    )


def shared_phrases(one: Persona, other: Persona) -> tuple[str, ...]:
    """The stretches of at least `PHRASE` words that both biographies have, names aside: how a copied sentence shows."""
    first, second = _told(one), _told(other)
    known = {tuple(second[at : at + PHRASE]) for at in range(len(second) - PHRASE + 1)}
    found, at = [], 0
    while at <= len(first) - PHRASE:
        end = at
        while tuple(first[end : end + PHRASE]) in known:
            end += 1
        if end > at:
            found.append(" ".join(first[at : end - 1 + PHRASE]))
            at = end + PHRASE - 1
        else:
            at += 1
    return tuple(found)


def shared_share(one: Persona, other: Persona) -> float:
    """The part of one's biography, 0 to 1, that stands in the other's word for word (`shared_phrases`)."""
    return sum(len(phrase.split()) for phrase in shared_phrases(one, other)) / max(1, len(_told(one)))


def same_artist(one: Persona, other: Persona) -> bool:
    """Whether two artists would be taken for one: too close in style, or lives told in the same sentences."""
    return persona_distance(one, other) < MIN_DISTANCE or shared_share(one, other) > MAX_SHARED


class Sieve:
    """One persona against a long fleet: what is stored of another artist, looked at as briefly as it allows.

    It lets through everybody whom `clashes` could object to, and few others.
    """

    def __init__(self, persona: Persona) -> None:
        self._name = folded_name(persona.name)
        self._genre = persona.genre
        self._told = _told(persona)
        self._lists = [
            (weight, name, frozenset(item.casefold() for item in getattr(persona, name)))
            for weight, name in ((0.15, "themes"), (0.15, "influences"), (0.10, "traits"))
        ]

    def keeps(self, stored: Mapping[str, Any]) -> bool:
        """Whether this one (a persona as `codec.dump` writes it) has to be compared in full."""
        apart = 0.0
        for weight, name, mine in self._lists:
            apart += weight * _apart_folded(mine, {item.casefold() for item in stored[name]})
        if stored["genre"] != self._genre:
            apart += 0.10
        return (
            apart < MIN_DISTANCE
            or _may_share(self._told, stored["biography"][:4_000].casefold())
            or folded_name(stored["name"]) == self._name
        )


def _may_share(words: Sequence[str], text: str) -> bool:
    """Whether every word of some stretch of `PHRASE` occurs in the text; without one, no phrase is shared."""
    at = 0
    while at <= len(words) - PHRASE:
        missing = next((place for place in range(at + PHRASE - 1, at - 1, -1) if words[place] not in text), None)
        if missing is None:
            return True
        at = missing + 1
    return False


def clashes(persona: Persona, others: Iterable[Persona], *, before: Persona | None = None) -> list[Problem]:
    """What other artists of the label have already: this name, or this persona with few changes.

    Where `before` was as near to one of them, a change that brings it no nearer is none of its business.
    """
    found, name = [], folded_name(persona.name)
    for other in others:
        if folded_name(other.name) == name:
            found.append(Problem("name", f"is the name of another artist, {other.name}"))
        elif same_artist(persona, other) and (before is None or _nearer(persona, other, before)):
            found.append(Problem("biography", f"and all the rest make it a near copy of {other.name}"))
    return found


def _nearer(persona: Persona, other: Persona, before: Persona) -> bool:
    """Whether a change brought it nearer to the other."""
    if not same_artist(before, other):
        return True
    return persona_distance(persona, other) < persona_distance(before, other) or (
        shared_share(persona, other) > shared_share(before, other)
    )


def _told(persona: Persona) -> list[str]:
    return re.findall(r"[\w']+", persona.biography[:4_000].replace(persona.name, " ").casefold())


def _apart(one: Iterable[str], other: Iterable[str]) -> float:
    return _apart_folded({item.casefold() for item in one}, {item.casefold() for item in other})


def _apart_folded(first: Set[str], second: Set[str]) -> float:
    both = len(first & second)
    union = len(first) + len(second) - both
    return 1 - both / union if union else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w{4,}", text[:4_000])


def _look(one: Persona, other: Persona) -> float:
    a, b = one.visual_identity, other.visual_identity
    motif = 0.0 if a.motif.casefold() == b.motif.casefold() else 1.0
    return 0.6 * _colours(a.palette, b.palette) + 0.2 * motif + 0.2 * _apart(a.keywords, b.keywords)


def _colours(one: Palette, other: Palette) -> float:
    """Mean distance of the four colours, 1 from 200 steps of 255 on; 1 for a colour that cannot be read."""
    pairs = zip(_rgb(one), _rgb(other), strict=True)
    gaps = [sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5 / 200 if a and b else 1.0 for a, b in pairs]
    return sum(min(1.0, gap) for gap in gaps) / len(gaps)


def _rgb(palette: Palette) -> list[tuple[int, ...]]:
    found = []
    for value in (palette.ground, palette.shade, palette.glow, palette.ink):
        match = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", value)
        found.append(tuple(int(part, 16) for part in match.groups()) if match else ())
    return found


def _tempo(one: Persona, other: Persona) -> float:
    gap = abs(one.habits.tempo_min + one.habits.tempo_max - other.habits.tempo_min - other.habits.tempo_max) / 2
    return min(1.0, gap / 40)
