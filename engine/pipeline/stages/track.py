"""Track: the song itself, from the first provider of the artist's ladder that gives one; the studio makes it here."""

from __future__ import annotations

import logging

from engine.domain.codec import dump, load
from engine.domain.errors import CapReached, NoktvrnError
from engine.domain.money import Cap
from engine.domain.runs import Stage
from engine.domain.song import Concept, Lyrics, MusicBrief
from engine.pipeline import bought, ladder
from engine.pipeline.errors import PassedOver
from engine.pipeline.line import Made, Task

_log = logging.getLogger(__name__)


class NoMusic(NoktvrnError):
    """Nobody on the ladder gave a track. Another try may help."""


async def make(task: Task) -> Made:
    """Goes down the ladder. Raises NoMusic, CapReached; VendorError where what was paid for cannot be fetched yet."""
    brief = _brief(task)
    passed: list[str] = []
    names = ladder.names(task.line.settings, task.artist.id)
    for name in names:
        if name == ladder.STUDIO:
            return await _studio(task, brief, passed)
        rung = ladder.rung(task.line, name)
        if rung is None:
            continue
        try:
            return await bought.track(task, rung, brief, passed)
        except PassedOver as over:
            why = str(over)
        except CapReached as reached:
            if reached.cap != Cap.RUN or name == names[-1]:
                raise
            why = f"{name}: {reached.message}"
        passed.append(task.line.redactor.text(why))
        _log.warning("%s is passed over: %s", name, passed[-1], extra={"run_id": task.run.id, "provider": name})
    raise _nothing(passed)


def _brief(task: Task) -> MusicBrief:
    concept = load(task.done[Stage.CONCEPT]["concept"], Concept)
    persona = task.artist.persona
    return MusicBrief(
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


async def _studio(task: Task, brief: MusicBrief, passed: list[str]) -> Made:
    """Makes the track in a child process."""
    async with task.line.bench:
        answer = await task.job("track", brief=dump(brief))
    result = {**answer.value, "passed_over": passed} if passed else answer.value
    return Made(result, kind="track", facts={"loudness": result["loudness"]}, cpu_s=answer.cpu_s)


def _nothing(passed: list[str]) -> NoMusic:
    if not passed:
        return NoMusic(
            "No music provider of the ladder is set up.", fix="Give one its key, or put studio into MUSIC_LADDER."
        )
    return NoMusic(
        f"No music provider gave a track: {'; '.join(passed)}.",
        fix="Retry the run later, or put studio into MUSIC_LADDER.",
    )
