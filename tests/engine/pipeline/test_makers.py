"""Who is named for what in a release: the writers as they were asked, each with its model and prompt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.domain.codec import dump
from engine.domain.models import OFFLINE, Byline
from engine.domain.runs import ENGINE, RunState, Stage
from engine.pipeline import finish, makers
from engine.pipeline.line import Line
from engine.release.ddex.share import credited
from engine.release.disclosure import disclose
from engine.release.metadata import Metadata
from engine.release.provenance import disclosure_text, trace
from engine.release.request import Method, Part
from engine.store import artists, reviews, runs
from tests.conftest import NOW
from tests.engine.release.conftest import bare_request
from tests.engine.release.test_metadata import described
from tests.label import add_artist, add_run, content, persona, stage_results

OURS = Byline(OFFLINE, "offline-writer-2", "persona-2")
MIXED = {
    "persona": OURS,
    "concept": Byline("openai", "gpt-5.4-mini", "concept-5"),
    "lyrics": Byline("deepseek", "deepseek-v4-flash", "lyrics-2"),
    "reflection": Byline("openai", "gpt-5.4-nano", "reflection-1"),
}


def written(**by: Byline) -> dict[str, Any]:
    return content() | {"by": {role: dump(byline) for role, byline in by.items()}}


def test_words_of_a_model_are_disclosed_as_that_models() -> None:
    maker = makers.makers(written(**MIXED))[Part.LYRICS]
    assert (maker.method, maker.tool, maker.model) == (Method.MODEL, "deepseek", "deepseek-v4-flash")


def test_words_of_the_offline_writer_are_disclosed_as_made_by_rules() -> None:
    maker = makers.makers(written(lyrics=replace(OURS, prompt_version="lyrics-2")))[Part.LYRICS]
    assert (maker.method, maker.tool, maker.model) == (Method.RULES, "writer", "")


def test_every_writer_is_a_tool_with_the_models_and_prompts_of_its_works() -> None:
    tools = makers.tools(written(**MIXED))
    assert tools["openai"].details == {
        "wrote concept": "gpt-5.4-mini, prompt concept-5",
        "wrote reflection": "gpt-5.4-nano, prompt reflection-1",
    }
    assert tools["deepseek"].details == {"wrote lyrics": "deepseek-v4-flash, prompt lyrics-2"}
    assert tools["writer"].details == {"wrote persona": "offline-writer-2, prompt persona-2"}


def test_the_offline_writer_is_not_named_where_it_wrote_nothing() -> None:
    assert "writer" not in makers.tools(written(lyrics=MIXED["lyrics"]))


def test_a_revision_that_kept_no_writers_names_our_own() -> None:
    assert makers.tools(content())["writer"].details == {}
    assert makers.makers(content())[Part.LYRICS].tool == "writer"


def test_every_part_that_the_disclosure_names_is_credited() -> None:
    found = {line.role: line.name for line in makers.credits(content())}
    there = [part for part, maker in makers.makers(content()).items() if maker.method is not Method.ABSENT]
    assert list(found) == [f"{str(part).capitalize()} by" for part in there]
    assert found["Mastering by"].startswith("ffmpeg") and found["Composition by"].startswith("noktvrn embedded studio")
    data, _ = packed(content())
    assert credited(disclose(bare_request()), data.credits) == {}  # software is nobody's name


def test_words_of_a_writer_are_credited_once() -> None:
    roles = [line.role for line in makers.credits(written(**MIXED))]
    assert "Lyrics written by" in roles and "Lyrics by" not in roles


def test_only_the_typefaces_that_stand_in_the_pictures_are_named_with_their_licence() -> None:
    found = {
        name: tool for name, tool in makers.tools(content(), "Vesper Lane", "ambient").items() if "typeface" in name
    }
    assert "typefaces-jost" in found and len(found) < 4
    assert all("SIL OPEN FONT LICENSE" in tool.notice for tool in found.values())
    assert "typefaces-cjk" in makers.tools(content() | {"title": "夜の港"}, "Vesper Lane", "ambient")


def packed(found: dict[str, Any]) -> tuple[Metadata, str]:
    """The metadata and the readable disclosure of a release with these writers."""
    bare = bare_request()
    request = replace(
        bare,
        tools={**bare.tools, **makers.tools(found)},
        makers=makers.makers(found),
        credits=(*bare.credits, *makers.credits(found)),
    )
    data = described(request)
    return data, disclosure_text(trace(request, data, disclose(request), ()))


def test_the_readable_disclosure_names_who_wrote_each_text() -> None:
    _, text = packed(written(**MIXED))
    assert "Persona text:    noktvrn offline writer; offline-writer-2, prompt persona-2\n" in text
    assert "Lyrics text:     DeepSeek; deepseek-v4-flash, prompt lyrics-2\n" in text
    assert "Lyrics:          made by a trained model; DeepSeek; model deepseek-v4-flash" in text


def test_the_metadata_credits_who_wrote_each_text() -> None:
    data, _ = packed(written(**MIXED))
    credits = {line.role: line.name for line in data.credits}
    assert credits["Concept written by"] == "OpenAI, gpt-5.4-mini, prompt concept-5"
    assert credits["Persona written by"] == "noktvrn offline writer, offline-writer-2, prompt persona-2"


@pytest.mark.parametrize("stage", [Stage.CONCEPT, Stage.LYRICS, Stage.REFLECTION])
async def test_a_revision_says_who_wrote_what_its_stages_made(line: Line, stage: Stage) -> None:
    async with line.database.write() as connection:
        await artists.add(connection, "a-vesper", persona(), 7, ENGINE, NOW, "invented", OURS)
        run = await runs.move(connection, await add_run(connection), RunState.GENERATING, ENGINE, NOW)
        for each, result in stage_results().items():
            by = {"by": dump(MIXED[stage.value])} if each is stage else {}
            await runs.stage_starts(connection, run, each, NOW)
            await runs.stage_done(connection, run, each, {**result, **by}, 0.1, NOW)
    await finish.hand_over(line, run.id, run.version)
    async with line.database.read() as connection:
        revision = await reviews.newest_revision(connection, run.id)
    assert revision is not None
    assert makers.bylines(revision.content) == {"persona": OURS, stage.value: MIXED[stage.value]}


async def test_the_history_of_an_artist_tells_its_invention_once(line: Line) -> None:
    async with line.database.write() as connection:
        await add_artist(connection, "a-other", "Other Light")
        await artists.add(connection, "a-vesper", persona(), 7, ENGINE, NOW, "invented", OURS)
        told = [row.field for row in await artists.history(connection, "a-vesper")]
        assert (told, await artists.invented_by(connection, "a-vesper")) == (["persona"], OURS)
        assert await artists.invented_by(connection, "a-other") is None
