"""Titles: composed from a world's words or taken from a line that a chorus can carry, and read back from their text."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from engine.domain.prosody import line_syllables
from engine.llm.writer.bank import Couplet, Situation, World, situations, worlds
from engine.llm.writer.wordlists import terms
from engine.safety.text import plain

_SMALL = terms("a an and as at but by for from in into like nor of on or past so the till to with")
_PROPER = terms(
    "miami mars january february march april may june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday john's saint st i i'll i'm i've i'd god"
)
_ROMAN = ("II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_NUMBERED = re.compile(r" (?:" + "|".join(_ROMAN) + r"|No\. \d+)$")
_SUNG_SYLLABLES = 7
_SUNG_CHARACTERS = 60


class TitleKind(StrEnum):
    """What a title is, and so how a line can carry it.

    A phrase out of a chorus; a place; a thing that can be held, or any other figure; a state; a time that is spoken
    of (`the dog days`), told by the clock (`four on a Sunday`) or lived through (`before the boats`); or anything.
    """

    HOOK = "hook"
    SPOT = "spot"
    HELD = "held"
    FIGURE = "figure"
    STATE = "state"
    EVENT = "event"
    CLOCK = "clock"
    WHEN = "when"
    ANY = "any"


_SHARES = {
    TitleKind.HOOK: 40,
    TitleKind.SPOT: 16,
    TitleKind.HELD: 11,
    TitleKind.FIGURE: 11,
    TitleKind.STATE: 7,
    TitleKind.EVENT: 6,
    TitleKind.CLOCK: 4,
    TitleKind.WHEN: 5,
}
_COMPOSED = (TitleKind.SPOT, TitleKind.HELD, TitleKind.FIGURE)
_WHOLE = (TitleKind.STATE, TitleKind.EVENT, TitleKind.CLOCK, TitleKind.WHEN)


@dataclass(frozen=True, slots=True)
class Title:
    """A title as read: `sung` is how it stands inside a line; `couplet` the lines that hold a phrase."""

    kind: TitleKind
    sung: str
    couplet: Couplet | None = None


def folded(title: str) -> str:
    """What two titles are compared by: letters and digits without case and accents."""
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    return "".join(char for char in decomposed if char.isalnum())


def new_title(world: World, situation: Situation, used: Collection[str], rng: random.Random) -> str:
    """A title that is not among `used`: when the words run out, an old one is numbered like a second movement."""
    taken = {folded(title) for title in used}
    for title in _proposals(world, situation, rng):
        if folded(title) not in taken:
            return title
    base = next(_proposals(world, situation, rng))
    numbered = (f"{base} {_ROMAN[at]}" if at < len(_ROMAN) else f"{base} No. {at + 2}" for at in range(len(taken) + 1))
    return next(title for title in numbered if folded(title) not in taken)


def _proposals(world: World, situation: Situation, rng: random.Random) -> Iterator[str]:
    parts = world.title_parts
    phrases = [couplet.hook for couplet in (*situation.chorus, *world.chorus) if couplet.hook]
    for _ in range(400):
        kind = rng.choices(tuple(_SHARES), tuple(_SHARES.values()))[0]
        if kind is TitleKind.HOOK:
            yield title_case(rng.choice(phrases))
        elif kind in _COMPOSED:
            first, second = rng.choice(parts["adjective"]), rng.choice(parts[kind])
            if folded(first)[:4] != folded(second)[:4]:
                yield f"{first} {second}"
        else:
            yield rng.choice(parts[kind])


def title_case(phrase: str) -> str:
    """A phrase as a title: small words stay small but at the ends."""
    words = phrase.rstrip(",.").split()
    last = len(words) - 1
    return " ".join(
        word if 0 < at < last and word.lower() in _SMALL else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )


def read_title(title: str) -> Title:
    """What a title is, ours or anybody's: text without meaning to us is sung as it stands, at most seven syllables."""
    text = _NUMBERED.sub("", plain(title, limit=200)).strip()
    key = folded(text)
    if couplet := _phrases().get(key):
        return Title(TitleKind.HOOK, text, couplet)
    for kind in _WHOLE:
        if key in _entries(kind.value):
            return Title(kind, _lowered(text))
    first, _, rest = text.partition(" ")
    if folded(first) in _entries("adjective"):
        for kind in _COMPOSED:
            if folded(rest) in _entries(kind.value):
                return Title(kind, f"the {_lowered(text)}" if kind is TitleKind.SPOT else _lowered(text))
    return Title(TitleKind.ANY, _shortened(text) or "nameless")


@cache
def _phrases() -> dict[str, Couplet]:
    choruses = [world.chorus for world in worlds().values()] + [told.chorus for told in situations().values()]
    return {folded(couplet.hook): couplet for chorus in choruses for couplet in chorus if couplet.hook}


@cache
def _entries(part: str) -> frozenset[str]:
    return frozenset(folded(entry) for world in worlds().values() for entry in world.title_parts[part])


def _lowered(text: str) -> str:
    return " ".join(word if folded(word) in {folded(p) for p in _PROPER} else word.lower() for word in text.split())


def _shortened(text: str) -> str:
    """As many whole words as can be sung in one line; a single endless word is cut."""
    kept: list[str] = []
    for word in text.split():
        if kept and len(line_syllables(" ".join([*kept, word]))) > _SUNG_SYLLABLES:
            break
        kept.append(word)
    sung = " ".join(kept)[:_SUNG_CHARACTERS]
    pieces = line_syllables(sung)
    return sung if len(pieces) <= _SUNG_SYLLABLES else "".join(pieces[:_SUNG_SYLLABLES])
