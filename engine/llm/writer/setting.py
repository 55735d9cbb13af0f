"""Which world a song plays in and what it is about, found by the words of its themes."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import TypeVar

from engine.domain.persona import Persona
from engine.llm.writer.bank import Situation, World, situations, worlds, worlds_of
from engine.llm.writer.memory import NEVER, Memory

S = TypeVar("S", World, Situation)


def setting_of(persona: Persona, themes: Sequence[str], rng: random.Random) -> tuple[World, Situation]:
    """The world and the situation that `themes` name, else the persona's own themes, else by chance in the genre."""
    own = worlds_of(persona.genre)
    world = _named(tuple(worlds().values()), themes) or _named(own, persona.themes) or rng.choice(own)
    every = tuple(situations().values())
    situation = _named(every, themes) or _named(every, persona.themes) or rng.choice(every)
    return world, situation


def choose_setting(
    persona: Persona, memory: Memory, rng: random.Random, *, first: str | None = None
) -> tuple[World, Situation]:
    """A world and a situation for a new song, out of the persona's themes; by chance where they name none.

    Of several that comes first of which the label has sung least; before that, those that the theme `first` names.
    """
    own = worlds_of(persona.genre)
    named_worlds = [world for world in worlds().values() if _speaks_of(persona.themes, world)]
    named = [situation for situation in situations().values() if _speaks_of(persona.themes, situation)]
    if first is not None:
        named_worlds = [world for world in named_worlds if _speaks_of([first], world)] or named_worlds
        named = [situation for situation in named if _speaks_of([first], situation)] or named
    return _least_sung(named_worlds or own, memory, rng), _least_sung(named or [*situations().values()], memory, rng)


def names(theme: str, world: World, situation: Situation) -> bool:
    """Whether the song that plays there is about the theme."""
    return _speaks_of([theme], world) or _speaks_of([theme], situation)


def _least_sung(sources: Sequence[S], memory: Memory, rng: random.Random) -> S:
    """One of those of whose lines the greatest part is unsung still."""
    left = [_unsung(source, memory) for source in sources]
    return rng.choice([source for source, share in zip(sources, left, strict=True) if share == max(left)])


def _unsung(source: World | Situation, memory: Memory) -> float:
    told = source.opening if isinstance(source, World) else source.setup
    written = [*told, *source.chorus, *(couplet for quatrain in source.bridge for couplet in quatrain)]
    return sum(memory.age(*couplet.lines) == NEVER for couplet in written) / len(written)


def _speaks_of(themes: Sequence[str], source: S) -> bool:
    return _named([source], themes) is not None


def _named(sources: Sequence[S], themes: Sequence[str]) -> S | None:
    """The source whose label is a theme, or else shares most words with one."""
    wanted = [theme[:200].casefold().strip() for theme in themes[:20]]
    for theme in wanted:
        for source in sources:
            if theme == source.label.casefold():
                return source
    said = {word for theme in wanted for word in _words(theme)}
    scored = [(len(said & _words(f"{source.label} {source.id}")), source) for source in sources]
    score, source = max(scored, key=lambda pair: pair[0])
    return source if score else None


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z]{4,}", text.casefold())}
