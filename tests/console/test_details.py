"""The screens about one artist, run, error, model, log line and release, and their actions."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import Static

from console.panes.runs import ArtistRuns
from console.screens.artist import ArtistScreen
from console.screens.confirm import Confirm
from console.screens.error import ErrorScreen
from console.screens.leaving import LeaveScreen
from console.screens.logline import LogLineScreen
from console.screens.model import ModelScreen
from console.screens.release import ReleaseScreen
from console.screens.run import RunScreen
from console.screens.stages import StagesScreen
from console.supervision import EngineView
from engine.api.decide import Decision, Verdict, decide
from engine.domain.artists import ArtistState
from engine.domain.models import Attempt, ChainEvent, ModelName, Outcome, Role
from engine.domain.runs import RunState
from engine.home import Home
from engine.safety.secrets import Secret
from engine.store import chains, models, releases, runs
from engine.store.releases import Release
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, ON_TELEGRAM, OPERATOR, Label


async def open_artist(pilot: Any, down: int = 0) -> ArtistScreen:
    await press(pilot, "1", *["j"] * down, "enter")
    screen = pilot.app.screen
    assert isinstance(screen, ArtistScreen)
    await until(pilot, lambda: screen.found is not None)
    return screen


async def open_artist_screen(pilot: Any, artist_id: str) -> ArtistScreen:
    screen = ArtistScreen(artist_id)
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.found is not None)
    return screen


async def open_run(pilot: Any, run_id: str) -> RunScreen:
    screen = RunScreen(run_id)
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.found is not None)
    return screen


async def test_an_artist_is_shown_with_persona_palette_and_learning(filled: Home, console: Open) -> None:
    async with console(filled, (160, 70)) as pilot:
        await open_artist(pilot)
        text = shown(pilot)
    for words in (
        "low and unhurried",
        "#d7875f",
        "what it was told",
        "what came back",
        "what a person said",
        "what the next was told",
        "called too slow",
        "86% as asked",
        "nobody yet",
        "Leave two bars more",
        "Last Tram Home",
        "persona",
    ):
        assert words in text, words


async def test_learning_stands_below_each_other_where_it_is_narrow(filled: Home, console: Open) -> None:
    async with console(filled, (80, 90)) as pilot:
        await open_artist(pilot)
        lines = shown(pilot).splitlines()
    headings = [next(i for i, line in enumerate(lines) if words in line) for words in ("it was told", "came back")]
    assert headings[0] < headings[1]


async def test_autopilot_is_switched_on_after_a_question_and_off_at_once(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_artist(pilot)
        await press(pilot, "t", "enter")
        assert screen.found is not None and not screen.found.row.autopilot
        await press(pilot, "t", "y")
        await until(pilot, lambda: "autopilot on" in shown(pilot))
        await press(pilot, "t")
        await until(pilot, lambda: "autopilot off" in shown(pilot))


async def test_an_artist_is_paused_brought_back_and_retired(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_artist(pilot)

        def state() -> ArtistState:
            assert screen.found is not None
            return screen.found.row.state

        await press(pilot, "p")
        await until(pilot, lambda: state() is ArtistState.PAUSED)
        await press(pilot, "n")
        assert "p brings it back first" in toasts(pilot)
        await press(pilot, "p")
        await until(pilot, lambda: state() is ArtistState.ACTIVE)
        await press(pilot, "x", "y")
        await until(pilot, lambda: state() is ArtistState.RETIRED)
        assert "ACTIVE" not in shown(pilot)


async def test_a_track_by_one_artist_can_be_asked_for(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_artist(pilot)
        await press(pilot, "n")
        await until(pilot, lambda: "A track is on its way" in toasts(pilot))


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


async def test_an_error_is_shown_with_its_traceback_and_leads_to_its_run(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "5", "enter")
        assert type(pilot.app.screen) is ErrorScreen
        await until(pilot, lambda: "engine/media/ffmpeg.py" in shown(pilot))
        await press(pilot, "v")
        assert type(pilot.app.screen_stack[-1]) is RunScreen


async def test_a_model_is_shown_with_its_last_error(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "4", "enter")
        assert isinstance(pilot.app.screen, ModelScreen)
        assert "the answer was empty" in shown(pilot)


async def test_a_models_page_shows_the_last_questions_with_everybody_and_leads_to_their_run(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    first, second = ModelName("deepseek", "flash"), ModelName("mistral", "small")
    attempts = (
        Attempt(first, Outcome.RATE_LIMITED, "rate limited (429): slow [b]down[/b]", 310),
        Attempt(second, Outcome.ANSWERED, "", 1240, 1800),
    )
    fell = ChainEvent("h-1", Role.LYRICS, "lyrics-2", attempts, second, True, "deepseek:flash (rate limited)", 1550)
    other = ChainEvent("h-2", Role.CONCEPT, "concept-2", attempts[1:], second, False, "", 900)
    async with label.database.write() as connection:
        await models.set_rungs(connection, Role.LYRICS, [(first, "as set: 3 of 4 calls answered")], NOW)
        await chains.add(connection, fell, ids["failed"], None, NOW)
        await chains.add(connection, other, ids["track"], None, NOW)
    async with console(label.home, (140, 40)) as pilot:
        await press(pilot, "4", "home", "enter")
        await until(pilot, lambda: "The last questions" in shown(pilot) and ids["failed"] in shown(pilot))
        text = " ".join(shown(pilot).split())
        assert f"lyrics: mistral:small answered, 1.6 s, $0.0018 {ids['failed']}" in text
        assert "deepseek:flash: rate limited (429): slow [b]down[/b] (310 ms, $0.00)" in text
        assert "lyrics 1: as set: 3 of 4 calls answered" in text
        assert ids["track"] not in text, "it came to another model alone"
        await press(pilot, "v")
        assert isinstance(pilot.app.screen, RunScreen) and pilot.app.screen.run_id == ids["failed"]


async def test_the_models_pane_says_who_is_on_no_ladder_and_who_waits_for_a_check(label: Label, console: Open) -> None:
    await label.call(None, provider="mistral", model="small", role="ping")
    async with label.database.write() as connection:
        await models.take_list(connection, "deepseek", ["old"], NOW)
        await models.take_list(connection, "deepseek", ["old", "new-1", "new-2"], NOW)
        await models.checked(connection, ModelName("deepseek", "new-2"), False, "The answer is not JSON", NOW)
    async with console(label.home, (140, 40), deepseek_api_key=Secret("sk-" + "k" * 20)) as pilot:
        await press(pilot, "4", "m")
        await until(pilot, lambda: "deepseek:new-1" in shown(pilot))
        rows = {line.split()[1]: " ".join(line.split()[2:]) for line in shown(pilot).splitlines() if ":" in line}
        assert rows["mistral:small"].startswith("○ not ranked") and "on no ladder" in rows["mistral:small"]
        assert rows["deepseek:new-1"].startswith("? unchecked") and "waits for its" in rows["deepseek:new-1"]
        assert rows["deepseek:new-2"].startswith("! check") and "not JSON" in rows["deepseek:new-2"]
        assert "the built-in writer" in rows["offline:writer"] and "not ranked" not in rows["offline:writer"]


async def test_the_log_follows_its_file_and_opens_a_line_with_its_traceback(filled: Home, console: Open) -> None:
    exc = {"type": "ValueError", "msg": "odd", "frames": [["engine/x.py", 3, "f", True]], "chain": []}
    line = {"ts": "2026-11-23T21:30:00.000Z", "level": "ERROR", "logger": "engine.x", "event": "it broke", "exc": exc}
    async with console(filled) as pilot:
        filled.engine_log.write_text(json.dumps(line) + "\n")
        await until(pilot, lambda: "it broke – ValueError: odd" in shown(pilot))
        await press(pilot, "6", "enter")
        assert isinstance(pilot.app.screen, LogLineScreen)
        assert "engine/x.py:3 in f" in shown(pilot)


async def test_a_release_shows_its_folder_its_files_and_how_to_check_them(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    folder = label.home.releases / "vesper-lane-last-tram-home"
    folder.mkdir()
    (folder / "track.flac").write_bytes(b"x" * 1500)
    async with label.database.write() as connection:
        release = Release(
            "p-1",
            ids["review"],
            ids["Vesper Lane"],
            "v-0000000001",
            "Last Tram Home",
            str(folder),
            "ab" * 32,
            {},
            label.now,
        )
        await releases.add(connection, release)
    async with console(label.home) as pilot:
        await press(pilot, "R")
        await until(pilot, lambda: "vesper-lane-last-tram-home" in shown(pilot))
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ReleaseScreen)
        text = shown(pilot)
    assert "releases verify p-1" in text
    assert "1.5 kB  track.flac" in text


@pytest.mark.parametrize("pane", ["1", "2", "3"])
async def test_an_empty_list_says_so_instead_of_opening_nothing(empty: Home, console: Open, pane: str) -> None:
    async with console(empty) as pilot:
        await press(pilot, pane, "enter")
        assert "nothing here to open" in toasts(pilot)


# --- an artist's songs and its approval rate ---


async def test_the_songs_of_an_artist_are_a_window_over_all_of_them(
    filled: Home, label: Label, console: Open, ids: dict[str, str]
) -> None:
    for _ in range(120):
        await label.queued(ids["Vesper Lane"])
    async with console(filled, (120, 60)) as pilot:
        screen = await open_artist(pilot)
        songs = screen.query_one(ArtistRuns)
        await until(pilot, lambda: songs.window.total == 121)
        await press(pilot, "tab", "G")
        await until(pilot, lambda: songs.current is not None and songs.current.title == "Last Tram Home")
        await press(pilot, "enter")
        assert pilot.app.screen is not screen


async def test_the_songs_of_an_artist_are_filtered_sorted_and_kept_up_to_date(
    filled: Home, label: Label, console: Open, ids: dict[str, str]
) -> None:
    await label.to_review(ids["Vesper Lane"], "Low Water")
    async with console(filled, (120, 60)) as pilot:
        screen = await open_artist(pilot)
        songs = screen.query_one(ArtistRuns)
        await until(pilot, lambda: songs.window.total == 2)
        await press(pilot, "tab", "slash", *"water", "enter")
        await until(pilot, lambda: songs.window.total == 1)
        await press(pilot, "escape", "s")
        await until(pilot, lambda: songs.window.total == 2)
        await label.queued(ids["Vesper Lane"])
        await label.queued(ids["Ohm Garden"])
        await until(pilot, lambda: songs.window.total == 3)


async def test_the_approval_rate_is_drawn_from_what_people_decided(
    filled: Home, label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, (120, 60)) as pilot:
        await open_artist(pilot)
        assert "No decision by a person yet" in " ".join(shown(pilot).split())
        for number in range(3):
            run_id = await label.to_review(ids["Vesper Lane"], f"Song {number}")
            async with label.database.write() as connection:
                verdict = Verdict(Decision.APPROVE if number else Decision.REJECT, text="no")
                await decide(connection, run_id, verdict, OPERATOR, NOW, grace_s=0, retirement_threshold=9)
        await until(pilot, lambda: "67% now" in shown(pilot))
        text = shown(pilot)
    assert "100% ┤" in text and "  0% ┤" in text and "3 decisions" in text


# --- a run: failure, attempts, costs, stages ---


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


async def test_the_key_that_brings_an_artist_back_says_it(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, (80, 24)) as pilot:
        screen = ArtistScreen(ids["Vesper Lane"])
        await pilot.app.push_screen(screen)
        await until(pilot, lambda: "p Pause" in shown(pilot).splitlines()[-1])
        assert "esc Back" in shown(pilot).splitlines()[-1]
        await press(pilot, "p")
        await until(pilot, lambda: "p Resume" in shown(pilot).splitlines()[-1])


async def test_a_copy_menu_names_the_keys_of_what_it_offers(filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        await press(pilot, "2", "enter", "L", "y")
        line = shown(pilot).splitlines()[-1]
        assert "L Link" in line and "u Tunnel" in line
        assert "i Id" not in line and "t Title" not in line


async def test_leaving_fits_in_the_smallest_terminal(filled: Home, console: Open) -> None:
    async with console(filled, (60, 16)) as pilot:
        await pilot.app.push_screen(LeaveScreen(EngineView()))
        await pilot.pause()
        for answer in ("Keep it running (k)", "Stop the engine (s)", "Stay (esc)"):
            assert answer in shown(pilot)


async def test_an_edit_says_how_to_go_on_to_the_lyrics(filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        await press(pilot, "2", "enter", "e")
        assert "enter or tab: on to the lyrics" in shown(pilot)
