"""Concept: what the next song is, from the persona, the lessons so far and the experiment's variant."""

from __future__ import annotations

from engine.domain.codec import dump, load
from engine.domain.learning import NEW_IDEA
from engine.domain.runs import Stage
from engine.domain.song import Concept
from engine.pipeline import trends
from engine.pipeline.line import Made, Task
from engine.pipeline.sent_back import sent_back
from engine.store import reviews, runs


async def make(task: Task) -> Made:
    """Asks the writer for a concept; judgements and lessons are part of the prompt."""
    async with task.line.database.read() as connection:
        judgements = await reviews.judgements(connection, task.artist.id, task.line.now())
        lessons = await reviews.lessons(connection, task.artist.id)
        catalogue = await runs.catalogue(connection, task.artist.id, but=task.run)
        earlier = await sent_back(connection, task.run, NEW_IDEA)
    found = None if earlier else await _trends(task)
    gateway = task.line.gateway(artist_id=task.artist.id, run_id=task.run.id)
    answer = await gateway.concept(
        task.artist.persona,
        task.seed(),
        judgements=judgements,
        lessons=lessons,
        catalogue=catalogue,
        parameters=task.run.parameters,
        earlier=load(earlier[Stage.CONCEPT]["concept"], Concept) if earlier else None,
        trends=found.trends if found else (),
    )
    told = {"trends": found.told()} if found else {}
    return Made({"concept": dump(answer.value), "by": dump(answer.byline), **told}, title=answer.value.title)


async def _trends(task: Task) -> trends.Look | None:
    buyer = trends.Buyer(task.run.id, task.artist.id)
    return await trends.look(task.line, trends.terms_of(task.artist.persona), buyer)
