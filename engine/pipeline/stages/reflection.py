"""Reflection: what was asked for against what was measured, and the lesson for the artist's next song."""

from __future__ import annotations

from engine.domain.codec import dump, load
from engine.domain.media import TrackFacts
from engine.domain.runs import Stage
from engine.domain.song import Concept, Lyrics, Timeline
from engine.pipeline.line import Made, Task, timeline_of
from engine.store import reviews
from engine.store.ids import new_id


async def make(task: Task) -> Made:
    """Asks the writer to look back, and stores the lesson."""
    gateway = task.line.gateway(artist_id=task.artist.id, run_id=task.run.id)
    answer = await gateway.reflection(
        task.artist.persona,
        load(task.done[Stage.CONCEPT]["concept"], Concept),
        load(task.done[Stage.LYRICS]["lyrics"], Lyrics),
        load(timeline_of(task.done[Stage.TRACK]), Timeline),
        load(task.done[Stage.ANALYSIS]["facts"], TrackFacts),
        requested_duration_s=task.run.length_s,
    )
    async with task.line.database.write() as connection:
        await reviews.add_reflection(
            connection,
            new_id("reflection"),
            task.run.id,
            task.artist.id,
            task.run.version,
            answer.value,
            task.line.now(),
        )
    return Made({"reflection": dump(answer.value), "by": dump(answer.byline)})
