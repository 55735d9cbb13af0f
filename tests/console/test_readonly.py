"""A read-only console shows everything, changes nothing, and says so at each key that would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding

from console.cli import main, say
from console.desk import refused
from console.link import Link
from console.memory import Memory
from console.screens.artist import ArtistScreen
from console.screens.main import MainScreen
from console.screens.review import ReviewScreen
from console.screens.run import RunScreen
from console.widgets.keyline import KeyLine
from engine.api import Access
from engine.domain.errors import Exit, ReadOnly
from engine.home import Home
from engine.settings import Settings
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import Label

READONLY = Access(readonly=True)
SERVED = Access(readonly=True, served=True)


async def test_the_top_line_says_so(filled: Home, console: Open) -> None:
    async with console(filled, access=READONLY) as pilot:
        assert "read-only" in shown(pilot).splitlines()[0]
    async with console(filled, (60, 16), access=READONLY) as pilot:
        assert "read-only" in shown(pilot).splitlines()[0]
    async with console(filled) as pilot:
        assert "read-only" not in shown(pilot)


@pytest.mark.parametrize("key", ["n", "a", "c"])
async def test_a_key_of_the_line_says_why_it_does_nothing(key: str, filled: Home, console: Open) -> None:
    async with console(filled, access=READONLY) as pilot:
        before = await overview_seq(pilot)
        await press(pilot, key)
        assert "This console is read-only" in toasts(pilot)
        assert isinstance(pilot.app.screen, MainScreen)
        assert await overview_seq(pilot) == before


@pytest.mark.parametrize("keys", ["ps", "es", "er", "ex"])
async def test_pauses_and_engine_are_shown_and_cannot_be_changed(keys: str, filled: Home, console: Open) -> None:
    async with console(filled, access=READONLY) as pilot:
        before = await overview_seq(pilot)
        await press(pilot, keys[0])
        assert not isinstance(pilot.app.screen, MainScreen)
        await press(pilot, keys[1])
        assert "This console is read-only" in toasts(pilot)
        assert await overview_seq(pilot) == before


@pytest.mark.parametrize(
    ("make", "actions"),
    [
        (lambda ids: ReviewScreen(ids["review"]), ["approve", "reject", "new_version", "edit", "other_take", "undo"]),
        (lambda ids: ArtistScreen(ids["Vesper Lane"]), ["new_track", "edit", "budget", "autopilot", "pause", "retire"]),
        (lambda ids: RunScreen(ids["failed"]), ["retry", "from_stage", "cancel"]),
    ],
    ids=["review", "artist", "run"],
)
async def test_every_writing_key_of_a_screen_is_refused_before_it_asks_anything(
    make: Callable[[dict[str, str]], Any], actions: list[str], filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, access=READONLY) as pilot:
        screen = make(ids)
        pilot.app.push_screen(screen)
        await until(pilot, lambda: (screen.sheet if isinstance(screen, ReviewScreen) else screen.found) is not None)
        writing = [binding for binding in bindings(screen) if refused(screen, binding.action)]
        assert [binding.action for binding in writing] == actions
        for number, binding in enumerate(writing, 1):
            await press(pilot, binding.key)
            assert pilot.app.screen is screen
            assert toasts(pilot).count("This console is read-only") == 1
            assert number == 1 or f"×{number}" in toasts(pilot)


def bindings(screen: Any) -> list[Binding]:
    return [binding for binding in type(screen).BINDINGS if isinstance(binding, Binding)]


async def test_keys_that_cannot_be_used_are_dim(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        assert offered(pilot)["New track"] and offered(pilot)["Filter"]
    async with console(filled, access=READONLY) as pilot:
        assert not offered(pilot)["New track"] and offered(pilot)["Filter"]


def offered(pilot: Any) -> dict[str, bool]:
    """What the key line names, and whether as possible."""
    return {hint.name: hint.possible for hint in pilot.app.screen.query_one(KeyLine)._hints()}


async def test_the_undo_of_somebody_else_is_not_offered(label: Label, console: Open, ids: dict[str, str]) -> None:
    async with console(label.home, approval_grace_seconds=60) as pilot:
        await press(pilot, "2", "enter", "a", "y")
        await until(pilot, lambda: "u takes it back" in shown(pilot))
    async with console(label.home, access=READONLY) as pilot:
        await pilot.app.push_screen(ReviewScreen(ids["review"]))
        await until(pilot, lambda: "can be taken back elsewhere" in shown(pilot))
        assert "u takes it back" not in shown(pilot)
        assert not offered(pilot)["Undo"]
        await press(pilot, "question_mark")
        await until(pilot, lambda: "Not now: This" in shown(pilot))


async def test_the_palette_says_of_what_is_refused_why(filled: Home, console: Open) -> None:
    async with console(filled, access=READONLY) as pilot:
        await press(pilot, "ctrl+p", *"cycle")
        await until(pilot, lambda: "Not now: This" in shown(pilot))


async def test_the_menu_of_pauses_says_so(filled: Home, console: Open) -> None:
    async with console(filled, access=READONLY) as pilot:
        await press(pilot, "p")
        assert "This console is read-only" in shown(pilot)
        assert "The key switches it" not in shown(pilot)


async def test_a_browser_is_told_who_can_allow_changes(filled: Home, console: Open) -> None:
    async with console(filled, access=SERVED) as pilot:
        await press(pilot, "n")
        assert "--allow-changes" in toasts(pilot)
        assert pilot.app.desk.access.served  # type: ignore[attr-defined]


async def test_what_is_changed_in_a_browser_is_recorded_as_such(filled: Home, console: Open) -> None:
    async with console(filled, access=Access(served=True)) as pilot:
        await press(pilot, "c", "y")
        await until(pilot, lambda: "cycle on" in shown(pilot))
        overview: Any = await pilot.app.desk.link.ask(lambda door: door.queries.overview())  # type: ignore[attr-defined]
    assert (overview.cycle.on, overview.cycle.channel) == (True, "browser")


async def test_choices_hold_for_the_consoles_life_and_nothing_is_written(filled: Home, console: Open) -> None:
    Memory(filled.console_state).change(theme="paper", seen_at="2026-11-23T10:00:00+00:00", seen_seq=3)
    before = filled.console_state.read_bytes()
    async with console(filled, access=READONLY) as pilot:
        assert pilot.app.theme == "paper"
        await until(pilot, lambda: "While you were away" in shown(pilot))
        await press(pilot, "escape")
        await press(pilot, "T", "3", "slash", *"tram", "enter", "s", "1", "3")
        assert pilot.app.theme == "linen"
        assert "/tram" in shown(pilot)
        memory: Memory = pilot.app.desk.memory  # type: ignore[attr-defined]
        assert (memory.now.theme, memory.now.pane) == ("linen", "runs")
    assert filled.console_state.read_bytes() == before


async def test_a_home_without_a_label_is_said_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(say, "on_terminal", lambda _stream: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    home = tmp_path / "nowhere"
    assert main(["--readonly", "--home", str(home)]) == Exit.NOT_FOUND
    assert f"{home} holds no label." in capsys.readouterr().err
    assert not home.exists()


@pytest.mark.parametrize("access", [None, READONLY], ids=["console", "read-only"])
async def test_panes_say_why_a_database_that_cannot_be_opened_shows_nothing(
    access: Access | None, filled: Home, console: Open
) -> None:
    filled.database.write_bytes(b"not a database" * 100)
    async with console(filled, wait=False, access=access) as pilot:
        await until(pilot, lambda: "database closed" in shown(pilot))
        await until(pilot, lambda: "The database is closed." in shown(pilot))
        pane = [line.strip("│ ") for line in shown(pilot).splitlines()[11:20]]
    assert f"{filled.database} is damaged." in " ".join(pane)
    assert "…" not in pane


async def test_help_explains_it(filled: Home, console: Open) -> None:
    async with console(filled, access=READONLY) as pilot:
        await press(pilot, "question_mark")
        assert "changes nothing" in shown(pilot)


async def test_an_empty_label_does_not_ask_for_a_key_that_does_nothing(empty: Home, console: Open) -> None:
    async with console(empty, access=READONLY) as pilot:
        text = shown(pilot)
    assert "Welcome" in text
    assert "Press n" not in text


def test_no_engine_is_started_or_stopped(empty: Home) -> None:
    link = Link(empty, Settings(), start_engine=True, access=READONLY)
    assert not link._keeper.wanted
    with pytest.raises(ReadOnly):
        link.start_engine()
    with pytest.raises(ReadOnly):
        link.stop_engine()


def test_the_option_belongs_to_the_console_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--readonly", "cycle", "on"]) == Exit.USAGE
    assert "--readonly is for the console alone" in capsys.readouterr().err


async def overview_seq(pilot: Any) -> int:
    overview = await pilot.app.desk.link.ask(lambda door: door.queries.overview())
    return int(overview.seq)
