"""What a window of a long list costs: an index for every order, and no more work in a large label."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import artists_view, queue_view, repair_view, runs_view
from engine.domain.artists import ArtistState
from engine.domain.error_filter import ErrorScope
from engine.domain.listing import ApprovalOrder, ArtistOrder, ErrorOrder, ReleaseOrder, RunOrder, Wanted
from engine.domain.money import Ask, Caps
from engine.domain.repair import GroupState
from engine.domain.runs import RunState
from engine.store import lists, search, spend
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run

Window = Callable[[AsyncConnection], Awaitable[Any]]
PAGE = 50
FIRST = datetime(2026, 1, 1, tzinfo=UTC)

HOT: dict[str, Window] = {
    "approvals": lambda c: queue_view.approvals(c, limit=PAGE),
    "a place in the queue": lambda c: queue_view.place(c, "r-0", 0),
    "errors": lambda c: repair_view.error_rows(c, limit=PAGE),
    "errors by state": lambda c: repair_view.error_rows(c, order=ErrorOrder.STATE, limit=PAGE),
    "errors by class": lambda c: repair_view.error_rows(c, order=ErrorOrder.CLASS, limit=PAGE),
    "errors by number": lambda c: repair_view.error_rows(c, order=ErrorOrder.COUNT, limit=PAGE),
    "releases": lambda c: queue_view.release_rows(c, limit=PAGE),
    "releases by artist": lambda c: queue_view.release_rows(c, order=ReleaseOrder.ARTIST, limit=PAGE),
    "releases by song": lambda c: queue_view.release_rows(c, order=ReleaseOrder.TITLE, limit=PAGE),
    **{
        f"runs by {order}": lambda c, order=order: runs_view.rows(c, NOW, order=order, limit=PAGE)  # type: ignore[misc]
        for order in RunOrder
        if order is not RunOrder.STATE
    },
    **{
        f"artists by {order}": lambda c, order=order: artists_view.rows(c, order=order, limit=PAGE)  # type: ignore[misc]
        for order in ArtistOrder
    },
    "approvals turned": lambda c: queue_view.approvals(c, turned=True, limit=PAGE),
    "errors turned": lambda c: repair_view.error_rows(c, turned=True, limit=PAGE),
    "releases turned": lambda c: queue_view.release_rows(c, turned=True, limit=PAGE),
    **{
        f"runs by {order} turned": lambda c, order=order: runs_view.rows(  # type: ignore[misc]
            c, NOW, order=order, turned=True, limit=PAGE
        )
        for order in RunOrder
        if order is not RunOrder.STATE
    },
    **{
        f"artists by {order} turned": lambda c, order=order: artists_view.rows(  # type: ignore[misc]
            c, order=order, turned=True, limit=PAGE
        )
        for order in ArtistOrder
    },
}
NARROWED: dict[str, Window] = {
    "errors of a day": lambda c: repair_view.error_rows(c, scope=ErrorScope(since=FIRST), limit=PAGE),
    "errors in a state": lambda c: repair_view.error_rows(c, scope=ErrorScope(states=(GroupState.NEW,)), limit=PAGE),
    "errors of a class": lambda c: repair_view.error_rows(c, scope=ErrorScope(causes=("",)), limit=PAGE),
}
"""Windows of what has no tally: their length is counted in the index."""
FEW_SORTED = ("run_stages",)
"""The stages of the runs in view are put in order by themselves: some eight for each."""


@pytest.fixture
async def label(database: Database) -> Database:
    """A hundred songs that wait, each with its revision, a release of each, and as many errors."""
    async with database.write() as connection:
        await add_artist(connection, "a-1", "Vesper Lane")
        await add_waiting_run(connection, "r-0", "a-1")
        await more(connection, 1, 100)
    return database


async def more(connection: AsyncConnection, first: int, last: int) -> None:
    """Copies of the first run and what belongs to it, and errors."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last) "
    copied = {
        "runs": {"id": "'r-' || i", "title": "'Song ' || i", "created_at": "datetime(created_at, i || ' seconds')"},
        "revisions": {"id": "'v-' || i", "run_id": "'r-' || i", "hash": "'h-' || i"},
    }
    for table, changed in copied.items():
        columns = [row.name for row in await connection.execute(text(f"PRAGMA table_info({table})"))]  # ours
        values = ", ".join(changed.get(name, name) for name in columns)
        where = "id = 'r-0'" if table == "runs" else "run_id = 'r-0'"
        into = f"INSERT INTO {table} ({', '.join(columns)}) "
        await connection.execute(
            text(f"{into}{numbers}SELECT {values} FROM n, {table} WHERE {where}"),
            {"first": first, "last": last},
        )
    for statement in (
        """INSERT INTO releases (id, run_id, artist_id, revision_id, title, path, manifest_sha256, facts, created_at)
        SELECT 'l-' || i, 'r-' || i, 'a-1', 'v-' || i, 'Song ' || i, '/x', '', '{}', '2026-01-01 00:00:00.000000'
        FROM n WHERE true""",
        """INSERT INTO error_groups (id, fingerprint, type, message, part, state, count, first_seen, last_seen)
        SELECT 'e-' || i, i, 'Error', 'message', 'cycle', 'new', i, '2026-01-01 00:00:00.000000',
        datetime('2026-01-01', i || ' seconds') || '.000000' FROM n WHERE true""",
    ):
        await connection.execute(text(numbers + statement), {"first": first, "last": last})


async def plans(connection: AsyncConnection, window: Window) -> list[str]:
    """Every line of the plans of all that a window asks."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    await window(connection)
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    found = []
    for statement, parameters in asked:
        explained = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        found += [row.detail for row in explained if not any(table in statement for table in FEW_SORTED)]
    return found


@pytest.mark.parametrize("name", [*HOT, *NARROWED])
async def test_a_window_comes_out_of_an_index_and_sorts_nothing(label: Database, name: str) -> None:
    async with label.read() as connection:
        lines = await plans(connection, {**HOT, **NARROWED}[name])
    assert lines
    assert [line for line in lines if "TEMP B-TREE" in line] == []
    assert [line for line in lines if re.match(r"SCAN (?!tallies)\w+(?! USING)", line) and "USING" not in line] == []


@pytest.mark.parametrize("order", [*RunOrder, *ArtistOrder])
async def test_a_list_of_many_in_some_states_walks_the_index_of_its_order(
    label: Database, monkeypatch: pytest.MonkeyPatch, order: RunOrder | ArtistOrder
) -> None:
    monkeypatch.setattr(lists, "REACH", 0)  # any number is many

    async def window(connection: AsyncConnection) -> None:
        if isinstance(order, RunOrder):
            states = [RunState.AWAITING_REVIEW, RunState.FAILED]
            await runs_view.rows(connection, NOW, order=order, states=states, limit=PAGE)
        else:
            some = [ArtistState.CANDIDATE, ArtistState.ACTIVE]
            await artists_view.rows(connection, order=order, states=some, limit=PAGE)

    async with label.read() as connection:
        lines = await plans(connection, window)
    assert [line for line in lines if "TEMP B-TREE" in line] == []
    assert any(re.match(r"(SCAN|SEARCH) \w+ USING (COVERING )?INDEX ix_", line) for line in lines)


@pytest.mark.parametrize("name", HOT)
async def test_a_window_of_ten_times_as_many_rows_takes_as_much_work(label: Database, name: str) -> None:
    async with label.read() as connection:
        few = await steps(connection, HOT[name])
    async with label.write() as connection:
        await more(connection, 100, 1_000)
    async with label.read() as connection:
        many = await steps(connection, HOT[name])
    assert many <= 1.3 * few


@pytest.mark.parametrize("typed", ["song", "snog", "so"], ids=["a word", "a misspelt word", "two letters"])
@pytest.mark.parametrize("order", [RunOrder.NEWEST, RunOrder.TITLE, RunOrder.LONGEST])
async def test_words_in_ten_times_as_many_rows_take_as_much_work(
    label: Database, monkeypatch: pytest.MonkeyPatch, typed: str, order: RunOrder
) -> None:
    for bound in ("THROUGH", "NEAR", "_CANDIDATES"):
        monkeypatch.setattr(search, bound, 60)

    async def window(connection: AsyncConnection) -> None:
        found = await runs_view.rows(connection, NOW, order=order, wanted=Wanted((typed,)), limit=PAGE)
        assert found.total and found.more

    async with label.read() as connection:
        few = await steps(connection, window)
    async with label.write() as connection:
        await more(connection, 100, 1_000)
    async with label.read() as connection:
        assert await steps(connection, window) <= 1.3 * few


async def steps(connection: AsyncConnection, window: Window) -> int:
    """How many instructions of its machine SQLite takes."""
    count = 0

    def one() -> int:
        nonlocal count
        count += 1
        return 0

    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.set_progress_handler(one, 1)
    await window(connection)
    await driver.set_progress_handler(None, 1)
    return count


async def test_the_queue_by_song_reads_no_run_that_does_not_wait(label: Database) -> None:
    async def window(connection: AsyncConnection) -> None:
        await queue_view.approvals(connection, order=ApprovalOrder.TITLE, limit=PAGE)

    async with label.write() as connection:
        await connection.execute(text("UPDATE runs SET state = 'rejected' WHERE CAST(substr(id, 3) AS INT) >= 60"))
    async with label.read() as connection:
        few = await steps(connection, window)
    async with label.write() as connection:
        await more(connection, 100, 1_000)
        await connection.execute(text("UPDATE runs SET state = 'rejected' WHERE CAST(substr(id, 3) AS INT) >= 60"))
    async with label.read() as connection:
        assert await steps(connection, window) <= 1.3 * few


async def test_the_sums_that_a_reservation_depends_on_come_out_of_indexes(label: Database) -> None:
    async def reserve(connection: AsyncConnection) -> None:
        ask = Ask("llm:1", "openai", "lyrics", 1, "r-0", "a-1")
        await spend.reserve(connection, ask, Caps(day=9, artist=9, run=9), NOW)

    async with label.write() as connection:
        lines = [line for line in await plans(connection, reserve) if "spend" in line]
    assert any("COVERING INDEX ix_spend_at" in line for line in lines), "the day's, and the artist's of it"
    assert [line for line in lines if line.startswith("SCAN")] == []


async def test_what_a_crash_left_reserved_is_found_without_a_walk_through_the_ledger(label: Database) -> None:
    async with label.write() as connection:
        lines = await plans(connection, lambda c: spend.book_abandoned(c, "llm:", NOW))
    assert any("INDEX ix_spend_reserved" in line for line in lines)
