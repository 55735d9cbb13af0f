"""The gateway: who writes for the label. A role's models are asked in order; without any, our own offline writer.

Each call is kept, answered or not, with the prompt and the text of the answer, which is decoded before anybody uses
it: what is kept is what was used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from time import perf_counter
from typing import Generic, TypeVar

from engine.domain.genres import GENRES
from engine.domain.learning import Judgement, Lesson, Reflection
from engine.domain.media import TrackFacts
from engine.domain.models import OFFLINE, Byline, ModelName, Outcome, Role
from engine.domain.persona import Persona
from engine.domain.song import Catalogue, Concept, Lyrics, Timeline
from engine.domain.trends import Trend
from engine.llm import answers, prompting, rules
from engine.llm.chain import Given, Models
from engine.llm.desk import Call
from engine.llm.prompting import Block, Prompt
from engine.llm.writer.concept import write_concept
from engine.llm.writer.form import form
from engine.llm.writer.lyrics import write_lyrics
from engine.llm.writer.persona import invent_persona
from engine.llm.writer.reflection import reflect

T = TypeVar("T")

MODEL = "offline-writer-2"
_TOLD = 20
HEARD = 100
"""Couplets of the label's recent songs that stand in a prompt for lyrics."""


_NOTHING = Catalogue()


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What came back: the value, and who gave it to which prompt."""

    value: T
    role: Role
    provider: str
    model: str
    prompt: Prompt
    answer: str
    latency_ms: int
    cost_microusd: int

    @property
    def byline(self) -> Byline:
        """Who wrote it."""
        return Byline(self.provider, self.model, self.prompt.version)


class Gateway:
    """Asks the models, or the offline writer where there are none. `record` gets every call of the writer, also a
    failed one, before its answer is returned; calls of models are kept by their desk."""

    def __init__(self, record: Callable[[Call], Awaitable[None]], models: Models | None = None) -> None:
        self._record = record
        self._models = models

    async def persona(self, seed: int, *, taken: Sequence[Persona], genre: str | None = None) -> Answer[Persona]:
        """A new artist that differs from everybody in `taken`."""
        fleet = [
            {"name": p.name, "genre": p.genre, "themes": p.themes, "motif": p.visual_identity.motif} for p in taken
        ]
        told = [p.biography for p in reversed(taken[-_TOLD:])]
        wanted = GENRES[genre] if genre else tuple(GENRES.values())
        return await self._ask(
            Role.PERSONA,
            Persona,
            {"genre": wanted, "taken": fleet, "told": told},
            lambda: invent_persona(seed, taken=taken, genre=genre),
            lambda persona: rules.persona_problems(persona, taken),
        )

    async def concept(
        self,
        persona: Persona,
        seed: int,
        *,
        judgements: Sequence[Judgement],
        lessons: Sequence[Lesson],
        catalogue: Catalogue = _NOTHING,
        parameters: Mapping[str, str],
        earlier: Concept | None = None,
        trends: Sequence[Trend] = (),
    ) -> Answer[Concept]:
        """The artist's next song, moved by what people said and what was learnt; both come newest first.

        Its title is none of the catalogue's. With `earlier` it is that song, sent back and planned anew. `trends` are
        of the artist's own terms; they may say which of the artist's themes comes first, and no more.
        """
        values = {
            "persona": _told(persona),
            "judgements": tuple(judgements),
            "lessons": tuple(lessons),
            "used_titles": catalogue.titles,
            "parameters": dict(parameters),
            "earlier": earlier,
            "trends": tuple(trends),
        }

        def write() -> Concept:
            return write_concept(
                persona,
                seed,
                judgements=judgements,
                lessons=lessons,
                catalogue=catalogue,
                parameters=parameters,
                earlier=earlier,
                trends=trends,
            )

        return await self._ask(
            Role.CONCEPT, Concept, values, write, lambda concept: rules.concept_problems(concept, catalogue.titles)
        )

    async def lyrics(
        self,
        persona: Persona,
        concept: Concept,
        seed: int,
        *,
        duration_s: float,
        judgements: Sequence[Judgement] = (),
        lessons: Sequence[Lesson] = (),
        catalogue: Catalogue = _NOTHING,
    ) -> Answer[Lyrics]:
        """Words to the concept, sized for the track; `judgements` and `lessons` (newest first) stand in the prompt.

        No couplet of the catalogue's recent songs comes again while there are others.
        """
        values = {
            "persona": _told(persona),
            "concept": concept,
            "judgements": tuple(judgements),
            "lessons": tuple(lessons),
            "sung": catalogue.lines(HEARD),
            "form": form(persona.genre, concept.tempo_bpm, duration_s),
        }
        return await self._ask(
            Role.LYRICS,
            Lyrics,
            values,
            lambda: write_lyrics(persona, concept, seed, duration_s=duration_s, catalogue=catalogue),
            rules.lyrics_problems,
        )

    async def reflection(
        self,
        persona: Persona,
        concept: Concept,
        lyrics: Lyrics,
        timeline: Timeline,
        facts: TrackFacts,
        *,
        requested_duration_s: float,
    ) -> Answer[Reflection]:
        """The look back: what was asked for against what was measured."""
        values = {
            "persona": _told(persona),
            "concept": concept,
            "lyrics": lyrics,
            "timeline": timeline,
            "facts": facts,
            "requested_duration_s": requested_duration_s,
        }
        return await self._ask(
            Role.REFLECTION,
            Reflection,
            values,
            lambda: reflect(persona, concept, lyrics, timeline, facts, requested_duration_s),
        )

    async def _ask(
        self,
        role: Role,
        kind: type[T],
        values: Mapping[str, object],
        write: Callable[[], T],
        problems: Callable[[T], list[str]] = lambda _: [],
    ) -> Answer[T]:
        """The answer, decoded from the text that is recorded. Raises AnswerError for one that breaks a rule."""
        shape: type = kind
        prompt = prompting.render(role, {**values, "schema": _stated(shape)})

        def check(text: str) -> T:
            value = answers.decode(text, kind)
            if found := problems(value):
                raise answers.AnswerError(f"The answer for {kind.__name__} is refused: {'; '.join(found)}.")
            return value

        async def offline() -> Given[T]:
            return await self._offline(prompt, write, check)

        if self._models is None:
            given = await offline()
        else:
            given = await self._models.ask(
                prompt, lambda text: check(answers.unwrapped(text)), schema=answers.schema(shape), write=offline
            )
        name = given.name
        return Answer(
            given.value, role, name.provider, name.model, prompt, given.text, given.latency_ms, given.cost_microusd
        )

    async def _offline(self, prompt: Prompt, write: Callable[[], T], check: Callable[[str], T]) -> Given[T]:
        """Our own writer's answer, kept like everybody's."""
        started = perf_counter()
        text = ""
        try:
            text = answers.encode(await asyncio.to_thread(write))
            value = check(text)
        except Exception as error:
            await self._record(_call(prompt, text, started, error=f"{type(error).__name__}: {error}"))
            raise
        call = _call(prompt, text, started)
        await self._record(call)
        return Given(value, text, ModelName(OFFLINE, MODEL), call.latency_ms, 0)


@lru_cache(maxsize=64)
def _told(persona: Persona) -> Block:
    """An artist, who stands in every prompt about each of their songs."""
    return prompting.block(persona)


@cache
def _stated(kind: Hashable) -> Block:
    """The schema of an answer, which stands in every prompt of its role."""
    assert isinstance(kind, type)
    return prompting.block(answers.schema(kind))


def _call(prompt: Prompt, answer: str, started: float, error: str = "") -> Call:
    return Call(
        role=prompt.role.value,
        provider=OFFLINE,
        model=MODEL,
        prompt_version=prompt.version,
        prompt_text=prompt.text,
        answer=answer,
        ok=not error,
        error=error,
        latency_ms=round((perf_counter() - started) * 1000),
        cost_microusd=0,
        outcome="" if error else Outcome.ANSWERED,
    )
