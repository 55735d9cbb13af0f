"""Clip: scenes in the artist's palette that move with the track, stock video between them, the words in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.codec import dump, load
from engine.domain.runs import Stage
from engine.domain.song import Concept
from engine.domain.stock import Shown
from engine.pipeline import stock
from engine.pipeline.checks import refuse_unusable
from engine.pipeline.line import Made, Task, timeline_of
from engine.store import stock as store

FPS = 30


def brief_of(task: Task, height: int) -> dict[str, Any]:
    """The brief of a clip of this height, 16 to 9: equal for the same version of a run, whenever it is asked for."""
    concept = load(task.done[Stage.CONCEPT]["concept"], Concept)
    persona, track = task.artist.persona, task.done[Stage.TRACK]
    return {
        "title": task.run.title,
        "drawn_from": concept.title,
        "artist": persona.name,
        "visual_identity": dump(persona.visual_identity),
        "genre": persona.genre,
        "mood": concept.mood,
        "energy": concept.energy,
        "seed": task.seed(),
        "timeline": timeline_of(track),
        "width": height * 16 // 9,
        "height": height,
        "fps": FPS,
    }


async def make(task: Task) -> Made:
    """Renders the clip in a child process, with stock video where some was fetched."""
    fetched = await stock.gather(task)
    settings, track = task.line.settings, task.done[Stage.TRACK]
    more: dict[str, Any] = {"encoder": settings.clip_encoder}
    more |= {"stock": fetched.files(), "stock_share": settings.stock_share} if fetched else {}
    brief = brief_of(task, int(settings.clip_height))
    answer = await task.job("clip", brief=brief, track=str(task.line.file(track["artefact"])), **more)
    refuse_unusable(answer.value["checks"])
    result = dict(answer.value)
    if fetched:
        result["stock"] = fetched.told(answer.value["facts"]["stock"], answer.value["facts"]["stock_misses"])
        await _note(task, result["stock"])
    board = answer.value["storyboard"]
    return Made(
        result,
        kind="clip",
        facts=answer.value["facts"],
        cpu_s=answer.cpu_s,
        aside={"storyboard": board["artefact"]} if board else {},
    )


async def _note(task: Task, told: Mapping[str, Any]) -> None:
    """So that the label does not show the same video again soon, and learns how it was judged."""
    async with task.line.database.write() as connection:
        shown = load(told["shown"], list[Shown])
        await store.note_shown(connection, task.run.id, task.run.version, shown, task.line.now())
