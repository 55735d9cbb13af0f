"""Artist names in the shapes that labels use: persons, pairs of words, bands, coined words, handles."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator

from engine.domain.likeness import folded_name
from engine.llm.writer.wordlists import WordList, read

_SHAPES = ("person", "pair", "band", "single", "coined", "capitals", "titled", "handle", "initial")
_WEIGHTS = {
    #                 person pair band single coined capitals titled handle initial
    "synthwave": (2, 6, 2, 5, 5, 4, 0, 1, 0),
    "house": (4, 4, 1, 4, 4, 1, 3, 0, 2),
    "techno": (3, 2, 0, 5, 5, 6, 0, 0, 3),
    "drum-and-bass": (1, 3, 1, 5, 5, 4, 1, 1, 2),
    "lofi": (3, 5, 1, 5, 2, 0, 1, 4, 1),
    "ambient": (5, 4, 1, 5, 3, 0, 0, 0, 2),
    "phonk": (0, 2, 0, 2, 5, 8, 1, 2, 0),
    "trap": (3, 1, 0, 2, 5, 4, 3, 2, 2),
    "indie-pop": (4, 5, 5, 3, 1, 0, 1, 3, 0),
    "rock": (2, 4, 8, 3, 1, 1, 1, 0, 0),
    "folk": (8, 3, 4, 2, 0, 0, 1, 0, 2),
    "funk": (2, 4, 4, 1, 2, 1, 7, 0, 0),
    "reggae": (3, 2, 3, 1, 1, 0, 8, 0, 1),
    "hyperpop": (0, 1, 0, 2, 3, 2, 1, 9, 0),
}
_GROUPS = frozenset(("pair", "band"))
_TRIES = 80


def invent_name(genre: str, taken: Collection[str], rng: random.Random) -> tuple[str, bool]:
    """A name whose folded form is not in `taken` (folded forms), and whether it reads like a group's.

    At first also no word of it is in use, since `Paper Orchard` and `Paper Ferry` would be mistaken for one another;
    when the shapes run out a person's name is coined.
    """
    lists = read("names", "artists")
    barred = {folded_name(name.strip()) for entry in lists["avoid"] for name in entry.split(";")} | set(taken)
    for attempt, (name, group) in enumerate(_proposals(genre, lists, rng)):
        key = folded_name(name)
        if key in barred:
            continue
        if attempt < _TRIES // 2 and any(len(w) > 3 and any(folded_name(w) in t for t in taken) for w in name.split()):
            continue
        return name, group
    raise AssertionError("unreachable: proposals do not end")


def _proposals(genre: str, lists: WordList, rng: random.Random) -> Iterator[tuple[str, bool]]:
    weights = _WEIGHTS.get(genre, (1,) * len(_SHAPES))
    for _ in range(_TRIES):
        shape = rng.choices(_SHAPES, weights)[0]
        group = shape == "band" or (shape in _GROUPS and rng.random() < 0.4)
        yield _MAKERS[shape](lists, rng), group
    while True:
        yield f"{rng.choice(lists['given'])} {_coined(lists, rng)}{_coined(lists, rng).lower()}", False


def _person(lists: WordList, rng: random.Random) -> str:
    return f"{rng.choice(lists['given'])} {rng.choice(lists['family'])}"


def _pair(lists: WordList, rng: random.Random) -> str:
    return f"{rng.choice(lists['adjective'])} {rng.choice(lists['noun'])}"


def _band(lists: WordList, rng: random.Random) -> str:
    shape = rng.random()
    if shape < 0.45:
        return f"The {rng.choice(lists['plural'])}"
    if shape < 0.8:
        return f"The {rng.choice(lists['adjective'])} {rng.choice(lists['plural'])}"
    return f"{rng.choice(lists['noun'])} & {rng.choice(lists['plural'])}"


def _single(lists: WordList, rng: random.Random) -> str:
    return rng.choice(lists["single"])


def _coined(lists: WordList, rng: random.Random) -> str:
    parts = [rng.choice(lists["onset"]) + rng.choice(lists["nucleus"]) for _ in range(rng.choice((1, 1, 2)))]
    return ("".join(parts) + rng.choice(lists["coda"])).capitalize()


def _capitals(lists: WordList, rng: random.Random) -> str:
    word = (_coined if rng.random() < 0.6 else _single)(lists, rng).upper()
    change = rng.random()
    if change < 0.35 and len(word) > 4:
        kept = word[0] + "".join(char for char in word[1:] if char not in "AEIOU")
        return kept if 3 <= len(kept) <= 6 else word
    if change < 0.6 and "O" in word:
        return word.replace("O", "Ø", 1)
    return f"{word} {rng.randint(2, 99)}" if change < 0.75 else word


def _titled(lists: WordList, rng: random.Random) -> str:
    return f"{rng.choice(lists['title'])} {rng.choice(lists['titled'])}"


def _handle(lists: WordList, rng: random.Random) -> str:
    first, second = rng.sample(lists["handle"], 2)
    return rng.choice((f"{first}{second}", f"{first} {second}", f"{first}.{second}", f"{first}{rng.randint(2, 99)}"))


def _initial(lists: WordList, rng: random.Random) -> str:
    return f"{rng.choice(lists['given'])[0]}. {rng.choice(lists['family'])}"


_MAKERS: dict[str, Callable[[WordList, random.Random], str]] = {
    "person": _person,
    "pair": _pair,
    "band": _band,
    "single": _single,
    "coined": _coined,
    "capitals": _capitals,
    "titled": _titled,
    "handle": _handle,
    "initial": _initial,
}
