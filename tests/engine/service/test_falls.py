"""How supervisor and worker fell: kept until the next worker has made errors of it, closed when that one lives on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.api import repair_view
from engine.home import Home
from engine.lock import Part
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.service.aftermath import make_good, take_in
from engine.service.falls import Fall, note, noted
from engine.settings import Settings
from engine.store.database import Database
from tests.conftest import NOW

WHEN = "2026-11-23T11:59:00+00:00"
FALL = Fall(Part.WORKER, 42, "noktvrn stopped: KeyError.", WHEN)


@pytest.fixture
def line(database: Database, home: Home) -> Line:
    return Line(database, home, Settings(), Redactor(), now=lambda: NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "falls.jsonl"


async def errors(line: Line) -> list[tuple[str, str, int, str]]:
    async with line.database.read() as connection:
        rows = (await repair_view.error_rows(connection)).rows
    return [(row.part, row.state, row.count, row.message) for row in rows]


def test_falls_are_kept_in_order_and_private(path: Path) -> None:
    other = replace(FALL, part=Part.SUPERVISOR, pid=41)
    note(path, FALL)
    note(path, other)
    assert noted(path) == [FALL, other]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_short_costs_that_line_alone(path: Path) -> None:
    note(path, FALL)
    with path.open("a") as file:
        file.write('{"part": "worker", "pid"\n')
    note(path, FALL)
    assert noted(path) == [FALL, FALL]


def test_where_it_cannot_be_written_down_the_engine_goes_on(tmp_path: Path) -> None:
    note(tmp_path / "no" / "folder", FALL)
    assert noted(tmp_path / "no" / "folder") == []


async def test_a_fall_becomes_an_error_with_its_last_words_once(line: Line) -> None:
    note(line.home.falls, FALL)
    note(line.home.falls, replace(FALL, pid=43))
    await take_in(line)
    await take_in(line)
    assert await errors(line) == [("worker", "new", 2, "The worker fell: noktvrn stopped: KeyError.")]


async def test_a_worker_that_lives_on_closes_it_and_the_next_fall_opens_it_again(line: Line) -> None:
    note(line.home.falls, FALL)
    await take_in(line)
    await make_good(line, calm_s=0.0)
    assert [state for _, state, _, _ in await errors(line)] == ["recovered"]
    note(line.home.falls, FALL)
    await take_in(line)
    assert [state for _, state, _, _ in await errors(line)] == ["new"]


async def test_a_worker_that_is_stopped_before_closes_nothing(line: Line) -> None:
    note(line.home.falls, FALL)
    await take_in(line)
    line.stopping.set()
    await make_good(line, calm_s=60.0)
    assert [state for _, state, _, _ in await errors(line)] == ["new"]
