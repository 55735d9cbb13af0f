"""Track: the song itself, composed, rendered and mastered."""

from __future__ import annotations

from engine.domain.codec import dump, load
from engine.domain.runs import Stage
from engine.domain.song import Concept, Lyrics, MusicBrief
from engine.pipeline.line import Made, Task


async def make(task: Task) -> Made:
    """Makes the track in a child process."""
    concept = load(task.done[Stage.CONCEPT]["concept"], Concept)
    persona = task.artist.persona
    brief = MusicBrief(
        title=concept.title,
        genre=persona.genre,
        subgenre=persona.subgenres[0] if persona.subgenres else "",
        mood=concept.mood,
        energy=concept.energy,
        tempo_bpm=concept.tempo_bpm,
        key=concept.key,
        duration_s=task.run.length_s,
        lyrics=load(task.done[Stage.LYRICS]["lyrics"], Lyrics),
        seed=task.seed(),
        parameters=concept.parameters,
    )
    answer = await task.job("track", brief=dump(brief))
    return Made(answer.value, kind="track", facts={"loudness": answer.value["loudness"]}, cpu_s=answer.cpu_s)
