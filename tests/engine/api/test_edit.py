"""An edit is one step of one person on the revision shown: it inherits what is done and voids older buttons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from engine.api import Door, open_door
from engine.api.decide import Decision, Verdict, decide
from engine.api.edit import Wish, edit
from engine.api.edit_models import Edited
from engine.domain.difference import Mark
from engine.domain.errors import AlreadyDecided, NoktvrnError, NotAllowed, NotFound, UsageError
from engine.domain.learning import ReasonTag
from engine.domain.runs import AUTOPILOT, ENGINE, PRODUCE_STAGES, Actor, ActorKind, Channel, RunState, Stage
from engine.home import Home
from engine.settings import Settings
from engine.store import artists, audit, edits, kept, reviews, runs, tables
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, begun, content, later, stage_results

MARA = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
JO = Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, "jo")
WORDS = "[verse]\nGlass harbour at dawn\n"


@pytest.fixture
async def door(home: Home) -> AsyncIterator[Door]:
    async with open_door(home, Settings(), MARA, now=lambda: NOW) as door:
        async with door.database.write() as connection:
            await add_artist(connection)
            await add_waiting_run(connection)
        yield door


async def shown(door: Door, run_id: str = "r-first") -> str:
    return (await door.queries.review_sheet(run_id)).revision_hash


async def get(door: Door) -> runs.Run:
    async with door.database.read() as connection:
        return await runs.get(connection, "r-first")


async def elsewhere(database: Database, wish: Wish, actor: Actor = JO) -> None:
    async with database.write() as connection:
        await edit(connection, "r-first", wish, actor, NOW)


async def made_again(database: Database, **changes: Any) -> None:
    """Does what the engine does with an edited run: the stages that are missing, then the next revision."""
    async with database.write() as connection:
        run = await runs.get(connection, "r-first")
        done = await kept.results(connection, run.id, run.version)
        for stage, result in stage_results().items():
            if stage not in done:
                await runs.stage_starts(connection, run, stage, NOW)
                await runs.stage_done(connection, run, stage, result, 1.0, later(seconds=12))
        whole = {**content(run.title), **done.get(Stage.CONCEPT, {}), "version": run.version, **changes}
        await reviews.add_revision(connection, f"v-{run.version}", run.id, whole, NOW)
        await runs.move(connection, run, RunState.AWAITING_REVIEW, ENGINE, NOW, waiting_since=NOW)


async def test_an_edited_title_sends_the_run_back_with_everything_that_does_not_show_it(door: Door) -> None:
    assert await door.commands.edit("r-first", await shown(door), title="Slow Signal") == Edited("r-first", 2, False)
    run = await get(door)
    assert (run.state, run.version, run.attempt, run.title) == (RunState.GENERATING, 2, 1, "Slow Signal")
    assert (run.waiting_since, run.stage, run.failure) == (None, None, None)
    stages = {row.stage: row for row in (await door.queries.run("r-first")).stages}
    waiting = [stage for stage, row in stages.items() if row.state == "waiting"]
    assert waiting == [Stage.COVER, Stage.CLIP, Stage.PACKAGE]
    assert (stages[Stage.TRACK].starts, stages[Stage.TRACK].kept_from) == (1, 1)


async def test_edited_lyrics_keep_the_cover_and_take_their_times_from_the_track(door: Door) -> None:
    await door.commands.edit("r-first", await shown(door), lyrics=WORDS)
    async with door.database.read() as connection:
        done = await kept.results(connection, "r-first", 2)
    assert sorted(done) == sorted(set(stage_results()) - {Stage.CLIP})
    assert done[Stage.LYRICS]["lyrics"]["sections"][0]["lines"] == ["Glass harbour at dawn"]
    (cue,) = done[Stage.TRACK]["timeline"]["cues"]
    assert (cue["text"], cue["start"], cue["end"], len(cue["onsets"])) == ("Glass harbour at dawn", 5.0, 7.0, 5)
    assert done[Stage.TRACK]["artefact"] == stage_results()[Stage.TRACK]["artefact"]


async def test_an_edit_is_one_transition_one_row_and_one_entry_of_the_audit(door: Door) -> None:
    await door.commands.edit("r-first", await shown(door), title="Slow Signal", lyrics=WORDS)
    detail = await door.queries.run("r-first")
    newest = detail.steps[-1]
    assert (newest.before, newest.after, newest.actor) == ("awaiting_review", "generating", "operator")
    assert newest.reason == "title and lyrics edited"
    async with door.database.read() as connection:
        (found,) = await edits.of_run(connection, "r-first")
        assert await audit.first_broken(connection) is None
    assert (found.title, found.version, found.actor, found.at) == (("Glass Harbour", "Slow Signal"), 2, MARA, NOW)
    assert found.lyrics is not None and found.lyrics[1].text() == "Glass harbour at dawn"


async def test_buttons_of_the_edited_revision_decide_nothing_and_say_why(door: Door) -> None:
    old = await shown(door)
    await elsewhere(door.database, Wish(title="Slow Signal"))
    for _ in range(2):
        with pytest.raises(NotAllowed, match=r"title edited by jo by Telegram at 2026-11-23 12:00"):
            await door.commands.approve("r-first", revision_hash=old)
        if (await get(door)).state is RunState.GENERATING:
            await made_again(door.database)
    assert (await get(door)).state is RunState.AWAITING_REVIEW


async def test_of_two_who_edit_the_same_revision_one_wins_and_the_other_is_told(door: Door) -> None:
    old = await shown(door)
    wishes = [door.commands.edit("r-first", old, title=f"Title {number}") for number in range(6)]
    found = await asyncio.gather(*wishes, return_exceptions=True)
    assert sum(isinstance(one, Edited) for one in found) == 1
    refused = [one for one in found if isinstance(one, NotAllowed)]
    assert len(refused) == 5 and "title edited by mara in the console" in str(refused[0])
    assert (await get(door)).version == 2


async def test_a_decided_run_cannot_be_edited_and_names_who_decided(door: Door) -> None:
    async with door.database.write() as connection:
        await decide(connection, "r-first", Verdict(Decision.APPROVE), JO, NOW, grace_s=0, retirement_threshold=5)
    with pytest.raises(AlreadyDecided, match=r"approve.*jo by Telegram"):
        await door.commands.edit("r-first", title="Slow Signal")


async def test_the_machine_edits_nothing(door: Door) -> None:
    with pytest.raises(NotAllowed, match="autopilot"):
        await elsewhere(door.database, Wish(title="Slow Signal"), AUTOPILOT)


@pytest.mark.parametrize(
    ("wish", "error", "why"),
    [
        (Wish(), UsageError, "Nothing was changed"),
        (Wish(title=" Glass  Harbour "), UsageError, "Nothing was changed"),
        (Wish(lyrics="\n[verse]\n  Glass harbour\n\n"), UsageError, "Nothing was changed"),
        (Wish(title=" "), UsageError, "visible"),
        (Wish(lyrics="[chorus]\nGlass harbour"), UsageError, "must stay verse"),
        (Wish(lyrics="[verse]\n" + "la " * 50), UsageError, "cannot be read along"),
        (Wish(title="Slow Signal", revision_hash="0" * 64), NotAllowed, "newer revision"),
    ],
)
async def test_an_edit_that_cannot_be_made_is_refused_and_changes_nothing(
    door: Door, wish: Wish, error: type[NoktvrnError], why: str
) -> None:
    with pytest.raises(error, match=why):
        await elsewhere(door.database, wish, MARA)
    with pytest.raises(error, match=why):
        await door.queries.edit_plan("r-first", wish.revision_hash, title=wish.title, lyrics=wish.lyrics)
    run = await get(door)
    assert (run.state, run.version) == (RunState.AWAITING_REVIEW, 1)
    assert (await door.queries.review_sheet("r-first")).edits == ()


async def test_words_that_are_sung_cannot_be_edited_but_the_title_can(door: Door) -> None:
    async with door.database.write() as connection:
        await reviews.add_revision(connection, "v-sung", "r-first", {**content(), "vocals": "model"}, NOW)
    with pytest.raises(NotAllowed, match="sung"):
        await door.commands.edit("r-first", lyrics=WORDS)
    await door.commands.edit("r-first", title="Slow Signal")
    assert (await get(door)).title == "Slow Signal"


async def test_a_run_without_a_record_of_its_stages_can_only_be_made_anew(door: Door) -> None:
    async with door.database.write() as connection:
        run = await add_run(connection, "r-old")
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        await reviews.add_revision(connection, "v-old", "r-old", content("Old"), NOW)
        await runs.move(connection, run, RunState.AWAITING_REVIEW, ENGINE, NOW, waiting_since=NOW)
    with pytest.raises(NotAllowed, match="only be made anew"):
        await door.commands.edit("r-old", title="Slow Signal")
    async with door.database.read() as connection:
        assert await edits.of_run(connection, "r-old") == []


async def test_nobody_edits_a_run_that_is_not_there(door: Door) -> None:
    with pytest.raises(NotFound):
        await door.commands.edit("r-none", title="Slow Signal")


async def test_a_text_that_is_edited_back_is_a_revision_of_its_own(door: Door) -> None:
    first = await shown(door)
    for title in ("Slow Signal", "Glass Harbour"):
        await door.commands.edit("r-first", title=title)
        await made_again(door.database)
    assert (await door.queries.review_sheet("r-first")).revision_number == 3
    with pytest.raises(NotAllowed, match="newer revision"):
        await door.commands.approve("r-first", revision_hash=first)


async def test_words_that_are_edited_back_get_the_very_times_of_the_track(door: Door) -> None:
    before = (await door.queries.review_sheet("r-first")).timeline
    for text in (WORDS, "[verse]\nGlass harbour\n"):
        await door.commands.edit("r-first", lyrics=text)
        async with door.database.read() as connection:
            done = await kept.results(connection, "r-first", (await runs.get(connection, "r-first")).version)
        await made_again(door.database, **done[Stage.LYRICS], timeline=done[Stage.TRACK]["timeline"])
    sheet = await door.queries.review_sheet("r-first")
    assert sheet.timeline == before and sheet.run.version == 3


async def test_seeds_of_an_edited_version_are_those_of_the_version_it_came_from(door: Door) -> None:
    for title in ("Slow Signal", "Slower Signal"):
        await door.commands.edit("r-first", title=title)
        await made_again(door.database)
    run = await get(door)
    async with door.database.read() as connection:
        assert run.version == 3
        assert {await kept.origin(connection, run, stage) for stage in PRODUCE_STAGES} == {1}
    await door.commands.new_version("r-first", text="other drums")
    await begun(door.database)
    async with door.database.read() as connection:
        run = await runs.get(connection, "r-first")
        assert await kept.origin(connection, run, Stage.COVER) == run.version == 4


async def test_the_plan_says_what_is_made_again_and_how_long_that_takes(door: Door) -> None:
    plan = await door.queries.edit_plan("r-first", title="Slow Signal", lyrics=WORDS)
    assert plan.title == ("Glass Harbour", "Slow Signal")
    assert plan.made_again == (Stage.COVER, Stage.CLIP)
    assert plan.seconds == pytest.approx({Stage.COVER: 4.0, Stage.CLIP: 4.0})
    assert plan.total_s == pytest.approx(8.0)
    assert (await get(door)).state is RunState.AWAITING_REVIEW


async def test_work_that_was_taken_over_counts_neither_as_time_spent_nor_as_experience(door: Door) -> None:
    await door.commands.edit("r-first", title="Slow Signal")
    await made_again(door.database)
    assert (await door.queries.run_row("r-first")).elapsed_s == 24.0, "cover and clip, twelve seconds each"
    async with door.database.read() as connection:
        spent = await connection.execute(select(tables.runs.c.work_s))
        assert spent.scalar_one() == pytest.approx(24.0, abs=0.01)
        assert (await runs.usual_seconds(connection))[Stage.TRACK] == pytest.approx(4 / 24)


async def test_the_plan_warns_of_what_a_person_may_have_overlooked(door: Door) -> None:
    async with door.database.write() as connection:
        await add_run(connection, "r-other")
        await runs.set_columns(connection, "r-other", title="Slow Signal")
    another, said = (await door.queries.edit_plan("r-first", title="slow signal")).notes
    assert "another song of this name" in another
    assert said == "The words still say 'Glass Harbour'."
    (long,) = (await door.queries.edit_plan("r-first", title="x" * 100, lyrics="[verse]\nSlow signal\n")).notes
    assert "first 80 characters" in long


async def test_the_desk_sees_who_edited_while_it_is_made_and_afterwards(door: Door) -> None:
    await elsewhere(door.database, Wish(title="Slow Signal"))
    sheet = await door.queries.review_sheet("r-first")
    assert sheet.being_made and sheet.decided is None and sheet.revision_number == 1
    (made,) = sheet.edits
    assert (made.changed, made.actor_name, made.channel, made.at) == (("title",), "jo", "telegram", NOW)
    await made_again(door.database)
    sheet = await door.queries.review_sheet("r-first")
    assert (sheet.being_made, sheet.revision_number, len(sheet.edits)) == (False, 2, 1)


async def test_the_difference_is_there_before_and_after_the_revision(door: Door) -> None:
    with pytest.raises(NotAllowed, match="nothing to compare"):
        await door.queries.revision_difference("r-first")
    await door.commands.edit("r-first", lyrics=WORDS)
    coming = await door.queries.revision_difference("r-first")
    assert (coming.before.number, coming.after.number, coming.title, coming.files) == (1, None, (), {})
    assert [line.text for line in coming.lyrics if line.mark is Mark.NEW] == ["Glass harbour at dawn"]
    async with door.database.read() as connection:
        done = await kept.results(connection, "r-first", 2)
    await made_again(door.database, **done[Stage.LYRICS])
    there = await door.queries.revision_difference("r-first")
    assert (there.after.number, there.lyrics) == (2, coming.lyrics)
    assert there.edit is not None and there.edit.actor_name == "mara"
    assert there.files == {"track": False, "cover": False, "clip": False}


async def test_the_sheet_says_of_which_words_the_look_back_is(door: Door) -> None:
    assert (await door.queries.review_sheet("r-first")).looked_back_on is None
    await edited(door, title="Slow Signal")
    assert (await door.queries.review_sheet("r-first")).looked_back_on is None, "it says nothing of the title"
    await edited(door, lyrics=WORDS)
    assert (await door.queries.review_sheet("r-first")).looked_back_on == 2
    await edited(door, lyrics="[verse]\nGlass harbour at noon\n")
    assert (await door.queries.review_sheet("r-first")).looked_back_on == 2
    await edited(door, lyrics="[verse]\nGlass harbour\n")
    assert (await door.queries.review_sheet("r-first")).looked_back_on is None, "those are the writer's words again"


async def edited(door: Door, **words: str) -> None:
    await door.commands.edit("r-first", **words)
    run = await get(door)
    async with door.database.read() as connection:
        done = await kept.results(connection, "r-first", run.version)
    await made_again(door.database, **done[Stage.LYRICS])


async def test_a_song_that_was_made_anew_differs_without_an_edit(door: Door) -> None:
    await door.commands.new_version("r-first", (ReasonTag.WEAK_LYRICS,))
    await begun(door.database)
    await made_again(door.database, title="Another Harbour")
    found = await door.queries.revision_difference("r-first")
    assert found.edit is None and [line.mark for line in found.title] == [Mark.GONE, Mark.NEW]


async def test_the_next_song_is_told_what_a_person_changed_once_they_have_decided(door: Door) -> None:
    await door.commands.edit("r-first", title="Slow Signal")
    await made_again(door.database)
    await door.commands.approve("r-first")
    async with door.database.read() as connection:
        (judged,) = await reviews.judgements(connection, "a-vesper", later(minutes=1))
        titles = await runs.titles_of_artist(connection, "a-vesper", but="r-next")
    assert judged.edits == ("title changed from 'Glass Harbour' to 'Slow Signal' by a person",)
    assert set(titles) == {"Slow Signal", "Glass Harbour"}, "neither name is given again"
    (step,) = (await door.queries.artist("a-vesper")).learning
    assert step.judgement == judged


async def test_a_song_keeps_its_look_back_when_it_is_edited(door: Door) -> None:
    from engine.domain.codec import load
    from engine.domain.learning import Reflection

    look = load(content()["reflection"], Reflection)
    async with door.database.write() as connection:
        await reviews.add_reflection(connection, "l-1", "r-first", "a-vesper", 1, look, NOW)
    await door.commands.edit("r-first", title="Slow Signal")
    (step,) = (await door.queries.artist("a-vesper")).learning
    assert step.reflection == look
    assert (step.title, step.state) == ("Slow Signal", RunState.GENERATING), "one song, under its present name"


async def test_an_edit_leaves_the_artist_and_its_rate_alone(door: Door) -> None:
    async with door.database.read() as connection:
        before = await artists.get(connection, "a-vesper")
    await door.commands.edit("r-first", title="Slow Signal")
    async with door.database.read() as connection:
        assert replace(await artists.get(connection, "a-vesper"), last_run_at=before.last_run_at) == before
    (row,) = (await door.queries.artists()).rows
    assert row.approval_rate is None
