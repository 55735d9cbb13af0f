"""Cover: the picture of the release."""

from __future__ import annotations

from engine.domain.codec import dump, load
from engine.domain.runs import Stage
from engine.domain.song import Concept
from engine.pipeline.checks import refuse_unusable
from engine.pipeline.line import Made, Task


async def make(task: Task) -> Made:
    """Draws the cover in a child process."""
    concept = load(task.done[Stage.CONCEPT]["concept"], Concept)
    persona = task.artist.persona
    brief = {
        "title": task.run.title,
        "drawn_from": concept.title,
        "artist": persona.name,
        "visual_identity": dump(persona.visual_identity),
        "genre": persona.genre,
        "mood": concept.mood,
        "energy": concept.energy,
        "seed": task.seed(),
    }
    answer = await task.job("cover", brief=brief)
    refuse_unusable(answer.value["checks"])
    return Made(answer.value, kind="cover", facts=answer.value["facts"], cpu_s=answer.cpu_s)
