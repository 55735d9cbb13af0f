"""Transactions in a thread of their own: whole or not at all, one writer at a time, and never half cancelled."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import CapReached, ReadOnly
from engine.domain.money import Ask, Caps
from engine.home import Home
from engine.store import feed, spend
from engine.store.database import Database, open_database
from tests.conftest import NOW
from tests.label import add_artist, add_run


async def say(connection: AsyncConnection) -> int:
    """Says one thing in the feed; the newest sequence number."""
    await feed.record(connection, "llm", "openai")
    return await feed.latest(connection)


async def test_it_commits_what_both_kinds_of_readers_see(database: Database) -> None:
    said = await database.transact(say)
    assert said == await database.look(feed.latest)
    async with database.read() as connection:
        assert said == await feed.latest(connection)


async def test_a_transaction_is_synced_by_itself_unless_it_may_wait_for_the_next(database: Database) -> None:
    async def level(connection: AsyncConnection) -> int:
        return int((await connection.execute(text("PRAGMA synchronous"))).scalar_one())

    normal, full = 1, 2
    assert await database.transact(level) == full
    assert await database.transact(level, synced=False) == normal
    assert await database.transact(level) == full


async def test_an_error_leaves_nothing_behind(database: Database) -> None:
    async def fail(connection: AsyncConnection) -> None:
        await say(connection)
        raise ValueError("in the middle")

    before = await database.look(feed.latest)
    with pytest.raises(ValueError, match="in the middle"):
        await database.transact(fail)
    assert await database.look(feed.latest) == before


async def test_of_a_hundred_at_once_one_takes_the_last_of_the_money(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    caps = Caps(day=1_500, artist=9_000, run=9_000)

    async def ask(number: int) -> object:
        wanted = Ask(f"llm:{number}", "openai", "lyrics", 1_000, "r-first", "a-vesper")
        return await database.transact(lambda connection: spend.reserve(connection, wanted, caps, NOW))

    ended = await asyncio.gather(*map(ask, range(100)), return_exceptions=True)
    assert sum(isinstance(end, CapReached) for end in ended) == 99


async def test_it_takes_turns_with_transactions_of_the_other_kind(database: Database) -> None:
    before = await database.look(feed.latest)

    async def other() -> None:
        async with database.write() as connection:
            await say(connection)

    await asyncio.gather(*(database.transact(say) if number % 2 else other() for number in range(40)))
    assert await database.look(feed.latest) == before + 40


async def test_a_cancelled_asker_waits_until_what_was_begun_has_ended(database: Database) -> None:
    loop, begun, may_end = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    async def slow(connection: AsyncConnection) -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait()
        await say(connection)

    before = await database.look(feed.latest)
    asking = asyncio.create_task(database.transact(slow))
    await begun.wait()
    asking.cancel()
    await asyncio.sleep(0)
    assert not asking.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await database.look(feed.latest) == before + 1


async def test_a_transaction_that_waits_for_something_else_is_refused_and_undone(database: Database) -> None:
    async def wait(connection: AsyncConnection) -> None:
        await say(connection)
        await asyncio.sleep(0)

    before = await database.look(feed.latest)
    with pytest.raises(RuntimeError, match="waits for something else"):
        await database.transact(wait)
    assert await database.look(feed.latest) == before


async def test_a_database_that_was_opened_to_be_read_takes_none(database: Database, home: Home) -> None:
    reading = await open_database(home.database, home.backups, readonly=True)
    try:
        with pytest.raises(ReadOnly):
            await reading.transact(say)
        assert await reading.look(feed.latest) == await database.look(feed.latest)
    finally:
        await reading.close()


async def test_its_thread_begins_with_the_first_of_them(database: Database) -> None:
    def begun() -> set[str]:
        return {thread.name.rpartition("_")[0] for thread in threading.enumerate() if thread.name.startswith("store-")}

    before = begun()
    await database.look(feed.latest)
    assert begun() - before == {"store-reader"}
