"""Invents artists: a name, a life, a voice, a look and habits, unlike anybody else in the fleet."""

from __future__ import annotations

import random
from collections.abc import Sequence

from engine.domain.genres import GENRES, Genre
from engine.domain.likeness import MIN_DISTANCE, folded_name, persona_distance, shared_share
from engine.domain.persona import Habits, Persona, VisualIdentity
from engine.llm.writer.bank import situations, worlds_of
from engine.llm.writer.biography import GROUP, HE, SHE, THEY, Pronouns, inflected, write_biography
from engine.llm.writer.naming import invent_name
from engine.llm.writer.palette import invent_palette
from engine.llm.writer.wordlists import read

_TONICS_MINOR = ("A", "E", "D", "B", "C", "F", "G", "F sharp", "C sharp", "B flat", "E flat", "G sharp")
_TONICS_MAJOR = ("C", "G", "D", "A", "E", "F", "B flat", "E flat", "A flat", "D flat", "B")
_TRIES = 24
_TOLD = 60
"""Biographies of the newest artists that a new one must not sound like."""


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
        persona = _draw(chosen, names, taken, rng)
        nearest = min((persona_distance(persona, other) - shared_share(persona, other) for other in taken), default=1.0)
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


def _draw(genre: Genre, names: set[str], taken: Sequence[Persona], rng: random.Random) -> Persona:
    name, group = invent_name(genre.id, names, rng)
    pronouns = GROUP if group else rng.choice((SHE, SHE, HE, HE, THEY))
    sounds = read("sounds", "artists")
    scenes = sounds[f"scene_{genre.id.replace('-', '_')}"]
    habits = _habits(genre, rng)
    return Persona(
        name=name,
        genre=genre.id,
        subgenres=tuple(rng.sample(genre.subgenres, rng.choice((1, 2)))),
        voice=_voice(pronouns, rng),
        traits=tuple(rng.sample(sounds["trait"], rng.choice((3, 4, 4, 5)))),
        biography=write_biography(name, genre.id, pronouns, [other.biography for other in taken[-_TOLD:]], rng),
        influences=(*rng.sample(scenes, 2), *rng.sample(sounds["scene_any"], rng.choice((1, 2)))),
        visual_identity=_look(genre.id, rng),
        habits=habits,
        themes=_themes(genre.id, rng),
        never=_never(genre.id, habits, rng),
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


def _voice(pronouns: Pronouns, rng: random.Random) -> str:
    """How the artist sings, in one sentence that agrees in number: voices that lean, a voice that leans."""
    sounds = read("sounds", "artists")
    whose = {SHE: "high", HE: "low"}.get(pronouns, "any")
    several = pronouns is GROUP and rng.random() < 0.6
    timbres = sounds["timbre_several"] if several else (*sounds[f"timbre_{whose}"], *sounds["timbre_any"])
    delivery, manner = rng.choice(sounds["delivery"]), rng.choice(sounds["manner"])
    return inflected(f"{rng.choice(timbres)} that {delivery} and {manner}.", plural=several)


def _never(genre: str, habits: Habits, rng: random.Random) -> tuple[str, ...]:
    """Two to four refusals that mean something for this artist: none that the genre makes absurd or the keys empty."""
    refusals = read("refusals", "artists")
    out = {row.split(":")[0]: set(row.split(":")[1].split()) for row in refusals["absurd"]}
    modes = {key.rsplit(" ", 1)[-1] for key in habits.keys}
    pools = {
        "sound": [rule for rule in refusals["sound"] if genre not in out.get(rule, ())],
        "form": [rule for rule in refusals["form"] if genre not in out.get(rule, ())],
        "words": list(refusals["words"]),
        "manners": list(refusals["manners"]),
    }
    if len(modes) == 1:
        pools["sound"].append("no minor keys" if modes == {"major"} else "no major keys")
    kinds = rng.sample(("sound", "form", "words", "manners", "manners"), rng.choice((2, 3, 3, 4)))
    return tuple(dict.fromkeys(rng.choice(pools[kind]) for kind in kinds))
