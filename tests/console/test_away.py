"""While you were away: it comes when something happened, says what, and stays away otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from console.memory import Memory
from console.presence import AWAY, Presence
from console.screens.away import AwayScreen
from console.screens.main import MainScreen
from engine.api import Access
from engine.api.door import open_door
from engine.home import Home
from engine.settings import Settings
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, ON_TELEGRAM, Label


def left(home: Home, hours_ago: float = 2.0, seq: int = 1) -> None:
    """Somebody was in a console of this home, so long ago."""
    Memory(home.console_state).change(seen_at=(NOW - timedelta(hours=hours_ago)).isoformat(), seen_seq=seq)


async def test_the_first_console_of_a_label_tells_nothing(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        assert isinstance(pilot.app.screen, MainScreen)


async def test_an_opened_console_tells_what_happened_since(label: Label, console: Open, ids: dict[str, str]) -> None:
    left(label.home)
    async with open_door(label.home, Settings(), ON_TELEGRAM, now=lambda: NOW) as door:
        await door.commands.approve(ids["review"])
    async with console(label.home, (80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, AwayScreen))
        text = shown(pilot)
        for words in ("While you were away", "2 songs made", "Warm Machines by Ohm Garden", "1 decision"):
            assert words in text
        assert "1 approved by grace by Telegram" in text
        assert "Disk nearly full" not in toasts(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, MainScreen)
        assert "Disk nearly full" in toasts(pilot)


async def test_broken_things_and_what_waits_are_told(filled: Home, console: Open) -> None:
    left(filled)
    async with console(filled, (120, 50)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, AwayScreen))
        text = shown(pilot)
    for words in (
        "1 run failed",
        "Glass Pier in clip",
        "1 new error",
        "6 artists born",
        "and 1 more",
        "2 songs to review",
    ):
        assert words in text


async def test_where_nothing_happened_no_screen_comes(filled: Home, console: Open) -> None:
    left(filled, hours_ago=-1)
    async with console(filled) as pilot:
        assert isinstance(pilot.app.screen, MainScreen)


async def test_a_key_says_that_the_operator_was_here_and_the_next_console_knows(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3")
    seen = Memory(filled.console_state).now
    assert seen.seen_at == NOW.isoformat()
    assert seen.seen_seq > 0
    async with console(filled) as pilot:
        assert isinstance(pilot.app.screen, MainScreen)


async def test_coming_back_after_an_hour_tells_too(label: Label, console: Open) -> None:
    async with console(label.home) as pilot:
        desk: Any = pilot.app.desk  # type: ignore[attr-defined]
        desk.now = lambda: NOW - timedelta(hours=3)
        await press(pilot, "3")
        desk.now = lambda: NOW
        await press(pilot, "1")
        await until(pilot, lambda: isinstance(pilot.app.screen, AwayScreen))
        assert "2 songs made" in shown(pilot)


async def test_a_short_pause_is_no_absence(label: Label, console: Open) -> None:
    async with console(label.home) as pilot:
        desk: Any = pilot.app.desk  # type: ignore[attr-defined]
        desk.now = lambda: NOW - timedelta(minutes=59)
        await press(pilot, "3")
        desk.now = lambda: NOW
        await press(pilot, "1")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_it_can_be_looked_at_again(filled: Home, console: Open) -> None:
    left(filled)
    async with console(filled) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, AwayScreen))
        await press(pilot, "enter", "w")
        assert "2 songs made" in shown(pilot)
        await press(pilot, "w")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_asked_for_on_a_new_label_it_says_that_there_is_nothing(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "w")
        assert "You were not away yet" in toasts(pilot)


async def test_it_never_covers_a_question(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        desk: Any = pilot.app.desk  # type: ignore[attr-defined]
        desk.now = lambda: NOW - timedelta(hours=3)
        await press(pilot, "p")
        desk.now = lambda: NOW
        await press(pilot, "j")
        await until(pilot, lambda: "while you were away" in toasts(pilot))
        assert not isinstance(pilot.app.screen, AwayScreen)


async def test_a_browser_is_nobodys_presence(filled: Home, console: Open) -> None:
    left(filled)
    before = filled.console_state.read_text()
    async with console(filled, access=Access(served=True)) as pilot:
        await press(pilot, "j")
        assert isinstance(pilot.app.screen, MainScreen)
    assert '"seen_at": "' + (NOW - timedelta(hours=2)).isoformat() in filled.console_state.read_text()
    assert "seen_at" in before


def test_a_console_left_open_elsewhere_does_not_turn_back_the_clock(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "console.json")
    old, new = Presence(), Presence()
    old.touch(NOW - AWAY, 5)
    new.touch(NOW, 9)
    new.note(memory)
    old.note(memory)
    assert (memory.look().seen_at, memory.look().seen_seq) == (NOW.isoformat(), 9)


def test_two_consoles_keep_each_others_choices(tmp_path: Path) -> None:
    one, two = Memory(tmp_path / "console.json"), Memory(tmp_path / "console.json")
    one.change(theme="dusk")
    two.change(seen_seq=7)
    assert (Memory(tmp_path / "console.json").now.theme, Memory(tmp_path / "console.json").now.seen_seq) == ("dusk", 7)


def test_a_moment_that_nobody_can_read_is_none(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "console.json")
    for text in ("", "yesterday", "2026-11-23T12:00:00"):
        memory.change(seen_at=text)
        assert not Presence().greets(memory, 99)
