"""The review: what is shown, and that every decision is deliberate, bound to what is shown, and made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.content import Content

from console.app import NoktvrnApp
from console.attention import say
from console.news import Toast
from console.screens.confirm import Confirm
from console.screens.reasons import ReasonsScreen
from console.screens.release import ReleaseScreen
from console.screens.review import ReviewScreen
from console.sound import Sound
from console.widgets.heading import Heading
from console.widgets.reading import Card
from console.widgets.storyboard import Still
from engine.api.decide import Decision, Verdict, decide
from engine.api.models import ReviewRow, RunRow
from engine.domain.runs import ENGINE, RunState
from engine.home import Home
from engine.store import releases, runs
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, ON_TELEGRAM, Label


async def open_review(pilot: Any) -> ReviewScreen:
    await press(pilot, "2", "enter")
    screen = pilot.app.screen
    assert isinstance(screen, ReviewScreen)
    await until(pilot, lambda: screen.sheet is not None)
    return screen


async def run_of(pilot: Any, run_id: str) -> RunRow:
    app = pilot.app
    assert isinstance(app, NoktvrnApp)
    return await app.desk.link.ask(lambda door: door.queries.run_row(run_id))


async def reviews_of(pilot: Any, run_id: str) -> tuple[ReviewRow, ...]:
    app = pilot.app
    assert isinstance(app, NoktvrnApp)
    return (await app.desk.link.ask(lambda door: door.queries.run(run_id))).reviews


async def whole(pilot: Any) -> str:
    """Every card, not only what is in view."""
    await pilot.resize_terminal(200, 120)
    await until(pilot, lambda: "Lyrics" in shown(pilot))
    return shown(pilot)


async def test_a_reviewer_sees_everything_there_is_to_judge_by(filled: Home, console: Open) -> None:
    async with console(filled, (200, 120)) as pilot:
        await open_review(pilot)
        await until(pilot, lambda: "▀" in shown(pilot))
        text = await whole(pilot)
    for words in (
        "Last Tram Home  by Vesper Lane",
        "instrumental (no vocals)",
        "waits 34 min",
        "96 bpm",
        "95.8 bpm (91% sure)",
        "-14.1 LUFS",
        "-1.3 dBTP",
        "✓ ok",
        "cover size",
        "miss the last tram",
        "earlier songs changed",
        "called too slow",
        "the next song is told",
        "Leave two bars more before",
        "[chorus]",
        "0:40  Walk me along the silver line",
        "╵chorus",
        "offline: writer",
        "track",
        "Cover",
    ):
        assert words in text, words


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 45), (200, 60)])
async def test_the_first_view_holds_cover_waveform_concept_and_words(
    filled: Home, console: Open, size: tuple[int, int]
) -> None:
    async with console(filled, size) as pilot:
        await open_review(pilot)
        await until(pilot, lambda: "▀" in shown(pilot))
        text = shown(pilot)
    for words in ("Cover", "╵chorus", "miss the last tram", "wistful", "0:20  The platform clock", "▀▀▀▀▀▀▀▀▀▀"):
        assert words in text, words


async def test_a_long_title_leaves_the_heading_in_its_two_lines(filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        screen = await open_review(pilot)
        heading = screen.query_one(Heading)
        heading.show(Content("A song with a name " * 6), Content("1 of 2, longest wait 34 min"), Content("kind " * 30))
        await pilot.pause()
        lines = heading.render().plain.split("\n")
    assert len(lines) == 2 and all(len(one) == 76 for one in lines)
    assert lines[0].endswith("…  1 of 2, longest wait 34 min") and lines[1].endswith("…")


async def test_checks_that_fail_say_so_in_words_and_before_approval(filled: Home, console: Open) -> None:
    async with console(filled, (120, 60)) as pilot:
        await open_review(pilot)
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: "Warm Machines" in shown(pilot))
        assert "✗ fails: loudness, true peak, not clipped" in shown(pilot)
        await press(pilot, "a")
        assert "Checks that fail: loudness, true peak, not clipped" in shown(pilot)


async def test_approving_takes_a_second_step_and_rests_on_the_safe_answer(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "a")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "enter")
        assert (await run_of(pilot, ids["review"])).state is RunState.AWAITING_REVIEW
        await press(pilot, "a", "y")
        await until(pilot, lambda: "Approved by" in shown(pilot))
        assert (await run_of(pilot, ids["review"])).state is RunState.APPROVED
        (review,) = await reviews_of(pilot, ids["review"])
        assert (review.decision, review.channel, review.looked) == ("approve", "console", True)


async def test_a_rejection_needs_a_reason(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "r", "f2")
        assert isinstance(pilot.app.screen, ReasonsScreen)
        assert "at least one reason" in toasts(pilot)
        await press(pilot, "escape")
        assert (await run_of(pilot, ids["review"])).state is RunState.AWAITING_REVIEW


async def test_a_rejection_carries_tags_and_words(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "r", "j", "space", "j", "space", "tab", *"hectic", "f2")
        await until(pilot, lambda: "Rejected by" in shown(pilot))
        assert (await run_of(pilot, ids["review"])).state is RunState.REJECTED
        (review,) = await reviews_of(pilot, ids["review"])
        assert review.tags == ("too-fast", "too-busy")
        assert review.text == "hectic"


async def test_a_new_version_goes_back_with_notes(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "v", "tab", *"slower", "f2")
        await until(pilot, lambda: "new version is on its way" in toasts(pilot))
        run = await run_of(pilot, ids["review"])
    assert (run.state, run.version) == (RunState.QUEUED, 1)


async def test_a_toast_names_the_key_that_works_on_the_screen_where_it_stands(label: Label, console: Open) -> None:
    async with console(label.home) as pilot:
        await open_review(pilot)
        artist = await label.artist("Nadir Choir", "ambient")
        await label.to_review(artist, "Lantern Weather")
        await until(pilot, lambda: "A song waits for you (3 in all): ] goes on to it." in toasts(pilot))
        await press(pilot, "i")
        assert "A song waits for you (3 in all)." in toasts(pilot)
        await press(pilot, "escape", "escape")
        assert "A song waits for you (3 in all)." in toasts(pilot), "pane 2 has the keys already"
        await press(pilot, "3", "question_mark", "escape")
        assert "A song waits for you (3 in all): press 2." in toasts(pilot)
        assert "A song waits for you (3 in all): press 2." in " ".join(shown(pilot).split())


async def test_a_toast_names_no_way_to_another_song_where_no_other_waits(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        app: Any = pilot.app
        app.desk.overview = replace(app.desk.overview, approvals=1)
        say(app, Toast("Review", "A song waits", "information", ways=(": {review.next|]} goes on to it.", ".")))
        await until(pilot, lambda: "A song waits." in toasts(pilot))


async def test_a_decision_made_elsewhere_is_told_with_who_when_and_where(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await open_review(pilot)
        async with label.database.write() as connection:
            await decide(
                connection,
                ids["review"],
                Verdict(Decision.APPROVE),
                ON_TELEGRAM,
                label.now,
                grace_s=0,
                retirement_threshold=5,
            )
        await until(pilot, lambda: "Approved by grace by Telegram, just now" in shown(pilot))
        await press(pilot, "a")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert "cannot be approved any more" in toasts(pilot)


@pytest.mark.parametrize(("asks", "says_yes"), [("a", "y"), ("r", "f2"), ("v", "f2")])
async def test_a_question_that_somebody_answered_elsewhere_says_so_and_takes_no_yes(
    label: Label, console: Open, ids: dict[str, str], asks: str, says_yes: str
) -> None:
    async with console(label.home, (80, 24)) as pilot:
        await open_review(pilot)
        await press(pilot, asks)
        if asks != "a":
            await press(pilot, "space")
        async with label.database.write() as connection:
            verdict = Verdict(Decision.APPROVE)
            await decide(connection, ids["review"], verdict, ON_TELEGRAM, label.now, grace_s=0, retirement_threshold=5)
        question = pilot.app.screen
        await until(pilot, lambda: "Approved by grace by Telegram, just now" in shown(pilot))
        assert pilot.app.screen is question
        assert f"({says_yes})" not in shown(pilot)
        await press(pilot, says_yes)
        assert pilot.app.screen is question and "Approved by grace" in toasts(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ReviewScreen)
        (review,) = await reviews_of(pilot, ids["review"])
    assert (review.decision, review.actor_name) == ("approve", "grace")


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_listen_and_compare_are_among_the_keys_in_every_width(filled: Home, console: Open, width: int) -> None:
    async with console(filled, (width, 24)) as pilot:
        await open_review(pilot)
        last = shown(pilot).splitlines()[-1]
    for hint in ("a Approve", "r Reject", "v New", "l Listen", "c Compare", "? Help"):
        assert hint in last


async def test_an_approval_names_the_song_and_later_the_folder_of_its_release(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    folder = label.home.releases / "vesper-lane" / "last-tram-home"
    async with console(label.home) as pilot:
        screen = await open_review(pilot)
        assert screen.sheet is not None
        await press(pilot, "a", "y")
        await until(pilot, lambda: "Last Tram Home is approved. Its release goes to a folder" in toasts(pilot))
        assert str(label.home.releases) in toasts(pilot) and "is packed" not in toasts(pilot)
        async with label.database.write() as connection:
            run = await runs.get(connection, ids["review"])
            who = (run.id, run.artist_id, screen.sheet.revision_id, "Last Tram Home")
            await releases.add(
                connection, releases.Release("p-0000000001", *who, str(folder), "5f" * 32, {}, label.now)
            )
            run = await runs.move(connection, run, RunState.PACKAGING, ENGINE, label.now)
            await runs.move(connection, run, RunState.PACKAGED, ENGINE, label.now)
        await until(pilot, lambda: f"Last Tram Home is packed: {folder}" in toasts(pilot))
        assert toasts(pilot).count("is packed") == 1
        await press(pilot, "R")
        assert isinstance(pilot.app.screen, ReleaseScreen)


async def test_a_decision_holds_only_for_the_revision_that_was_shown(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    from engine.store import reviews

    async with console(label.home) as pilot:
        await open_review(pilot)
        await press(pilot, "a")
        async with label.database.write() as connection:
            content = await label.content(connection, ids["review"], "Another Title")
            await reviews.add_revision(connection, "v-new", ids["review"], content, label.now)
        await press(pilot, "y")
        await until(pilot, lambda: "newer revision than the one shown" in toasts(pilot))
        assert (await run_of(pilot, ids["review"])).state is RunState.AWAITING_REVIEW


async def test_listening_starts_a_player_and_leaving_stops_it(filled: Home, console: Open, tmp_path: Any) -> None:
    player = tmp_path / "player"
    player.write_text("#!/bin/sh\nexec sleep 60\n")
    player.chmod(0o700)
    async with console(filled) as pilot:
        screen = await open_review(pilot)
        screen.sound = Sound((str(player),))
        await press(pilot, "l")
        assert screen.player.plays
        await press(pilot, "escape")
        await until(pilot, lambda: not screen.player.plays)


async def test_brackets_go_through_the_queue(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: "Warm Machines" in shown(pilot))
        await press(pilot, "left_square_bracket")
        await until(pilot, lambda: "Last Tram Home" in shown(pilot))


async def test_a_missing_file_is_named_instead_of_shown(filled: Home, console: Open) -> None:
    for file in filled.artefacts.rglob("*.jpg"):
        file.unlink()
    async with console(filled, (120, 60)) as pilot:
        await open_review(pilot)
        await until(pilot, lambda: "cover cannot be shown" in shown(pilot))


@pytest.mark.parametrize(("size", "beside"), [((120, 40), True), ((200, 60), True), ((80, 24), False)])
async def test_the_words_stand_beside_the_concept_where_they_keep_their_lines(
    filled: Home, console: Open, size: tuple[int, int], beside: bool
) -> None:
    async with console(filled, size) as pilot:
        await open_review(pilot)
        cards = {card.title_words: card for card in pilot.app.screen.query(Card)}
        assert (cards["Concept"].region.y == cards["Lyrics"].region.y) is beside
        if beside:
            assert "0:20  The platform clock has lost its hands" in shown(pilot)


@pytest.mark.parametrize("size", [(60, 24), (120, 40)])
async def test_the_stills_have_the_width_of_all_that_is_told(
    filled: Home, console: Open, size: tuple[int, int]
) -> None:
    async with console(filled, size) as pilot:
        await open_review(pilot)
        stills = [still.region for still in pilot.app.screen.query(Still) if still.has_class("-shown")]
        in_a_row = [still for still in stills if still.y == stills[0].y]
        assert len(in_a_row) >= 3
        assert sum(still.width for still in in_a_row) > size[0] * 0.85


async def test_how_long_a_song_waits_goes_on_while_its_review_is_open(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_review(pilot)
        pilot.app.desk.now = lambda: NOW + timedelta(hours=5)  # type: ignore[attr-defined]
        before = shown(pilot)
        screen._tick()
        await until(pilot, lambda: "waits 5 h" in shown(pilot) or "longest wait 5 h" in shown(pilot))
        assert "5 h" not in before


async def test_a_song_without_a_package_says_so(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "R")
        assert "There is no package of this song: it is to review." in toasts(pilot)


async def test_of_two_opposite_reasons_the_one_takes_the_other_off(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "r", "space", "j", "space")
        assert "[ ] too-slow" in shown(pilot) and "[x] too-fast" in shown(pilot)
        await press(pilot, "f2")
        await until(pilot, lambda: "Rejected by" in shown(pilot))
        (review,) = await reviews_of(pilot, ids["review"])
    assert review.tags == ("too-fast",)


async def test_what_is_said_of_a_song_goes_with_its_review(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "a", "y")
        await until(pilot, lambda: "is approved" in toasts(pilot))
        await press(pilot, "escape")
        assert "is approved" not in toasts(pilot)
