"""Lyrics: the words, sized for the track."""

from __future__ import annotations

from engine.domain.codec import dump, load
from engine.domain.runs import Stage
from engine.domain.song import Concept
from engine.pipeline.line import Made, Task


async def make(task: Task) -> Made:
    """Asks the writer for lyrics to the concept."""
    concept = load(task.done[Stage.CONCEPT]["concept"], Concept)
    gateway = task.line.gateway(artist_id=task.artist.id, run_id=task.run.id)
    answer = await gateway.lyrics(task.artist.persona, concept, task.seed(), duration_s=task.run.length_s)
    return Made({"lyrics": dump(answer.value)})
