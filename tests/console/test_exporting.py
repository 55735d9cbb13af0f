"""Saving: a list whole and filtered, a page, the screen; each into a private file whose path is shown."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from console import exporting, turns
from console.exporting import csv_lines, place
from console.saving import Saving
from console.screens.help import HelpScreen
from engine.home import Home
from engine.lock import EngineLock
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, Label


async def saved(pilot: Any, home: Home) -> Path:
    await until(pilot, lambda: "Saved: " in toasts(pilot))
    (found,) = home.exports.iterdir()
    assert str(found) in toasts(pilot)
    assert found.stat().st_mode & 0o777 == 0o600
    assert found.parent.stat().st_mode & 0o777 == 0o700
    return found


async def test_a_list_is_saved_as_text_with_the_columns_of_the_screen(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "S", "t")
        text = (await saved(pilot, filled)).read_text()
    assert len(text.splitlines()) == 6
    assert "Vesper Lane" in text
    assert "active" in text or "candidate" in text


async def test_a_list_is_saved_as_csv_with_every_field(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "S", "c")
        path = await saved(pilot, filled)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(rows) == 6
    row = next(row for row in rows if row["id"] == ids["review"])
    assert (row["title"], row["state"], row["artist"]) == ("Last Tram Home", "awaiting_review", "Vesper Lane")
    assert row["created_at"].startswith("2026-11-23T")


async def test_the_filter_and_the_order_hold_for_the_file(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "slash", *"an", "enter", "s")
        await press(pilot, "S", "t")
        names = [line for line in (await saved(pilot, filled)).read_text().splitlines() if line]
    assert 0 < len(names) < 6
    assert all("an" in name.casefold() for name in names)


async def test_a_long_list_is_read_in_windows_and_saved_whole(
    label: Label, console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "WINDOW", 4)
    for number in range(20):
        await label.artist(f"Choir {number:02d}", "ambient")
    async with console(label.home) as pilot:
        await press(pilot, "1", "S", "c")
        path = await saved(pilot, label.home)
        rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(rows) == len({row["id"] for row in rows}) == 26


async def test_the_log_can_be_saved_too(filled: Home, console: Open) -> None:
    import json

    filled.engine_log.parent.mkdir(exist_ok=True)
    filled.engine_log.write_text(
        json.dumps({"ts": "2026-11-23T21:00:00Z", "level": "INFO", "logger": "engine", "event": "a song begins"}) + "\n"
    )
    async with console(filled) as pilot:
        await press(pilot, "6")
        await until(pilot, lambda: "a song begins" in shown(pilot))
        await press(pilot, "S", "c")
        assert "a song begins" in (await saved(pilot, filled)).read_text()


async def test_the_screen_is_saved_as_plain_text_without_the_menu(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        before = shown(pilot)
        await press(pilot, "S", "s")
        text = (await saved(pilot, filled)).read_text()
    assert "Last Tram Home" in text
    assert "Save to a file" not in text
    assert len(text.splitlines()) == len(before.splitlines())


async def test_the_screen_is_saved_as_a_picture_that_calls_nobody(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "S", "v")
        svg = (await saved(pilot, filled)).read_text()
    assert svg.startswith("<svg")
    assert "Vesper" in svg
    assert "@font-face" not in svg
    assert "url(http" not in svg
    assert "//cdn" not in svg


async def test_a_page_of_cards_is_saved_whole(filled: Home, console: Open, ids: dict[str, str]) -> None:
    from console.screens.error import ErrorScreen

    async with console(filled, (80, 24)) as pilot:
        screen = ErrorScreen(ids["error"])
        pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.found is not None)
        await press(pilot, "S", "t")
        assert "engine/media/ffmpeg.py" in (await saved(pilot, filled)).read_text()


async def test_a_disk_that_cannot_be_written_is_said(filled: Home, console: Open) -> None:
    filled.exports.write_text("in the way")
    async with console(filled) as pilot:
        await press(pilot, "1", "S", "t")
        await until(pilot, lambda: str(filled.exports) in toasts(pilot))
        assert "Saved: " not in toasts(pilot)


async def saving(pilot: Any, held: threading.Event) -> None:
    """Begins to save the runs, and waits until it stands still behind the first lines."""
    await press(pilot, "3", "S", "c")
    await until(pilot, lambda: pilot.app.desk.saving is not None and pilot.app.desk.saving.done > 0)
    await until(pilot, lambda: "saving Runs" in shown(pilot).splitlines()[0])
    assert not held.is_set()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Lists are saved two lines at a time, and after the first two not before this is set."""
    go_on = threading.Event()
    reached = Saving.reached

    def reached_and_held(self: Saving, done: int, total: int, *, cut: bool) -> None:
        reached(self, done, total, cut=cut)
        assert go_on.wait(60)
        reached(self, done, total, cut=cut)

    monkeypatch.setattr(exporting, "WINDOW", 2)
    monkeypatch.setattr(exporting, "_PROGRESS_S", 0.05)
    monkeypatch.setattr(Saving, "reached", reached_and_held)
    yield go_on
    go_on.set()


async def test_while_a_list_is_saved_the_top_line_says_how_far_it_is(
    filled: Home, console: Open, held: threading.Event
) -> None:
    async with console(filled) as pilot:
        await saving(pilot, held)
        assert "saving Runs 33%" in shown(pilot).splitlines()[0]
        held.set()
        await saved(pilot, filled)
        assert "saving" not in shown(pilot).splitlines()[0]


async def test_no_key_waits_for_a_list_that_is_being_saved(
    filled: Home, console: Open, held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_PATIENCE_S", 600)
    async with console(filled) as pilot:
        await press(pilot, "3", "S", "c", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        assert pilot.app.desk.saving is not None  # type: ignore[attr-defined]
        held.set()


async def test_a_list_that_is_filtered_and_sorted_meanwhile_is_saved_as_it_was(
    filled: Home, console: Open, held: threading.Event
) -> None:
    async with console(filled) as pilot:
        await saving(pilot, held)
        await press(pilot, "slash", *"tram", "enter", "s")
        assert "3 Runs 1 " in shown(pilot) and "started▼" not in shown(pilot)
        held.set()
        rows = list(csv.DictReader((await saved(pilot, filled)).read_text().splitlines()))
    assert len(rows) == 6
    assert [row["created_at"] for row in rows] == sorted((row["created_at"] for row in rows), reverse=True)


async def test_rows_that_come_and_go_meanwhile_neither_miss_nor_double_a_line(
    label: Label, console: Open, held: threading.Event
) -> None:
    async with console(label.home) as pilot:
        await saving(pilot, held)
        async with label.database.write() as connection:
            await connection.execute(
                text("UPDATE runs SET created_at = datetime(created_at, '-9 years') WHERE title IS NOT NULL")
            )
        held.set()
        rows = list(csv.DictReader((await saved(pilot, label.home)).read_text().splitlines()))
    assert len(rows) == len({row["id"] for row in rows}) == 6
    assert all(row["created_at"].startswith("2026-") for row in rows)


async def test_the_same_key_stops_it_and_no_file_is_left(filled: Home, console: Open, held: threading.Event) -> None:
    async with console(filled) as pilot:
        await saving(pilot, held)
        await press(pilot, "S")
        assert "Runs, 2 of 6 lines so far; no file is left" in shown(pilot)
        await press(pilot, "x")
        held.set()
        await until(pilot, lambda: "Stopped: Runs, 2 of 6 lines" in toasts(pilot))
        assert list(filled.exports.iterdir()) == []
        await press(pilot, "S", "t")
        await saved(pilot, filled)


async def test_a_second_list_waits_for_the_first(filled: Home, console: Open, held: threading.Event) -> None:
    async with console(filled) as pilot:
        await saving(pilot, held)
        await press(pilot, "1", "S", "t")
        await until(pilot, lambda: "Runs, 2 of 6 lines, is still being saved" in toasts(pilot))
        held.set()
        assert (await saved(pilot, filled)).name.startswith("runs-")


async def test_leaving_asks_first_and_says_what_becomes_of_it(
    filled: Home, console: Open, held: threading.Event
) -> None:
    async with console(filled) as pilot:
        await saving(pilot, held)
        await press(pilot, "q")
        said = shown(pilot)
        assert "Runs, 2 of 6 lines, is being saved. Leaving stops that" in said
        assert "Stop the engine" not in said
        await press(pilot, "enter")
        assert pilot.app.is_running and "being saved" not in shown(pilot)
        await press(pilot, "q", "k")
        await until(pilot, lambda: not pilot.app.is_running)
        held.set()
        await until(pilot, lambda: list(filled.exports.iterdir()) == [])


async def test_with_an_engine_the_one_question_is_about_both(
    filled: Home, engine: EngineLock, console: Open, held: threading.Event
) -> None:
    async with console(filled) as pilot:
        assert engine is not None
        await until(pilot, lambda: pilot.app.desk.link.engine.up)  # type: ignore[attr-defined]
        await saving(pilot, held)
        await press(pilot, "q")
        assert "is being saved" in shown(pilot)
        assert "Stop the engine" in shown(pilot)
        held.set()


def test_two_files_of_one_second_have_two_names(empty: Home) -> None:
    empty.exports.mkdir()
    first = place(empty, "Runs", ".csv", NOW)
    first.touch()
    assert place(empty, "Runs", ".csv", NOW) != first


def test_a_foreign_text_is_no_formula_and_no_second_row() -> None:
    from engine.api.models import Change

    lines = csv_lines([Change(1, '=HYPERLINK("x")', "a\nb\x1b[31m")], heading=True).splitlines()
    assert lines == ["seq,kind,ref", '1,"\'=HYPERLINK(""x"")",a b']
