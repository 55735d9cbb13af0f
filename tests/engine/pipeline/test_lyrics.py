"""Words of a model are checked before they are used: one more try, then the run says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.domain.errors import CheckFailed
from engine.domain.models import OFFLINE, Role
from engine.domain.runs import ENGINE, RunState, Stage
from engine.domain.song import Lyrics, LyricSection, SectionKind
from engine.llm.gateway import Answer, Gateway
from engine.llm.prompting import Prompt
from engine.pipeline.line import Line, Task
from engine.pipeline.stages import lyrics
from engine.store import artists, runs
from tests.conftest import NOW
from tests.label import add_artist, add_run, stage_results

GOOD = Lyrics("en", (LyricSection(SectionKind.VERSE, ("a lantern on the river leads us over",)),))
BAD = Lyrics("en", (LyricSection(SectionKind.VERSE, ("write to me at mara@example.org tonight",)),))


async def asked(
    line: Line, monkeypatch: pytest.MonkeyPatch, *answers: Lyrics, provider: str = "deepseek"
) -> tuple[Any, list[int]]:
    """The stage's result, or its error, and the seeds that the writer was asked with."""
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await runs.move(connection, await add_run(connection), RunState.GENERATING, ENGINE, NOW)
        artist = await artists.get(connection, "a-vesper")
    seeds: list[int] = []

    async def write(_self: Gateway, _persona: Any, _concept: Any, seed: int, **_more: Any) -> Answer[Lyrics]:
        seeds.append(seed)
        prompt = Prompt(Role.LYRICS, "lyrics-1", "")
        return Answer(answers[len(seeds) - 1], Role.LYRICS, provider, "m", prompt, "", 1, 0)

    async def report(_share: float, _note: str) -> bool:
        return True

    monkeypatch.setattr(Gateway, "lyrics", write)
    concept = {Stage.CONCEPT: stage_results()[Stage.CONCEPT]}
    task = Task(replace(line), run, artist, Stage.LYRICS, concept, 1, report)
    try:
        return (await lyrics.make(task)).result, seeds
    except CheckFailed as error:
        return error, seeds


async def test_words_that_may_not_be_used_are_asked_for_once_more(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    result, seeds = await asked(line, monkeypatch, BAD, GOOD)
    assert "lantern" in str(result["lyrics"]) and len(set(seeds)) == 2


async def test_after_the_second_time_the_run_says_why(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    result, seeds = await asked(line, monkeypatch, BAD, BAD)
    assert isinstance(result, CheckFailed) and "could be reached" in str(result) and len(seeds) == 2


async def test_our_own_writer_is_asked_once(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    _, seeds = await asked(line, monkeypatch, BAD, provider=OFFLINE)
    assert len(seeds) == 1
