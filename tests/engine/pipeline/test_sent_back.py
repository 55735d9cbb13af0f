"""A new version keeps what nobody had anything against."""

from __future__ import annotations

import pytest

from engine.api.decide import Decision, Verdict, decide
from engine.api.edit import Wish, edit
from engine.domain.learning import NEW_IDEA, NEW_WORDS, ReasonTag
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState, Stage
from engine.pipeline.begin import begin
from engine.pipeline.line import Line
from engine.pipeline.sent_back import sent_back
from engine.store import reviews, runs
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run, begun, content

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "ada")
_MADE = {Stage.CONCEPT: {"concept": {"title": "Glass Harbour"}}, Stage.LYRICS: {"lyrics": {"language": "en"}}}


async def second_version(line: Line, *tags: ReasonTag) -> runs.Run:
    """A run that was sent back for these reasons."""
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await add_waiting_run(connection)
        for stage, result in _MADE.items():
            await runs.stage_starts(connection, run, stage, NOW)
            await runs.stage_done(connection, run, stage, result, 0.0, NOW)
        verdict = Verdict(Decision.NEW_VERSION, tags, "please")
        await decide(connection, run.id, verdict, OPERATOR, NOW, grace_s=0, retirement_threshold=5)
    return await begun(line.database)


@pytest.mark.parametrize(
    ("tag", "idea", "words"),
    [
        (ReasonTag.TOO_SLOW, True, True),
        (ReasonTag.WEAK_LYRICS, True, False),
        (ReasonTag.OFF_PERSONA, False, False),
    ],
)
async def test_the_reason_says_what_is_made_anew(line: Line, tag: ReasonTag, idea: bool, words: bool) -> None:
    run = await second_version(line, tag)
    async with line.database.read() as connection:
        assert (await sent_back(connection, run, NEW_IDEA) == _MADE) is idea
        assert (await sent_back(connection, run, NEW_WORDS) == _MADE) is words


async def test_a_first_version_keeps_nothing(line: Line) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await add_waiting_run(connection)
        assert await sent_back(connection, run, NEW_IDEA) is None


async def test_a_song_that_is_sent_back_keeps_the_title_and_the_words_that_a_person_gave_it(line: Line) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await add_waiting_run(connection)
        wish = Wish(title="Slow Signal", lyrics="[verse]\nGlass harbour at dawn\n")
        run = await edit(connection, run.id, wish, OPERATOR, NOW)
        await reviews.add_revision(connection, "v-2", run.id, {**content("Slow Signal"), "version": 2}, NOW)
        await runs.move(connection, run, RunState.AWAITING_REVIEW, ENGINE, NOW, waiting_since=NOW)
        verdict = Verdict(Decision.NEW_VERSION, (ReasonTag.TOO_SLOW,), "please")
        run = (await decide(connection, run.id, verdict, OPERATOR, NOW, grace_s=0, retirement_threshold=5)).run
        run = await begin(connection, run, NOW)
        earlier = await sent_back(connection, run, NEW_WORDS)
    assert run.version == 3 and earlier is not None
    assert earlier[Stage.CONCEPT]["concept"]["title"] == "Slow Signal"
    words = earlier[Stage.LYRICS]
    assert words["lyrics"]["sections"][0]["lines"] == ["Glass harbour at dawn"]
    assert words["written"]["sections"][0]["lines"] == ["Glass harbour"], "still known as the writer's"
