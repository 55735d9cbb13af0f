"""Several rows at once: marks, one question that lists every row, and what became of each."""

from __future__ import annotations

import json

from textual.pilot import Pilot

from console.screens.batch import BatchConfirm, DeedScreen
from console.screens.review import ReviewScreen
from console.widgets.menu import Menu
from engine.domain.artists import ArtistState
from engine.domain.runs import ENGINE, RunState
from engine.home import Home
from engine.store import releases, reviews, runs
from tests.console.conftest import Open, press, quiet, shown, toasts, until
from tests.console.label import Label


async def state_of(pilot: Pilot[int], run_id: str) -> RunState:
    row = await pilot.app.desk.link.ask(lambda door: door.queries.run_row(run_id))  # type: ignore[attr-defined]
    state: RunState = row.state
    return state


async def test_marked_artists_are_paused_after_one_question_that_names_them(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "space", "space", "b")
        assert "2 marked" in shown(pilot)
        assert isinstance(pilot.app.screen, DeedScreen)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, BatchConfirm)
        text = shown(pilot)
        assert "Vesper Lane" in text and "Ohm Garden" in text
        await press(pilot, "y")
        await until(pilot, lambda: "2 artists paused." in toasts(pilot))
        found = await pilot.app.desk.link.ask(lambda door: door.queries.artists(states=[ArtistState.PAUSED]))  # type: ignore[attr-defined]
    assert {row.name for row in found.rows} == {"Vesper Lane", "Ohm Garden"}


async def test_the_safe_answer_changes_nothing(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "space", "b", "enter", "enter")
        found = await pilot.app.desk.link.ask(lambda door: door.queries.artists(states=[ArtistState.PAUSED]))  # type: ignore[attr-defined]
    assert found.total == 0


async def test_rows_that_it_cannot_be_done_to_are_left_out_with_the_reason(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "asterisk", "b", "enter")
        text = shown(pilot)
        assert "Retry: 1 run?" in text and "Yes (y)" in text
        assert "left out" in text and "it is making" in text
        await press(pilot, "y")
        await until(pilot, lambda: "1 run taken up again." in toasts(pilot))
        assert await state_of(pilot, ids["failed"]) is RunState.GENERATING


async def test_what_can_be_done_to_no_row_is_disabled_and_says_why(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "m", "b")
        menu = pilot.app.screen.query_one(Menu)
        assert "1 song: what shall be done?" in shown(pilot)
        assert "Approve what was looked at  not now: nobody opened its review here" in shown(pilot)
        assert [option.disabled for option in menu.options] == [True, False, True]
        assert menu.highlighted is None
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, DeedScreen)
        await press(pilot, "down")
        assert menu.highlighted == 1


async def test_the_menu_rests_on_the_first_deed_that_can_be_taken_back(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await look_at(pilot, ids["review"])
        await press(pilot, "2", "b")
        assert pilot.app.screen.query_one(Menu).highlighted == 0
        await press(pilot, "escape")
    async with console(filled, approval_grace_seconds=0) as pilot:
        await look_at(pilot, ids["review"])
        await press(pilot, "2", "b")
        assert pilot.app.screen.query_one(Menu).highlighted is None


async def test_a_song_that_was_decided_elsewhere_is_no_longer_marked(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "asterisk")
        assert "2 marked" in shown(pilot)
        await pilot.app.desk.link.ask(lambda door: door.commands.approve(ids["review"]))  # type: ignore[attr-defined]
        await until(pilot, lambda: "1 marked" in shown(pilot))
        await press(pilot, "b")
        assert "1 song: what shall be done?" in shown(pilot)


async def test_a_song_that_is_decided_in_its_review_is_no_longer_marked(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "asterisk", "enter")
        await until(pilot, lambda: "Last Tram Home" in shown(pilot))
        await press(pilot, "a", "y", "escape")
        await until(pilot, lambda: "1 marked" in shown(pilot))


async def test_what_a_batch_could_not_be_done_to_keeps_its_mark(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "asterisk", "b", "enter")
        await pilot.app.desk.link.ask(lambda door: door.commands.retry(ids["failed"]))  # type: ignore[attr-defined]
        await press(pilot, "y")
        await until(pilot, lambda: "1 run not taken up again" in toasts(pilot))
        assert "1 marked" in shown(pilot)


async def test_a_menu_counts_only_where_it_is_not_possible_for_every_row(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "asterisk", "b")
        text = shown(pilot)
    assert "Retry  1 of 6 runs" in text and "Cancel  " in text and "Cancel  6" not in text


async def test_songs_that_nobody_opened_are_not_approved_as_if_somebody_had_looked(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "enter")
        await until(pilot, lambda: "Last Tram Home" in shown(pilot))
        await until(pilot, lambda: len(pilot.app.desk.looked) == 1)  # type: ignore[attr-defined]
        await press(pilot, "escape", "asterisk", "b", "enter")
        text = shown(pilot)
        assert "nobody opened its review" in text
        await press(pilot, "y")
        await until(pilot, lambda: "1 song approved." in toasts(pilot))
        assert await state_of(pilot, ids["second"]) is RunState.AWAITING_REVIEW


async def test_the_question_says_what_can_be_taken_back(filled: Home, console: Open) -> None:
    async with console(filled, approval_grace_seconds=60) as pilot:
        await press(pilot, "2", "enter")
        await until(pilot, lambda: len(pilot.app.desk.looked) == 1)  # type: ignore[attr-defined]
        await press(pilot, "escape", "b", "enter")
        assert "u takes it back for 60 s." in shown(pilot)
        await press(pilot, "n", "b", "down", "enter")
        assert "What nobody looked at is packed at once: that cannot be taken back." in shown(pilot)


async def look_at(pilot: Pilot[int], *run_ids: str) -> None:
    for run_id in run_ids:
        pilot.app.push_screen(ReviewScreen(run_id))
        await until(pilot, lambda: quiet(pilot))
        await press(pilot, "escape")


async def test_songs_that_were_rejected_together_are_taken_back_by_one_key_and_one_answer(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, approval_grace_seconds=60) as pilot:
        await look_at(pilot, ids["review"], ids["second"])
        await press(pilot, "2", "asterisk", "b", "down", "down", "enter", "space", "f2")
        assert "u takes them back for 60 s." in shown(pilot)
        await press(pilot, "y")
        await until(pilot, lambda: "2 songs rejected. u takes them back for 60 s." in toasts(pilot))
        await press(pilot, "u")
        await until(pilot, lambda: "Taken back: 2 songs wait for a decision again." in toasts(pilot))
        assert await state_of(pilot, ids["review"]) is await state_of(pilot, ids["second"]) is RunState.AWAITING_REVIEW
        assert "rejected" not in toasts(pilot) and "A song waits for you" not in toasts(pilot)


async def test_the_answer_says_which_of_a_batch_stays_decided(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, approval_grace_seconds=60) as pilot:
        await look_at(pilot, ids["review"])
        await press(pilot, "2", "asterisk", "b", "down", "enter", "y")
        await until(pilot, lambda: "2 songs approved. u takes 1 of them back for 60 s." in toasts(pilot))
        await press(pilot, "u")
        await until(pilot, lambda: "Taken back: 1 song waits for a decision again." in toasts(pilot))
        assert "1 of 2 could not be:\nWarm Machines: " in toasts(pilot)
        assert await state_of(pilot, ids["second"]) is RunState.APPROVED


async def test_undo_is_in_the_palette_of_the_list_and_says_there_why_not(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "ctrl+p", *"undo")
        await until(pilot, lambda: "Nothing was decided in this console" in shown(pilot))


async def test_the_releases_of_a_batch_are_told_of_once_they_are_packed(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "2", "asterisk", "b", "down", "enter", "y")
        await until(pilot, lambda: "2 songs approved." in toasts(pilot))
        for number, run_id in enumerate((ids["review"], ids["second"])):
            folder = label.home.releases / str(number)
            async with label.database.write() as connection:
                run = await runs.get(connection, run_id)
                revision = await reviews.newest_revision(connection, run_id)
                assert revision is not None
                of = (run.id, run.artist_id, revision.id, run.title)
                await releases.add(
                    connection, releases.Release(f"p-{number:010}", *of, str(folder), "5f" * 32, {}, label.now)
                )
                run = await runs.move(connection, run, RunState.PACKAGING, ENGINE, label.now)
                await runs.move(connection, run, RunState.PACKAGED, ENGINE, label.now)
        await until(pilot, lambda: toasts(pilot).count("is packed") == 2)


async def test_songs_that_were_rejected_together_can_be_taken_back_one_by_one_in_their_reviews(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, approval_grace_seconds=60) as pilot:
        await look_at(pilot, ids["review"], ids["second"])
        await press(pilot, "2", "asterisk", "b", "down", "down", "enter", "space", "f2", "y")
        await until(pilot, lambda: "2 songs rejected." in toasts(pilot))
        pilot.app.push_screen(ReviewScreen(ids["second"]))
        await until(pilot, lambda: "u takes it back" in shown(pilot))
        await press(pilot, "u")
        await until(pilot, lambda: "Taken back" in toasts(pilot))
        assert await state_of(pilot, ids["second"]) is RunState.AWAITING_REVIEW
        assert await state_of(pilot, ids["review"]) is RunState.REJECTED


async def test_what_somebody_else_decided_meanwhile_is_told_and_the_others_are_done(
    filled: Home, console: Open, label: Label, ids: dict[str, str]
) -> None:
    from engine.api.decide import Decision, Verdict, decide
    from tests.console.label import NOW, ON_TELEGRAM

    async with console(filled) as pilot:
        await press(pilot, "2", "asterisk", "b", "down", "enter")
        async with label.database.write() as connection:
            verdict = Verdict(Decision.APPROVE)
            await decide(connection, ids["review"], verdict, ON_TELEGRAM, NOW, grace_s=0, retirement_threshold=5)
        await press(pilot, "y")
        await until(pilot, lambda: "1 song not approved" in toasts(pilot))
    assert "grace" in toasts(pilot) and "1 song approved." in toasts(pilot)


async def test_filter_and_order_survive_a_restart(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "slash", "t", "r", "a", "m", "enter", "s")
    kept = json.loads(filled.console_state.read_text())
    assert (kept["filters"], kept["orders"]) == ({"runs": "tram"}, {"runs": "state"})
    async with console(filled) as pilot:
        await until(pilot, lambda: "/tram" in shown(pilot))
        assert "Slow Ferry" not in shown(pilot).split("3 Runs")[1].split("4 Models")[0]
