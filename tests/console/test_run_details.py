"""The screen about one run, and what can be done with it there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import Static

from console.screens.confirm import Confirm
from console.screens.run import RunScreen
from console.screens.stages import StagesScreen
from engine.api.decide import Decision, Verdict, decide
from engine.domain.models import Attempt, ChainEvent, ModelName, Outcome, Role
from engine.domain.runs import RunState
from engine.home import Home
from engine.store import chains, runs
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, ON_TELEGRAM, OPERATOR, Label
from tests.console.test_details import open_artist_screen


async def open_run(pilot: Any, run_id: str) -> RunScreen:
    screen = RunScreen(run_id)
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.found is not None)
    return screen


async def test_a_run_shows_stages_steps_prompts_and_files(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, (140, 70)) as pilot:
        await open_run(pilot, ids["review"])
        text = shown(pilot)
        for words in (
            "✓ done",
            "concept",
            "queued → generating",
            "generating → awaiting_review",
            "sha256",
            "lyrics · offline",
        ):
            assert words in text, words
        assert "Write a song about" not in text
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: "Write a song about a missed tram." in shown(pilot))


async def test_a_run_shows_everybody_whom_a_question_came_to(label: Label, console: Open, ids: dict[str, str]) -> None:
    grok, mistral = ModelName("grok", "g"), ModelName("mistral", "m")
    tried = (
        Attempt(ModelName("openai", "o"), "passed over", "key refused", asked=False),
        Attempt(grok, Outcome.SERVER, "server error (500): tired", 800, 2_000),
        Attempt(mistral, Outcome.ANSWERED, "", 1_200, 500),
    )
    event = ChainEvent("h-1", Role.LYRICS, "lyrics-1", tried, mistral, True, "openai:o (key refused)", 2_000)
    async with label.database.write() as connection:
        await chains.add(connection, event, ids["review"], None, NOW)
    async with console(label.home, (140, 70)) as pilot:
        await open_run(pilot, ids["review"])
        text = shown(pilot)
    for words in (
        "lyrics: mistral:m answered, 2.0 s, $0.0025",
        "openai:o: passed over, key refused",
        "grok:g: server error (500): tired (800 ms, $0.002)",
        "mistral:m: answered (1.2 s, $0.0005)",
    ):
        assert words in text, words


async def test_a_failed_run_is_retried_where_it_failed(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        screen = await open_run(pilot, ids["failed"])
        assert "✗ failed" in shown(pilot)
        await press(pilot, "r")
        await until(pilot, lambda: screen.found is not None and screen.found.row.state is RunState.GENERATING)


async def test_a_run_that_did_not_fail_says_why_it_cannot_be_retried(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_run(pilot, ids["track"])
        await press(pilot, "r")
        assert "only a failed run can be retried" in toasts(pilot)


async def test_cancelling_takes_a_second_step(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        screen = await open_run(pilot, ids["track"])
        await press(pilot, "x", "enter")
        assert screen.found is not None and screen.found.row.state is RunState.GENERATING
        await press(pilot, "x", "y")
        await until(pilot, lambda: screen.found is not None and screen.found.row.state is RunState.CANCELLED)


async def test_a_question_about_a_run_that_moves_on_says_so_and_takes_no_yes(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        screen = await open_run(pilot, ids["review"])
        await press(pilot, "x")
        await decided_elsewhere(label, ids["review"])
        await until(pilot, lambda: "Meanwhile the run has moved on" in shown(pilot))
        asked = str(pilot.app.screen.query_one("#asked", Static).content)
        assert "rejected (version 1) by grace by Telegram" in asked and "Nothing was done" in asked
        await press(pilot, "y")
        assert pilot.app.screen is not screen
        await press(pilot, "n")
        assert pilot.app.screen is screen
        assert screen.found is not None and screen.found.row.state is RunState.REJECTED


async def test_the_choice_of_a_stage_closes_when_the_run_moves_on(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        screen = await open_run(pilot, ids["review"])
        await press(pilot, "a")
        await decided_elsewhere(label, ids["review"])
        await until(pilot, lambda: pilot.app.screen is screen)
        assert "Meanwhile the run has moved on" in toasts(pilot)


async def test_what_a_cancelled_run_did_not_make_is_not_waited_for_nor_reviewed(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, (140, 45)) as pilot:
        screen = await open_run(pilot, ids["track"])
        await press(pilot, "x", "y")
        await until(pilot, lambda: screen.found is not None and screen.found.row.state is RunState.CANCELLED)
        await until(pilot, lambda: "- not made" in shown(pilot))
        assert "waiting" not in screen._stages.text
        await press(pilot, "v")
        assert "There is nothing to review yet." in toasts(pilot) and pilot.app.screen is screen


async def test_the_stages_of_a_run_keep_their_lines_in_sixty_columns(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, (60, 40)) as pilot:
        screen = await open_run(pilot, ids["track"])
        await until(pilot, lambda: "stage      progress" in shown(pilot))
        drawn = screen._stages.render().plain.splitlines()
    assert screen.found is not None
    for stage in screen.found.stages:
        assert len([line for line in drawn if f" {stage.stage} " in f"{line} "]) == 1


async def test_ages_go_on_while_a_screen_stands_open(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        screen = await open_run(pilot, ids["track"])
        pilot.app.desk.now = lambda: NOW + timedelta(days=3)  # type: ignore[attr-defined]
        screen._age()
        await until(pilot, lambda: "started 3 days ago" in shown(pilot))


async def test_ages_that_are_the_same_draw_nothing(
    filled: Home, console: Open, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[object] = []
    async with console(filled, (140, 45)) as pilot:
        for screen in (await open_run(pilot, ids["failed"]), await open_artist_screen(pilot, ids["Vesper Lane"])):
            for widget in screen.query("Card, Beside, #head"):
                monkeypatch.setattr(widget, "refresh", lambda *_, widget=widget, **__: drawn.append(widget))
            screen._age()
            assert drawn == []
            pilot.app.desk.now = lambda: NOW + timedelta(days=3)  # type: ignore[attr-defined]
            screen._age()
            assert drawn
            drawn.clear()
            pilot.app.desk.now = lambda: NOW  # type: ignore[attr-defined]


async def test_a_yes_to_what_was_true_a_moment_ago_does_nothing_and_says_so(
    label: Label, console: Open, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(label.home) as pilot:
        screen = await open_run(pilot, ids["failed"])
        monkeypatch.setattr(screen, "concerns", lambda changes: False)  # the news has not come yet
        await press(pilot, "x")
        async with label.database.write() as connection:
            run = await runs.get(connection, ids["failed"])
            await runs.move(connection, run, RunState.GENERATING, OPERATOR, NOW, "retry", attempt=2, failure=None)
        await press(pilot, "y")
        await until(pilot, lambda: "when it was to be cancelled; it is generating" in toasts(pilot))
        await until(pilot, lambda: screen.found is not None and screen.found.row.attempt == 2)


async def decided_elsewhere(label: Label, run_id: str) -> None:
    async with label.database.write() as connection:
        verdict = Verdict(Decision.REJECT, (), "no hook")
        await decide(connection, run_id, verdict, ON_TELEGRAM, NOW, grace_s=0, retirement_threshold=5)


async def test_an_open_run_follows_its_progress(label: Label, console: Open, ids: dict[str, str]) -> None:
    from engine.domain.runs import Stage

    async with console(label.home, (140, 40)) as pilot:
        await open_run(pilot, ids["track"])
        async with label.database.write() as connection:
            run = await runs.get(connection, ids["track"])
            await runs.stage_progress(connection, run, Stage.TRACK, 0.93, "mastering", 0.4)
        await until(pilot, lambda: "93%" in shown(pilot) and "mastering" in shown(pilot))


async def test_a_failure_stands_on_top_with_its_cause_and_its_fix(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, (100, 50)) as pilot:
        await open_run(pilot, ids["failed"])
        lines = shown(pilot).splitlines()
        top = next(i for i, line in enumerate(lines) if "Failed" in line)
        assert top < next(i for i, line in enumerate(lines) if "Stages" in line)
        assert "ffmpeg ended with code 1" in "".join(lines[top : top + 4]) and "Retry it." in "".join(
            lines[top : top + 5]
        )
        await press(pilot, "r")
        await until(pilot, lambda: "▸ making" in shown(pilot))
        assert "─ Failed ─" not in shown(pilot)


async def test_a_failed_run_is_made_again_from_an_earlier_stage(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, (120, 60)) as pilot:
        screen = await open_run(pilot, ids["failed"])
        await press(pilot, "a")
        assert isinstance(pilot.app.screen, StagesScreen)
        assert "where it failed" in shown(pilot) and "the same draw" in shown(pilot)
        await press(pilot, "j", "j", "j")
        assert "kept: concept, lyrics, cover" in shown(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Confirm) and "Make it again from track?" in shown(pilot)
        await press(pilot, "y")
        await until(pilot, lambda: screen.found is not None and screen.found.row.version == 2)
        text = shown(pilot)
    for words in (
        "version 2  made again from track",
        "kept from version 1",
        "failed at clip: ffmpeg ended with code 1",
    ):
        assert words in text, words


async def test_a_song_that_failed_is_in_no_queue_that_it_could_leave(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_run(pilot, ids["failed"])
        await press(pilot, "a")
        assert isinstance(pilot.app.screen, StagesScreen) and "of the queue" not in shown(pilot)


async def test_where_it_failed_needs_no_second_question(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        screen = await open_run(pilot, ids["failed"])
        await press(pilot, "a", "enter")
        await until(pilot, lambda: screen.found is not None and screen.found.row.attempt == 2)
        assert screen.found is not None and screen.found.row.version == 1


async def test_a_song_that_waits_is_made_again_from_a_stage_and_can_be_left_as_it_is(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, (80, 24)) as pilot:
        screen = await open_run(pilot, ids["review"])
        await press(pilot, "r")
        assert "a makes it again from a stage" in toasts(pilot)
        await press(pilot, "a", "escape")
        assert pilot.app.screen is screen
        await press(pilot, "a")
        assert "takes the song out of the queue" in shown(pilot)
        await press(pilot, "enter")
        assert "leaves the queue" in shown(pilot)
        await press(pilot, "n")
        assert screen.found is not None and screen.found.row.version == 1
        await press(pilot, "a", "G", "enter", "y")
        await until(pilot, lambda: screen.found is not None and screen.found.row.version == 2)
        assert screen.found.row.state is RunState.GENERATING


async def test_a_run_at_work_is_not_made_again_and_says_why(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        screen = await open_run(pilot, ids["track"])
        await press(pilot, "a")
        assert pilot.app.screen is screen
        assert "only a run that failed or waits for review" in toasts(pilot)


async def test_a_run_shows_costs_attempts_and_a_bar_for_the_whole(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, (120, 70)) as pilot:
        await open_run(pilot, ids["review"])
        text = shown(pilot)
        for words in ("Costs", "lyrics  $0.00", "sum", "Attempts", "version 1  first version", "? to review"):
            assert words in text, words
    async with console(filled, (120, 70)) as pilot:
        await open_run(pilot, ids["clip"])
        assert "at work" in shown(pilot) and "━" in shown(pilot) and "left" in shown(pilot)
