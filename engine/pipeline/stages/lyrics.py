"""Lyrics: the words, sized for the track, with the reviewers' reasons in the prompt."""

from __future__ import annotations

import asyncio

from engine.domain import originality
from engine.domain.codec import dump, load
from engine.domain.errors import CheckFailed
from engine.domain.learning import NEW_WORDS
from engine.domain.models import OFFLINE
from engine.domain.runs import Stage
from engine.domain.song import Concept, Lyrics
from engine.llm.gateway import Answer
from engine.pipeline.ladder import refused_words
from engine.pipeline.line import Made, Task
from engine.pipeline.sent_back import sent_back
from engine.store import reviews, runs


async def make(task: Task) -> Made:
    """Asks the writer for lyrics to the concept."""
    concept = load(task.done[Stage.CONCEPT]["concept"], Concept)
    async with task.line.database.read() as connection:
        judgements = await reviews.judgements(connection, task.artist.id, task.line.now())
        lessons = await reviews.lessons(connection, task.artist.id)
        catalogue = await runs.catalogue(connection, task.artist.id, but=task.run)
        earlier = await sent_back(connection, task.run, NEW_WORDS)
    if earlier is not None:
        return Made(earlier[Stage.LYRICS])  # nobody had anything against the words
    gateway = task.line.gateway(artist_id=task.artist.id, run_id=task.run.id)

    async def ask(seed: int) -> Answer[Lyrics]:
        return await gateway.lyrics(
            task.artist.persona,
            concept,
            seed,
            duration_s=task.run.length_s,
            judgements=judgements,
            lessons=lessons,
            catalogue=catalogue,
        )

    answer = await ask(task.seed())
    if await _problems(task, answer):
        answer = await ask(task.seed("again"))
        if found := await _problems(task, answer):
            raise CheckFailed(f"The lyrics cannot be used: they {'; they '.join(found)}.")
    return Made({"lyrics": dump(answer.value), "by": dump(answer.byline)})


async def _problems(task: Task, answer: Answer[Lyrics]) -> tuple[str, ...]:
    """Why a model's words may not be sung. Our own writer knows what has been sung, and needs no such check."""
    if answer.provider == OFFLINE:
        return ()
    words = await asyncio.to_thread(refused_words, task.line)
    async with task.line.database.read() as connection:
        fleet = await runs.songs(connection, but=task.run.id)
    return originality.lyrics_problems(answer.value, fleet, words)
