"""Clip: scenes in the artist's palette that move with the track, with its words in time."""

from __future__ import annotations

from engine.domain.codec import dump, load
from engine.domain.runs import Stage
from engine.domain.song import Concept
from engine.pipeline.checks import refuse_unusable
from engine.pipeline.line import Made, Task, timeline_of

WIDTH, HEIGHT, FPS = 1280, 720, 30


async def make(task: Task) -> Made:
    """Renders the clip in a child process."""
    concept = load(task.done[Stage.CONCEPT]["concept"], Concept)
    persona, track = task.artist.persona, task.done[Stage.TRACK]
    brief = {
        "title": task.run.title,
        "drawn_from": concept.title,
        "artist": persona.name,
        "visual_identity": dump(persona.visual_identity),
        "genre": persona.genre,
        "mood": concept.mood,
        "energy": concept.energy,
        "seed": task.seed(),
        "timeline": timeline_of(track),
        "width": WIDTH,
        "height": HEIGHT,
        "fps": FPS,
    }
    answer = await task.job("clip", brief=brief, track=str(task.line.file(track["artefact"])))
    refuse_unusable(answer.value["checks"])
    board = answer.value["storyboard"]
    return Made(
        answer.value,
        kind="clip",
        facts=answer.value["facts"],
        cpu_s=answer.cpu_s,
        aside={"storyboard": board["artefact"]} if board else {},
    )
