"""Media of runs that came to nothing go after a while, and nothing else does; what is left is measured."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.store import runs, storage
from engine.store.database import Database
from engine.store.runs import Artefact
from engine.store.storage import Taken
from engine.store.tables import artefacts
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)


def put(home: Home, digest: str, *, age_s: float = 86_400) -> Path:
    """A file in the artefact store, written a while ago."""
    path = home.artefacts / digest[:2] / f"{digest}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sound")
    then = path.stat().st_mtime - age_s
    os.utime(path, (then, then))
    return path


async def song(database: Database, run_id: str, digest: str, state: RunState | None) -> None:
    """A run with one file that waits, or has been decided about at NOW."""
    async with database.write() as connection:
        run = await add_waiting_run(connection, run_id)
        await runs.add_artefact(connection, Artefact(f"f-{run_id}", run_id, 1, "track", digest, ".wav", 5, {}, NOW))
        if state is not None:
            await runs.move(connection, run, state, OPERATOR, NOW)


async def prune(database: Database, home: Home, *, days: int) -> list[Taken]:
    """One look, so many days after the decisions, keeping for a week."""
    async with database.write() as connection:
        return await storage.prune(connection, home, later(days=days - 7), later(days=days))


@pytest.fixture
async def label(database: Database) -> Database:
    async with database.write() as connection:
        await add_artist(connection)
    return database


async def test_a_rejected_song_is_deleted_once_it_was_kept_long_enough(label: Database, home: Home) -> None:
    path = put(home, "aa" * 32)
    await song(label, "r-1", "aa" * 32, RunState.REJECTED)
    assert await prune(label, home, days=6) == []
    assert path.exists()
    assert await prune(label, home, days=8) == [Taken(5, 1)]
    assert not path.exists()
    async with label.read() as connection:
        assert (await connection.execute(select(artefacts.c.pruned_at))).scalar_one() == later(days=8)
        assert await runs.all_artefact_names(connection) == set()


async def test_what_a_chat_was_sent_of_it_goes_with_it(label: Database, home: Home) -> None:
    put(home, "aa" * 32)
    home.telegram.mkdir()
    sent, cut, other = (home.telegram / f"{name}" for name in (f"{'aa' * 32}.m4a", f"{'aa' * 32}-cut.mp4", "bb.m4a"))
    for file in (sent, cut, other):
        file.write_bytes(b"sound")
    await song(label, "r-1", "aa" * 32, RunState.REJECTED)
    await prune(label, home, days=8)
    assert [path.name for path in home.telegram.iterdir()] == ["bb.m4a"]


@pytest.mark.parametrize("state", [None, RunState.APPROVED, RunState.CANCELLED])
async def test_a_song_that_may_still_come_to_something_stays(
    label: Database, home: Home, state: RunState | None
) -> None:
    path = put(home, "aa" * 32)
    await song(label, "r-1", "aa" * 32, state)
    assert await prune(label, home, days=400) == []
    assert path.exists()


async def test_a_file_stays_while_another_run_shows_the_same_content(label: Database, home: Home) -> None:
    path = put(home, "aa" * 32)
    await song(label, "r-1", "aa" * 32, RunState.REJECTED)
    await song(label, "r-2", "aa" * 32, None)
    assert await prune(label, home, days=8) == []
    assert path.exists()
    async with label.write() as connection:
        await runs.move(connection, await runs.get(connection, "r-2"), RunState.REJECTED, OPERATOR, NOW)
    assert await prune(label, home, days=8) == [Taken(5, 1)]
    assert not path.exists()


async def test_a_file_that_was_just_written_again_stays(label: Database, home: Home) -> None:
    path = put(home, "aa" * 32, age_s=0)
    await song(label, "r-1", "aa" * 32, RunState.REJECTED)
    assert await prune(label, home, days=8) == []
    assert path.exists()


async def test_a_file_that_went_before_its_row_was_marked_is_marked_the_next_time(label: Database, home: Home) -> None:
    await song(label, "r-1", "aa" * 32, RunState.REJECTED)
    assert await prune(label, home, days=8) == [Taken(5, 1)]
    assert await prune(label, home, days=9) == []


def test_files_are_measured_each_under_one_name(home: Home, tmp_path: Path) -> None:
    put(home, "aa" * 32)
    home.releases.mkdir(parents=True, exist_ok=True)
    (home.releases / "song.wav").write_bytes(b"12345678")
    (home.releases / "link.wav").symlink_to(tmp_path)
    found = storage.measure(home)
    assert found["artefacts"] == Taken(5, 1)
    assert found["releases"] == Taken(8, 1)
    assert found["other"].size >= home.database.stat().st_size


async def test_the_newest_measurement_takes_the_place_of_the_one_before(label: Database, home: Home) -> None:
    async with label.write() as connection:
        await storage.record(connection, {"artefacts": Taken(1, 1), "gone": Taken(1, 1)}, NOW)
        await storage.record(connection, {"artefacts": Taken(2, 1), "releases": Taken(3, 1)}, later(days=1))
        assert [(row.name, row.size) for row in await storage.rows(connection)] == [("releases", 3), ("artefacts", 2)]
