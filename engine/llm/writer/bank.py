"""The writer's bank: worlds (where a song plays) and situations (what it is about), read from the word lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from engine.llm.writer.wordlists import WordList, names, read

SLOTS = ("light", "sky", "door", "thing", "sound", "place", "ground", "time")
TITLE_PARTS = ("adjective", "held", "figure", "spot", "state", "event", "clock", "when")

_HOOK = re.compile(r"\*([^*]+)\*")


@dataclass(frozen=True, slots=True)
class Couplet:
    """Two lines that rhyme and belong together, slots unfilled; `hook` is the phrase in them that can be a title."""

    first: str
    second: str
    hook: str = ""

    @property
    def lines(self) -> tuple[str, str]:
        return self.first, self.second


Quatrain: TypeAlias = tuple[Couplet, Couplet]
"""Four lines of one thought."""


@dataclass(frozen=True, slots=True)
class World:
    """A place with its words, its sights and its own way of speaking. `genres` are ids of `genres.GENRES`."""

    id: str
    label: str
    genres: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]
    title_parts: dict[str, tuple[str, ...]]
    opening: tuple[Couplet, ...]
    verse: tuple[Couplet, ...]
    chorus: tuple[Couplet, ...]
    bridge: tuple[Quatrain, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """What happens to somebody: how it starts, how it goes on, what the chorus says, and ways to turn it."""

    id: str
    label: str
    moods: tuple[str, ...]
    energy: float
    premises: tuple[str, ...]
    setup: tuple[Couplet, ...]
    complication: tuple[Couplet, ...]
    chorus: tuple[Couplet, ...]
    bridge: tuple[Quatrain, ...]


@cache
def worlds() -> dict[str, World]:
    """Every world by its id."""
    return {name: _world(read(name, "worlds")) for name in names("worlds")}


@cache
def situations() -> dict[str, Situation]:
    """Every situation by its id."""
    return {name: _situation(read(name, "situations")) for name in names("situations")}


def worlds_of(genre: str) -> tuple[World, ...]:
    """The worlds that songs of a genre play in; all of them for a genre that we do not know."""
    every = tuple(worlds().values())
    return tuple(world for world in every if genre in world.genres) or every


def _world(source: WordList) -> World:
    return World(
        id=source.name,
        label=source.field("label"),
        genres=tuple(source.field("genres").split()),
        slots={slot: source[slot] for slot in SLOTS},
        title_parts={part: source[part] for part in TITLE_PARTS},
        opening=_couplets(source["opening"]),
        verse=_couplets(source["verse"]),
        chorus=_couplets(source["chorus"]),
        bridge=tuple(_quatrain(row) for row in source["bridge"]),
    )


def _situation(source: WordList) -> Situation:
    return Situation(
        id=source.name,
        label=source.field("label"),
        moods=tuple(source.field("mood").split(", ")),
        energy=float(source.field("energy")),
        premises=source.all("premise"),
        setup=_couplets(source["setup"]),
        complication=_couplets(source["complication"]),
        chorus=_couplets(source["chorus"]),
        bridge=tuple(_quatrain(row) for row in source["bridge"]),
    )


def _couplets(rows: tuple[str, ...]) -> tuple[Couplet, ...]:
    return tuple(couplet(row) for row in rows)


def couplet(row: str) -> Couplet:
    """`first / *hook* second`; raises ValueError for anything else."""
    first, second = row.split(" / ")
    marked = _HOOK.search(row)
    return Couplet(_HOOK.sub(r"\1", first), _HOOK.sub(r"\1", second), marked[1] if marked else "")


def _quatrain(row: str) -> Quatrain:
    one, two, three, four = row.split(" / ")
    return Couplet(one, two), Couplet(three, four)
