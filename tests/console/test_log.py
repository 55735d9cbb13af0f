"""The log pane: it opens at its end, follows it, and tells the time of the place where the operator sits."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.screens.logline import LogLineScreen
from engine.home import Home
from tests.console.conftest import Open, press, shown, until

SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 45)], ids=["80x24", "140x45"])
BEGIN = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def write(home: Home, *numbers: int) -> None:
    """Appends a line for each number, a second apart, as the engine would."""
    home.engine_log.parent.mkdir(parents=True, exist_ok=True)
    with home.engine_log.open("a") as log:
        for number in numbers:
            ts = (BEGIN + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
            entry = {"ts": ts, "level": "INFO", "logger": "engine.test", "event": f"event {number:03d}"}
            log.write(json.dumps(entry) + "\n")


async def open_log(pilot: Any) -> None:
    await press(pilot, "6", "m")
    await until(pilot, lambda: "event" in shown(pilot))


@SIZES
async def test_it_opens_at_its_end(filled: Home, console: Open, size: tuple[int, int]) -> None:
    write(filled, *range(200))
    async with console(filled, size) as pilot:
        await open_log(pilot)
        await until(pilot, lambda: "event 199" in shown(pilot))
        assert "event 000" not in shown(pilot)


@SIZES
async def test_it_follows_its_end_until_the_cursor_leaves_it(
    filled: Home, console: Open, size: tuple[int, int]
) -> None:
    write(filled, *range(200))
    async with console(filled, size) as pilot:
        await open_log(pilot)
        await until(pilot, lambda: "event 199" in shown(pilot))
        write(filled, 200)
        await until(pilot, lambda: "event 200" in shown(pilot))
        await press(pilot, "g", "g")
        await until(pilot, lambda: "event 000" in shown(pilot))
        write(filled, 201)
        pane: Any = pilot.app.focused
        await until(pilot, lambda: pane.window.total == 202)
        assert "event 000" in shown(pilot)
        await press(pilot, "G")
        await until(pilot, lambda: "event 201" in shown(pilot))


async def test_its_times_are_local_in_the_list_and_in_the_line(
    filled: Home, console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    write(filled, 7)
    async with console(filled) as pilot:
        await open_log(pilot)
        row = next(row for row in shown(pilot).splitlines() if "event 007" in row)
        assert "01:30:07" in row
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, LogLineScreen)
        assert "2026-11-24 01:30:07" in shown(pilot)
