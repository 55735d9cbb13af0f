"""Taking a decision back while its grace period runs, and what is said of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.screens.review import ReviewScreen
from engine.api.decide import Decision, Verdict, decide
from engine.domain.runs import RunState
from engine.home import Home
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, ON_TELEGRAM, Label
from tests.console.test_review import open_review, run_of


async def test_an_approval_can_be_taken_back_during_its_grace_period(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "a", "y")
        await until(pilot, lambda: "u takes it back for 10 s" in shown(pilot))
        assert "is approved" in toasts(pilot)
        await press(pilot, "u")
        await until(pilot, lambda: "Taken back: Last Tram Home waits for a decision again." in toasts(pilot))
        assert "is approved" not in toasts(pilot)
        assert (await run_of(pilot, ids["review"])).state is RunState.AWAITING_REVIEW
        assert "A song waits for you" not in toasts(pilot)


@pytest.mark.parametrize(
    ("keys", "told"),
    [(["r", "space", "f2"], "is rejected"), (["v", "tab", *"slower", "f2"], "new version is on its way")],
)
async def test_what_was_turned_down_can_be_taken_back_too(
    filled: Home, console: Open, ids: dict[str, str], keys: list[str], told: str
) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, *keys)
        await until(pilot, lambda: "u takes it back for 10 s" in shown(pilot))
        assert told in toasts(pilot)
        await press(pilot, "u")
        await until(pilot, lambda: "Taken back: Last Tram Home waits for a decision again." in toasts(pilot))
        assert told not in toasts(pilot)
        assert (await run_of(pilot, ids["review"])).state is RunState.AWAITING_REVIEW


async def test_the_question_says_how_long_a_rejection_can_be_taken_back(filled: Home, console: Open) -> None:
    async with console(filled, approval_grace_seconds=0) as pilot:
        await open_review(pilot)
        await press(pilot, "r")
        assert "It cannot be taken back." in " ".join(shown(pilot).split())


async def test_an_undo_says_what_it_took_back_of_the_artist(label: Label, console: Open) -> None:
    artist = await label.artist("Nadir Choir", "ambient")
    run_id = await label.to_review(artist, "Lantern Weather")
    async with console(label.home) as pilot:
        pilot.app.push_screen(ReviewScreen(run_id))
        await until(pilot, lambda: "Lantern Weather" in shown(pilot))
        await press(pilot, "a", "y")
        await until(pilot, lambda: "u takes it back" in shown(pilot))
        await press(pilot, "u")
        await until(pilot, lambda: "Nadir Choir is a candidate again." in toasts(pilot))


async def test_undo_is_among_the_keys_while_it_is_possible(filled: Home, console: Open) -> None:
    async with console(filled, (60, 24), approval_grace_seconds=600) as pilot:
        await open_review(pilot)
        await press(pilot, "a", "y")
        await until(pilot, lambda: "u Undo" in shown(pilot).splitlines()[-1])


async def test_with_the_next_song_on_the_screen_undo_takes_back_what_was_decided_last_and_names_it(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "a", "y", "right_square_bracket")
        await until(pilot, lambda: "Warm Machines" in shown(pilot))
        await press(pilot, "u")
        await until(pilot, lambda: "Taken back: Last Tram Home waits for a decision again." in toasts(pilot))
        assert "Warm Machines" in shown(pilot) and "is approved" not in toasts(pilot)
        assert (await run_of(pilot, ids["review"])).state is RunState.AWAITING_REVIEW


async def test_the_decision_on_the_song_that_is_shown_is_taken_back_before_any_other(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        screen = await open_review(pilot)
        await press(pilot, "a", "y", "right_square_bracket", "r", "space", "f2")
        screen.run_id, screen.sheet = ids["review"], None
        screen._read()
        await until(pilot, lambda: all(words in shown(pilot) for words in ("Last Tram Home", "u takes it back")))
        await press(pilot, "u")
        await until(pilot, lambda: "Taken back: Last Tram Home waits" in toasts(pilot))
        assert (await run_of(pilot, ids["second"])).state is RunState.REJECTED
        await press(pilot, "u")
        await until(pilot, lambda: "Taken back: Warm Machines waits" in toasts(pilot))


async def test_a_decision_that_somebody_made_anew_is_not_taken_back_for_the_one_before(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    from engine.api.undo import undo

    async with console(label.home) as pilot:
        await open_review(pilot)
        await press(pilot, "a", "y", "right_square_bracket")
        async with label.database.write() as connection:
            await undo(connection, ids["review"], ON_TELEGRAM, label.now)
            verdict, later = Verdict(Decision.APPROVE), label.now + timedelta(seconds=1)
            await decide(connection, ids["review"], verdict, ON_TELEGRAM, later, grace_s=10, retirement_threshold=5)
        await press(pilot, "u")
        await until(pilot, lambda: "was decided anew meanwhile" in toasts(pilot))
        assert (await run_of(pilot, ids["review"])).state is RunState.APPROVED


async def test_why_nothing_can_be_taken_back_is_true(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "u")
        assert "Nothing was decided in this console that could be taken back." in toasts(pilot)
        await press(pilot, "a", "y", "right_square_bracket")
        await until(pilot, lambda: "Warm Machines" in shown(pilot))
        pilot.app.desk.now = lambda: NOW + timedelta(seconds=11)  # type: ignore[attr-defined]
        await press(pilot, "u")
        assert "(Last Tram Home) has taken effect: it cannot be taken back any more." in toasts(pilot)


async def test_a_grace_period_that_has_run_out_is_promised_no_longer(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_review(pilot)
        await press(pilot, "a", "y")
        await until(pilot, lambda: "u takes it back for 10 s" in shown(pilot))
        pilot.app.desk.now = lambda: NOW + timedelta(seconds=11)  # type: ignore[attr-defined]
        screen._tick()
        await until(pilot, lambda: "takes it back" not in shown(pilot))


async def test_without_a_grace_period_undo_says_so(filled: Home, console: Open) -> None:
    async with console(filled, approval_grace_seconds=0) as pilot:
        await open_review(pilot)
        await press(pilot, "u")
        assert "Decisions take effect at once" in toasts(pilot)
