"""The screens about one artist, run, error, model, log line and release, and their actions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.screens.artist import ArtistScreen
from console.screens.error import ErrorScreen
from console.screens.logline import LogLineScreen
from console.screens.model import ModelScreen
from console.screens.release import ReleaseScreen
from console.screens.run import RunScreen
from engine.domain.artists import ArtistState
from engine.domain.runs import RunState
from engine.home import Home
from engine.store import releases
from engine.store.releases import Release
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import Label


async def open_artist(pilot: Any, down: int = 0) -> ArtistScreen:
    await press(pilot, "1", *["j"] * down, "enter")
    screen = pilot.app.screen
    assert isinstance(screen, ArtistScreen)
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


async def test_an_open_run_follows_its_progress(label: Label, console: Open, ids: dict[str, str]) -> None:
    from engine.domain.runs import Stage
    from engine.store import runs

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
    assert "noktvrn releases verify p-1" in text
    assert "1.5 kB  track.flac" in text


@pytest.mark.parametrize("pane", ["1", "2", "3"])
async def test_an_empty_list_says_so_instead_of_opening_nothing(empty: Home, console: Open, pane: str) -> None:
    async with console(empty) as pilot:
        await press(pilot, pane, "enter")
        assert "nothing here to open" in toasts(pilot)
