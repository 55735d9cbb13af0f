"""The menu of pauses: how each scope stands, switched by one key, visible in every header."""

from __future__ import annotations

import pytest

from console.screens.main import MainScreen
from console.screens.pausing import PauseScreen
from engine.api import Access
from engine.domain.runs import ENGINE
from engine.home import Home
from engine.lock import EngineLock
from engine.store import control
from tests.console.conftest import Open, press, shown, until
from tests.console.label import NOW, Label

KEYS = {"a": "all", "s": "spending", "u": "publishing"}


async def test_p_opens_the_three_scopes_and_escape_closes_them(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "p")
        text = shown(pilot)
        assert text.count("▸ goes on") == 3
        for words in ("all work", "spending", "publishing"):
            assert words in text
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_the_keys_that_paused_all_work_let_it_go_on_when_they_are_pressed_again(
    label: Label, console: Open
) -> None:
    async with console(label.home, (80, 24)) as pilot:
        await press(pilot, "p", "a")
        await until(pilot, lambda: "paused: all" in shown(pilot).splitlines()[0])
        await press(pilot, "p", "a")
        await until(pilot, lambda: "paused" not in shown(pilot).splitlines()[0])
    async with label.database.read() as connection:
        assert await control.pending_commands(connection) == []


@pytest.mark.parametrize("key", ["n", "a"])
async def test_what_is_asked_for_in_a_pause_of_all_work_is_said_to_wait(
    key: str, label: Label, console: Open, engine: EngineLock
) -> None:
    async with label.database.write() as connection:
        await control.set_switch(connection, "pause.all", True, ENGINE, NOW)
    async with console(label.home, (140, 45)) as pilot:
        await press(pilot, key)
        await until(pilot, lambda: "begins when the pause ends" in shown(pilot))


async def test_a_queued_run_is_shown_as_paused_while_all_work_is(
    label: Label, console: Open, engine: EngineLock
) -> None:
    await label.queued(await label.artist("Paper Moth"), minutes_ago=0)
    async with label.database.write() as connection:
        await control.set_switch(connection, "pause.all", True, ENGINE, NOW)
    async with console(label.home, (140, 45)) as pilot:
        await press(pilot, "3")
        await until(pilot, lambda: any("queued" in row and " paused" in row for row in shown(pilot).splitlines()[1:]))


@pytest.mark.parametrize(("key", "scope"), KEYS.items())
async def test_one_key_pauses_a_scope_and_lets_it_go_on(key: str, scope: str, filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        await press(pilot, "p", key)
        await until(pilot, lambda: f"paused: {scope}" in shown(pilot).splitlines()[0])
        await until(pilot, lambda: shown(pilot).count("▸ goes on") == 2)
        await press(pilot, key)
        await until(pilot, lambda: "paused" not in shown(pilot).splitlines()[0])
        assert isinstance(pilot.app.screen, PauseScreen)


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_every_pause_that_is_on_stands_in_the_header(size: tuple[int, int], filled: Home, console: Open) -> None:
    async with console(filled, size) as pilot:
        await press(pilot, "p", "a", "s", "u", "escape")
        await until(pilot, lambda: "paused: all, spending, publishing" in shown(pilot).splitlines()[0])


async def test_a_pause_tells_since_when_by_whom_and_why(label: Label, console: Open) -> None:
    async with label.database.write() as connection:
        await control.set_switch(connection, "pause.spending", True, ENGINE, NOW, "the budget is spent")
    async with console(label.home, (80, 24)) as pilot:
        await press(pilot, "p")
        text = shown(pilot)
        assert "just now" in text
        assert "by the engine: the budget is spent" in text


async def test_a_pause_that_somebody_sets_elsewhere_shows_in_the_open_menu(label: Label, console: Open) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "p")
        async with label.database.write() as connection:
            await control.set_switch(connection, "pause.all", True, ENGINE, NOW, "by a test")
        await until(pilot, lambda: "by a test" in shown(pilot))


async def test_the_menu_can_be_clicked(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "p")
        lines = shown(pilot).splitlines()
        y = next(i for i, line in enumerate(lines) if "spending" in line and "goes on" in line)
        await pilot.click(offset=(lines[y].index("spending"), y))
        await until(pilot, lambda: "paused: spending" in shown(pilot).splitlines()[0])


async def test_a_readonly_console_opens_the_menu_too(filled: Home, console: Open) -> None:
    async with console(filled, access=Access(readonly=True)) as pilot:
        await press(pilot, "p")
        assert isinstance(pilot.app.screen, PauseScreen)


async def test_on_a_narrow_terminal_a_long_reason_hangs_under_its_scope(label: Label, console: Open) -> None:
    async with label.database.write() as connection:
        await control.set_switch(connection, "pause.all", True, ENGINE, NOW, "the invoice of last month is open " * 3)
    async with console(label.home, (60, 24)) as pilot:
        await press(pilot, "p")
        lines = shown(pilot).splitlines()
        first = next(i for i, text in enumerate(lines) if "by the engine:" in text)
        begins = lines[first].index("by the engine")
        assert "invoice" in " ".join(lines[first + 1 : first + 3])
        assert all(not text[2:begins].strip() and text[begins] != " " for text in lines[first + 1 : first + 3])
