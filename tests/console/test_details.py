"""The screens about one artist, error, model, log line and release, and their actions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.panes.runs import ArtistRuns
from console.screens.artist import ArtistScreen
from console.screens.error import ErrorScreen
from console.screens.leaving import LeaveScreen
from console.screens.logline import LogLineScreen
from console.screens.model import ModelScreen
from console.screens.release import ReleaseScreen
from console.screens.run import RunScreen
from console.supervision import EngineView
from engine.api.decide import Decision, Verdict, decide
from engine.domain.artists import ArtistState
from engine.domain.models import Attempt, ChainEvent, ModelName, Outcome, Role
from engine.home import Home
from engine.safety.secrets import Secret
from engine.store import chains, models, releases
from engine.store.releases import Release
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, OPERATOR, Label


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


async def test_a_screen_that_opens_reads_once_and_has_one_timer_of_each(
    filled: Home, ids: dict[str, str], console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    timers: list[float] = []
    question, interval = ArtistScreen.question, ArtistScreen.set_interval

    async def counted(self: ArtistScreen, door: Any) -> Any:
        read.append(self.artist_id)
        return await question(self, door)

    def set_interval(self: ArtistScreen, seconds: float, *rest: Any, **named: Any) -> Any:
        timers.append(seconds)
        return interval(self, seconds, *rest, **named)

    monkeypatch.setattr(ArtistScreen, "question", counted)
    monkeypatch.setattr(ArtistScreen, "set_interval", set_interval)
    async with console(filled) as pilot:
        screen = await open_artist_screen(pilot, ids["Vesper Lane"])
        await until(pilot, lambda: not screen._reading)
    assert read == [ids["Vesper Lane"]]
    assert len(timers) == len(set(timers))


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
        await until(pilot, lambda: "Last Tram Home" in shown(pilot))
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ReleaseScreen)
        await until(pilot, lambda: "track.flac" in shown(pilot))
        text = shown(pilot)
    assert "vesper-lane-last-tram-home" in text
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
