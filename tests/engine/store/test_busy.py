"""Another process that holds the database: a patient writer tries again, and in the end it is told in plain words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from engine.domain.errors import StoreBusy
from engine.home import Home
from engine.store import database as store
from engine.store import feed
from engine.store.control import CYCLE, set_switch, switch
from engine.store.database import Database, open_database
from tests.conftest import NOW
from tests.console.label import OPERATOR


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One try does not wait."""
    monkeypatch.setattr(store, "_BUSY_MS", 1)


@pytest.fixture
def intruder(home: Home, database: Database) -> Iterator[sqlite3.Connection]:
    """Another program that has begun to write."""
    with closing(sqlite3.connect(home.database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


async def patient(home: Home, waits: tuple[float, ...]) -> Database:
    return await open_database(home.database, home.backups, waits=waits)


async def write(database: Database) -> None:
    async with database.write() as connection:
        await set_switch(connection, CYCLE, True, OPERATOR, NOW, "")


async def test_whoever_waits_for_an_answer_is_told_what_holds_it_and_what_to_do(
    home: Home, intruder: sqlite3.Connection
) -> None:
    database = await patient(home, ())
    with pytest.raises(StoreBusy) as busy:
        await write(database)
    assert str(home.database) in busy.value.message and "SQL" not in str(busy.value)
    assert "Close what writes to it" in busy.value.fix
    intruder.execute("ROLLBACK")
    await write(database)
    await database.close()


async def test_a_patient_writer_gets_its_turn_when_the_other_lets_go(
    home: Home, intruder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    database = await patient(home, (1.0, 2.0, 4.0))

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            intruder.execute("ROLLBACK")

    monkeypatch.setattr(database, "_pause", pause)
    await write(database)
    assert waited == [1.0, 2.0]
    async with database.read() as connection:
        assert await switch(connection, CYCLE)
    await database.close()


async def test_its_patience_has_an_end(
    home: Home, intruder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    database = await patient(home, (1.0, 2.0))

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(database, "_pause", pause)
    with pytest.raises(StoreBusy):
        await write(database)
    assert waited == [1.0, 2.0]
    await database.close()


async def test_a_transaction_in_a_thread_of_its_own_is_as_patient_and_done_once(
    home: Home, intruder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    database = await patient(home, (1.0, 2.0, 4.0))

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            intruder.execute("ROLLBACK")

    monkeypatch.setattr(database, "_pause", pause)
    before = await database.look(feed.latest)
    await database.transact(lambda connection: feed.record(connection, "llm", "openai"))
    assert waited == [1.0, 2.0]
    assert await database.look(feed.latest) == before + 1
    await database.close()
