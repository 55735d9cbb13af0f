"""Plans a song: what it is about, how it should sound, and what earlier songs taught."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.domain.genres import GENRES
from engine.domain.learning import Judgement, Lesson
from engine.domain.persona import Persona
from engine.domain.song import Catalogue, Concept
from engine.domain.trends import Trend, leading
from engine.llm.writer.bank import Situation, World
from engine.llm.writer.diction import Filler, diction_of
from engine.llm.writer.knobs import Plan, apply_judgements, apply_lessons, apply_parameters
from engine.llm.writer.limits import limits_of
from engine.llm.writer.memory import Memory
from engine.llm.writer.setting import choose_setting, names
from engine.llm.writer.titles import new_title

_ENERGY = {
    "synthwave": 0.6,
    "house": 0.75,
    "techno": 0.8,
    "drum-and-bass": 0.85,
    "lofi": 0.3,
    "ambient": 0.2,
    "phonk": 0.85,
    "trap": 0.7,
    "indie-pop": 0.6,
    "rock": 0.8,
    "folk": 0.4,
    "funk": 0.75,
    "reggae": 0.5,
    "hyperpop": 0.9,
}


def write_concept(
    persona: Persona,
    seed: int,
    *,
    judgements: Sequence[Judgement],
    lessons: Sequence[Lesson],
    catalogue: Catalogue,
    parameters: Mapping[str, str],
    earlier: Concept | None = None,
    trends: Sequence[Trend] = (),
) -> Concept:
    """The artist's next song; equal arguments give the same one. `judgements` and `lessons` come newest first.

    The plan starts from the artist's habits; lessons move it, then people's reasons, the newest last, so that they
    weigh most; set `parameters` (an experiment's variant) win over both. `tempo` (`+6` or `102`) and `energy` (`-0.1`
    or `0.7`) are read from them too. Nothing leaves the artist's habits or what the persona never does. The title is
    none of the catalogue's, and of the artist's themes one is taken that the label has sung about least.

    Where one of the artist's own themes rises in `trends`, it comes first among them.

    With `earlier` it is that song planned anew: title, story and key stay, and the plan moves on from where it was.
    """
    rng = random.Random(f"concept\x1f{seed}")
    if earlier is not None:
        return _anew(earlier, persona, lessons, judgements, parameters)
    rising = leading([trend for trend in trends if trend.term in {theme.casefold() for theme in persona.themes}])
    world, situation = choose_setting(persona, Memory(catalogue.songs), rng, first=rising.term if rising else None)
    plan = Plan(
        tempo=_tempo(persona, rng),
        energy=_energy(persona.genre, situation, rng),
        key=rng.choice(_keys(persona)),
        habits=persona.habits,
        limits=limits_of(persona),
        home_energy=_ENERGY.get(persona.genre, 0.5),
    )
    apply_lessons(plan, lessons)
    apply_judgements(plan, judgements)
    apply_parameters(plan, parameters)
    told = [_told(rising)] if rising and names(rising.term, world, situation) else []
    return Concept(
        title=new_title(world, situation, catalogue.titles, rng),
        premise=_premise(persona, world, situation, rng),
        mood=" and ".join(rng.sample(situation.moods, 2)),
        themes=(situation.label, world.label),
        energy=round(plan.energy, 2),
        tempo_bpm=plan.tempo,
        key=plan.key,
        parameters=dict(plan.parameters),
        adjustments=(*told, *plan.adjustments),
    )


def _told(rising: Trend) -> str:
    seen = f"score {rising.score:+.2f}, {rising.confidence:.0%} sure"
    return f"Theme {rising.term!r} comes first: it rises at {', '.join(rising.sources)} ({seen})."


def _anew(
    earlier: Concept,
    persona: Persona,
    lessons: Sequence[Lesson],
    judgements: Sequence[Judgement],
    parameters: Mapping[str, str],
) -> Concept:
    """The same song once more: title, story and key stay, the plan moves on from where it was."""
    plan = Plan(
        tempo=earlier.tempo_bpm,
        energy=earlier.energy,
        key=earlier.key,
        habits=persona.habits,
        limits=limits_of(persona),
        home_energy=_ENERGY.get(persona.genre, 0.5),
    )
    apply_lessons(plan, lessons)
    apply_judgements(plan, judgements)
    apply_parameters(plan, parameters)
    return replace(
        earlier,
        energy=round(plan.energy, 2),
        tempo_bpm=plan.tempo,
        key=plan.key,
        parameters=dict(plan.parameters),
        adjustments=tuple(plan.adjustments),
    )


def _tempo(persona: Persona, rng: random.Random) -> int:
    low, high = persona.habits.tempo_min, persona.habits.tempo_max
    return round(rng.triangular(low, high, (low + high) / 2))


def _energy(genre: str, situation: Situation, rng: random.Random) -> float:
    energy = 0.65 * _ENERGY.get(genre, 0.5) + 0.35 * situation.energy + rng.uniform(-0.06, 0.06)
    return min(0.95, max(0.1, energy))


def _keys(persona: Persona) -> tuple[str, ...]:
    """The artist's keys, without modes that they never use."""
    banned = limits_of(persona).modes
    keys = tuple(key for key in persona.habits.keys if not any(mode in key.lower() for mode in banned))
    if keys:
        return keys
    genre = GENRES.get(persona.genre)
    return persona.habits.keys or (("A minor",) if genre is None or genre.minor >= 0.5 else ("C major",))


def _premise(persona: Persona, world: World, situation: Situation, rng: random.Random) -> str:
    return Filler(diction_of(persona, world), rng)(rng.choice(situation.premises))
