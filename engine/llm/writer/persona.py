"""Invents artists: a name, a life, a voice, a look and habits, unlike anybody else in the fleet."""

from __future__ import annotations

import random
from collections.abc import Sequence

from engine.domain.genres import GENRES, Genre
from engine.domain.likeness import MIN_DISTANCE, folded_name, persona_distance
from engine.domain.persona import Habits, Persona, VisualIdentity
from engine.llm.writer.bank import situations, worlds_of
from engine.llm.writer.biography import GROUP, HE, SHE, THEY, write_biography
from engine.llm.writer.naming import invent_name
from engine.llm.writer.palette import invent_palette
from engine.llm.writer.wordlists import read

_TONICS_MINOR = ("A", "E", "D", "B", "C", "F", "G", "F sharp", "C sharp", "B flat", "E flat", "G sharp")
_TONICS_MAJOR = ("C", "G", "D", "A", "E", "F", "B flat", "E flat", "A flat", "D flat", "B")
_TRIES = 24


def invent_persona(seed: int, *, taken: Sequence[Persona], genre: str | None = None) -> Persona:
    """A new artist for a label that has `taken`; equal arguments give the same artist.

    The name is nobody else's, also without case and accents, and the distance to everybody is at least `MIN_DISTANCE`
    or, in a fleet too full for that, the greatest that was found. An unknown genre raises KeyError.
    """
    rng = random.Random(f"persona\x1f{seed}\x1f{genre or ''}")
    chosen = GENRES[genre] if genre else _rarest(taken, rng)
    names = {folded_name(other.name) for other in taken}
    found: Persona | None = None
    widest = -1.0
    for _ in range(_TRIES):
        persona = _draw(chosen, names, rng)
        nearest = min((persona_distance(persona, other) for other in taken), default=1.0)
        if nearest > widest:
            found, widest = persona, nearest
        if widest >= MIN_DISTANCE:
            break
    assert found is not None
    return found


def _rarest(taken: Sequence[Persona], rng: random.Random) -> Genre:
    """One of the genres that the label has fewest artists in."""
    counts = {genre: sum(other.genre == genre for other in taken) for genre in GENRES}
    least = min(counts.values())
    return GENRES[rng.choice([genre for genre, count in counts.items() if count == least])]


def _draw(genre: Genre, names: set[str], rng: random.Random) -> Persona:
    name, group = invent_name(genre.id, names, rng)
    pronouns = GROUP if group else rng.choice((SHE, SHE, HE, HE, THEY))
    sounds = read("sounds", "artists")
    scenes = sounds[f"scene_{genre.id.replace('-', '_')}"]
    habits = _habits(genre, rng)
    return Persona(
        name=name,
        genre=genre.id,
        subgenres=tuple(rng.sample(genre.subgenres, rng.choice((1, 2)))),
        voice=f"{rng.choice(sounds['timbre'])} {rng.choice(sounds['delivery'])} {rng.choice(sounds['manner'])}.",
        traits=tuple(rng.sample(sounds["trait"], rng.choice((3, 4, 4, 5)))),
        biography=write_biography(name, genre.id, pronouns, rng),
        influences=(*rng.sample(scenes, 2), *rng.sample(sounds["scene_any"], rng.choice((1, 2)))),
        visual_identity=_look(genre.id, rng),
        habits=habits,
        themes=_themes(genre.id, rng),
        never=_never(habits, rng),
    )


def _habits(genre: Genre, rng: random.Random) -> Habits:
    """A part of the genre's tempo range, and the artist's keys."""
    whole = genre.tempo_max - genre.tempo_min
    width = max(4, round(whole * rng.uniform(0.5, 0.9)))
    low = genre.tempo_min + rng.randint(0, whole - min(width, whole))
    keys: list[str] = []
    wanted = rng.choice((3, 4, 4, 5))
    while len(keys) < wanted:
        minor = rng.random() < genre.minor
        key = f"{rng.choice(_TONICS_MINOR if minor else _TONICS_MAJOR)} {'minor' if minor else 'major'}"
        if key not in keys:
            keys.append(key)
    return Habits(low, min(low + width, genre.tempo_max), tuple(keys))


def _look(genre: str, rng: random.Random) -> VisualIdentity:
    looks = read("looks", "artists")
    return VisualIdentity(
        palette=invent_palette(genre, rng),
        keywords=tuple(rng.sample(looks["keyword"], rng.choice((3, 4)))),
        motif=f"{rng.choice(looks['object'])} {rng.choice(looks['setting'])}",
    )


def _themes(genre: str, rng: random.Random) -> tuple[str, ...]:
    """Where the artist's songs play, and what they are about."""
    places = [world.label for world in worlds_of(genre)]
    matters = [situation.label for situation in situations().values()]
    rng.shuffle(places)
    return (*places[: rng.choice((1, 2))], *rng.sample(matters, rng.choice((4, 5, 6))))


def _never(habits: Habits, rng: random.Random) -> tuple[str, ...]:
    refusals = read("refusals", "artists")
    kinds = rng.sample(("tempo", "sound", "words", "manners", "manners"), rng.choice((2, 3, 3, 4)))
    chosen = [rng.choice(refusals[kind]) for kind in kinds]
    numbers = {"top": str(habits.tempo_max + 2), "floor": str(habits.tempo_min - 2)}
    return tuple(dict.fromkeys(sentence.format(**numbers) for sentence in chosen))
