"""Editing a song on the desk: typed, seen as a difference, confirmed, made; and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input, TextArea

from console.screens.confirm import Confirm
from console.screens.difference import PlanScreen, RevisionScreen
from console.screens.edit import EditScreen
from console.screens.review import ReviewScreen
from console.screens.run import RunScreen
from console.widgets.diff import lines_of
from console.widgets.reading import Card
from engine.api.decide import Decision, Verdict, decide
from engine.api.edit import Wish, edit
from engine.domain.difference import difference
from engine.domain.edits import written
from engine.domain.runs import RunState
from engine.domain.song import Lyrics, LyricSection, SectionKind
from engine.home import Home
from engine.lock import EngineLock, EngineState, Mode, acquire
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import ON_TELEGRAM, Label, lyrics
from tests.console.test_review import open_review, run_of


async def open_edit(pilot: Any) -> EditScreen:
    """The edit screen of the song that waits longest."""
    await open_review(pilot)
    await press(pilot, "e")
    screen = pilot.app.screen
    assert isinstance(screen, EditScreen)
    return screen


def title_of(screen: EditScreen) -> Input:
    return screen.query_one(Input)


def lyrics_of(screen: EditScreen) -> TextArea:
    return screen.query_one(TextArea)


async def rename(pilot: Any, title: str) -> None:
    """Types another title."""
    await press(pilot, "ctrl+u", *title)


async def elsewhere(label: Label, run_id: str, **wish: str) -> None:
    """Grace edits the song on her phone."""
    async with label.database.write() as connection:
        await edit(connection, run_id, Wish(**wish), ON_TELEGRAM, label.now)


async def test_title_and_lyrics_stand_there_as_they_are_shown(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_edit(pilot)
        assert title_of(screen).value == "Last Tram Home" and title_of(screen).has_focus
        assert lyrics_of(screen).text.startswith("[verse]\nThe platform clock has lost its hands\n")
        assert "[sections] stay" in str(lyrics_of(screen).border_subtitle)


async def test_nothing_changed_says_so_and_leaving_needs_no_question(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_edit(pilot)
        await press(pilot, "f2")
        assert "Nothing was changed" in toasts(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ReviewScreen)


async def test_leaving_asks_before_what_was_typed_is_dropped(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_edit(pilot)
        await rename(pilot, "Night Bus")
        await press(pilot, "escape")
        question: Any = pilot.app.screen
        assert isinstance(question, Confirm) and "changed the title" in shown(pilot)
        await press(pilot, "enter")
        assert screen.is_current and title_of(screen).value == "Night Bus"
        await press(pilot, "escape", "y")
        assert isinstance(pilot.app.screen, ReviewScreen)


async def test_an_edit_is_seen_as_a_difference_and_takes_a_second_step(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_edit(pilot)
        await rename(pilot, "Last Bus Home")
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, PlanScreen)
        text = shown(pilot)
        for words in ("- Last Tram Home", "+ Last Bus Home", "made again", "cover", "clip", "stays as it is", "track"):
            assert words in text, words
        await press(pilot, "f2", "enter")
        assert isinstance(pilot.app.screen, PlanScreen), "the safe answer has the focus"
        assert (await run_of(pilot, ids["review"])).version == 1
        await press(pilot, "f2", "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        assert "on its way" in toasts(pilot)
        run = await run_of(pilot, ids["review"])
    assert (run.state, run.version, run.title) == (RunState.GENERATING, 2, "Last Bus Home")


async def test_before_the_yes_it_is_said_that_the_song_leaves_the_queue(filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        await open_edit(pilot)
        await rename(pilot, "Last Bus Home")
        await press(pilot, "f2")
        assert "takes the song out of the queue" in shown(pilot)


async def test_going_back_from_the_difference_keeps_what_was_typed(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_edit(pilot)
        await rename(pilot, "Last Bus Home")
        await press(pilot, "f2", "escape")
        assert pilot.app.screen is screen and title_of(screen).value == "Last Bus Home"


async def test_a_changed_line_is_made_into_the_next_revision(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        screen = await open_edit(pilot)
        area = lyrics_of(screen)
        area.text = area.text.replace("lost its hands", "lost its way", 1)
        await press(pilot, "f2")
        text = shown(pilot)
        assert "- The platform clock has lost its hands" in text and "+ The platform clock has lost its way" in text
        assert "The verse was the same each time; now it is not." in text
        await press(pilot, "f2", "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        run = await run_of(pilot, ids["review"])
    assert (run.state, run.version, run.title) == (RunState.GENERATING, 2, "Last Tram Home")


async def test_words_that_cannot_be_used_are_refused_with_the_line_and_stay(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_edit(pilot)
        area = lyrics_of(screen)
        area.text = area.text.replace("\n[chorus]\n", "", 1)
        await press(pilot, "f2")
        assert pilot.app.screen is screen
        assert "they must stay verse, chorus, verse, chorus" in toasts(pilot)
        assert lyrics_of(screen).text == area.text


async def test_the_cursor_goes_to_the_line_that_cannot_be_used(filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        screen = await open_edit(pilot)
        area = lyrics_of(screen)
        rows = area.text.split("\n")
        bad = max(number for number, row in enumerate(rows) if row.startswith("[")) + 1
        area.text = "\n".join([*rows[:bad], "...", *rows[bad:]])
        await press(pilot, "f2")
        await until(pilot, lambda: f"Line {bad + 1} has no word" in toasts(pilot))
        assert area.has_focus
        assert area.cursor_location == (bad, 3)
        title_of(screen).value = " "
        await press(pilot, "f2")
        await until(pilot, lambda: "at least one visible character" in toasts(pilot))
        assert title_of(screen).has_focus


async def test_title_and_lyrics_stand_under_each_other_in_a_low_terminal(filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        screen = await open_edit(pilot)
        title, lyrics = title_of(screen).region, lyrics_of(screen).region
        assert (title.x, title.right) == (lyrics.x, lyrics.right)


async def test_while_no_engine_runs_the_desk_says_that_the_edit_waits_for_one(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await open_review(pilot)
        await elsewhere(label, ids["review"], title="Night Bus")
        await until(pilot, lambda: "the new version waits for the engine: none runs" in shown(pilot))
        assert "▸ making" not in shown(pilot)
        assert "at work" not in shown(pilot).splitlines()[0]
        await press(pilot, "a")
        assert "a newer revision waits for the engine" in toasts(pilot)
        lock = acquire(label.home.lock, Mode.HEADLESS)
        try:
            lock.tell(EngineState.RUNNING, worker=4712)
            await until(pilot, lambda: "▸ making" in shown(pilot))
        finally:
            lock.release()


async def test_while_it_is_made_the_desk_shows_how_far_it_is_and_takes_no_decision(
    label: Label, console: Open, ids: dict[str, str], engine: EngineLock
) -> None:
    async with console(label.home) as pilot:
        await open_review(pilot)
        await elsewhere(label, ids["review"], title="Night Bus")
        await until(pilot, lambda: "title edited by grace by Telegram, just now" in shown(pilot))
        await until(pilot, lambda: "▸ making" in shown(pilot))
        assert "Night Bus" in shown(pilot)
        for key in ("a", "r", "v", "e"):
            await press(pilot, key)
            assert isinstance(pilot.app.screen, ReviewScreen)
        assert "cannot be approved now: a newer revision is being made" in toasts(pilot)
        assert "cannot be edited now" in toasts(pilot)


async def test_the_new_revision_is_shown_when_it_comes_and_d_shows_what_changed(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        screen = await open_review(pilot)
        await elsewhere(label, ids["review"], title="Night Bus")
        await press(pilot, "d")
        assert isinstance(pilot.app.screen, RevisionScreen)
        await until(pilot, lambda: "revision 1 → what is being made" in shown(pilot))
        await label.made_again(ids["review"])
        await until(pilot, lambda: "revision 1 → revision 2" in shown(pilot))
        text = shown(pilot)
        assert "- Last Tram Home" in text and "+ Night Bus" in text and "The words are the same." in text
        await press(pilot, "escape")
        await until(pilot, lambda: "version 2" in shown(pilot))
        assert "title edited by grace by Telegram" in shown(pilot)
        assert "A newer revision came" in toasts(pilot)
        assert screen.sheet is not None and screen.sheet.revision_number == 2


async def test_the_look_back_says_that_it_is_about_the_words_before_the_edit(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    words = written(lyrics()).replace("lost its hands", "lost its way")
    await elsewhere(label, ids["review"], lyrics=words)
    await label.made_again(ids["review"])
    async with console(label.home) as pilot:
        screen = ReviewScreen(ids["review"])
        pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.sheet is not None)
        [card] = [card for card in screen.query(Card) if card.title_words == "Looking back"]
        assert card.text.startswith("Of revision 1, before its words were edited")


async def test_the_run_shows_which_stages_were_taken_over(label: Label, console: Open, ids: dict[str, str]) -> None:
    await elsewhere(label, ids["review"], title="Night Bus")
    async with console(label.home) as pilot:
        pilot.app.push_screen(RunScreen(ids["review"]))
        await until(pilot, lambda: "kept from version 1" in shown(pilot))
        kept = [line for line in shown(pilot).splitlines() if "kept from version 1" in line]
    assert len(kept) == 5 and "track" in kept[2]


async def test_with_one_revision_there_is_nothing_to_compare(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        assert "nothing to compare" in toasts(pilot)


async def test_an_edit_made_elsewhere_is_told_to_the_one_who_types_and_refused_at_the_end(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        screen = await open_edit(pilot)
        await rename(pilot, "Last Bus Home")
        await elsewhere(label, ids["review"], title="Night Bus")
        await until(pilot, lambda: "can no longer be edited: title edited by grace by Telegram" in shown(pilot))
        await press(pilot, "f2")
        assert pilot.app.screen is screen and title_of(screen).value == "Last Bus Home"
        assert "title edited by grace by Telegram at 2026-11-23 21:30" in toasts(pilot)


async def test_an_edit_between_difference_and_yes_is_refused_and_nothing_typed_is_lost(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        screen = await open_edit(pilot)
        await rename(pilot, "Last Bus Home")
        await press(pilot, "f2", "f2")
        await elsewhere(label, ids["review"], title="Night Bus")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and "title edited by grace" in shown(pilot))
        await press(pilot, "y")
        assert "title edited by grace" in toasts(pilot)
        await press(pilot, "escape", "escape")
        assert pilot.app.screen is screen and title_of(screen).value == "Last Bus Home"
        assert (await run_of(pilot, ids["review"])).title == "Night Bus"


async def test_an_approval_that_was_being_confirmed_is_refused_and_names_the_edit(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await open_review(pilot)
        await press(pilot, "a")
        await elsewhere(label, ids["review"], title="Night Bus")
        await label.made_again(ids["review"])
        await until(pilot, lambda: "A newer revision of this song came meanwhile" in shown(pilot))
        assert isinstance(pilot.app.screen, Confirm) and "title edited by grace" in shown(pilot)
        await press(pilot, "y")
        assert isinstance(pilot.app.screen, Confirm)
        assert (await run_of(pilot, ids["review"])).state is RunState.AWAITING_REVIEW


async def test_a_decided_song_cannot_be_edited_and_says_who_decided(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await open_review(pilot)
        async with label.database.write() as connection:
            await decide(
                connection, ids["review"], Verdict(Decision.APPROVE), ON_TELEGRAM, label.now, grace_s=0,
                retirement_threshold=5,
            )  # fmt: skip
        await until(pilot, lambda: "Approved by grace" in shown(pilot))
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert "cannot be edited any more. Approved by grace by Telegram" in toasts(pilot)


async def test_sung_words_cannot_be_edited_and_the_desk_says_so_where_they_stand(label: Label, console: Open) -> None:
    artist = await label.artist("Sung Artist")
    run_id = await label.to_review(artist, "Sung Song", minutes_ago=900, vocals="model")
    async with console(label.home, (140, 110)) as pilot:
        await open_review(pilot)
        assert "The words are sung in this track" in shown(pilot)
        await press(pilot, "e")
        screen = pilot.app.screen
        assert isinstance(screen, EditScreen)
        assert "so they cannot be edited; its title can" in shown(pilot)
        await press(pilot, "tab", "x")
        assert screen.wish == (None, None), "typing into the words does nothing"
        await press(pilot, "shift+tab", *"!", "f2", "f2", "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        run = await run_of(pilot, run_id)
    assert (run.title, run.version) == ("Sung Song!", 2)


async def test_a_failed_new_revision_says_why_on_the_desk(label: Label, console: Open, ids: dict[str, str]) -> None:
    from engine.domain.runs import ENGINE, Stage
    from engine.store import runs

    await elsewhere(label, ids["review"], title="Night Bus")
    async with label.database.write() as connection:
        run = await runs.get(connection, ids["review"])
        await runs.stage_starts(connection, run, Stage.COVER, label.now)
        failure = {"cause": "No space is left.", "fix": "Free some.", "retryable": True}
        await runs.move(connection, run, RunState.FAILED, ENGINE, label.now, "full", failure=failure)
    async with console(label.home) as pilot:
        pilot.app.push_screen(ReviewScreen(ids["review"]))
        await until(pilot, lambda: "failed  No space is left." in shown(pilot))


HOSTILE = "Tram \x1b]0;owned\x07\x1b[31m[red]x[/red] \u202eoff"


async def test_hostile_words_reach_neither_the_fields_nor_the_difference(label: Label, console: Open) -> None:
    artist = await label.artist("Hostile")
    section = LyricSection(SectionKind.VERSE, (HOSTILE, "a quiet line of words"))
    await label.to_review(artist, HOSTILE, minutes_ago=900, words=Lyrics("en", (section,)))
    async with console(label.home) as pilot:
        screen = await open_edit(pilot)
        for text in (shown(pilot), title_of(screen).value, lyrics_of(screen).text):
            assert not {"\x1b", "\x07", "\u202e"} & set(text)
        await rename(pilot, "[b]Quiet[/b]")
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, PlanScreen)
        text = shown(pilot)
    assert "+ [b]Quiet[/b]" in text and not {"\x1b", "\x07", "\u202e"} & set(text)


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_it_all_fits_a_small_terminal(filled: Home, console: Open, size: tuple[int, int]) -> None:
    async with console(filled, size) as pilot:
        pilot.app.clear_notifications()
        await open_edit(pilot)
        assert "[verse]" in shown(pilot)
        await rename(pilot, "Last Bus Home")
        await press(pilot, "f2")
        assert "+ Last Bus Home" in shown(pilot)


def test_a_difference_can_be_read_without_any_colour() -> None:
    found = lines_of(difference("one\nthe city sleeps\nend", "one\nthe harbour sleeps\nend"))
    assert found.plain == "  one\n- the city sleeps\n+ the harbour sleeps\n  end"
    gone = found.wrap(80)[1]
    (marked,) = [span for span in gone.spans if "underline" in str(span.style)]
    assert gone.plain[marked.start : marked.end] == "city"
