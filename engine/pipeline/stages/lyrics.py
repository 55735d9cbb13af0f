"""Lyrics: the words, sized for the track, with the reviewers' reasons in the prompt."""

from __future__ import annotations

from engine.domain.codec import dump, load
from engine.domain.learning import NEW_WORDS
from engine.domain.runs import Stage
from engine.domain.song import Concept
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
    answer = await gateway.lyrics(
        task.artist.persona,
        concept,
        task.seed(),
        duration_s=task.run.length_s,
        judgements=judgements,
        lessons=lessons,
        catalogue=catalogue,
    )
    return Made({"lyrics": dump(answer.value)})
