"""The watcher: from a line in the logs folder to a row, with its position, and no more than is bearable."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.domain.errors import StoreBusy
from engine.home import Home
from engine.repair import watching
from engine.repair.foreign import Found
from engine.repair.logged import collecting
from engine.repair.tailing import Line, Tailer
from engine.repair.watching import KEPT_EACH, MANY, Batch, Watcher
from engine.safety.secrets import Redactor
from engine.store import feed
from engine.store.database import Database
from engine.store.repair_tables import error_events, error_groups, log_positions
from engine.store.tables import notices
from tests.conftest import NOW

ERROR = "2026-11-23 12:00:00 ERROR no {}\n"
FOUND = Found("f", "ERROR", "no 1", "ERROR no 1", ("a.py:1 f",))


@asynccontextmanager
async def watched(home: Home, database: Database) -> AsyncIterator[Watcher]:
    stopping = asyncio.Event()
    watcher = Watcher(home.logs, database, Redactor(), stopping, now=lambda: NOW)
    task = asyncio.create_task(watcher.run())
    try:
        yield watcher
    finally:
        stopping.set()
        await task


async def until(database: Database, told: Callable[[list[Any]], bool], before_s: float = 20.0) -> list[Any]:
    """The groups, once they are as wanted."""
    async with asyncio.timeout(before_s):
        while True:
            async with database.read() as connection:
                rows = list(await connection.execute(select(error_groups).order_by(error_groups.c.type)))
            if told(rows):
                return rows
            await asyncio.sleep(0.02)


async def test_an_error_in_a_foreign_log_becomes_a_tainted_group_with_its_position(
    home: Home, database: Database
) -> None:
    async with watched(home, database):
        (home.logs / "app.log").write_text(ERROR.format("sk-abcdefghijklmnop1234"))
        (group,) = await until(database, bool)
    assert (group.type, group.message, group.part, group.tainted) == ("ERROR", "no <redacted>", "app.log", True)
    async with database.read() as connection:
        event = (await connection.execute(select(error_events))).one()
        position = (await connection.execute(select(log_positions))).one()
        assert [change.kind for change in await feed.since(connection, 0)] == ["error"]
    assert (event.source, "sk-abc" in event.traceback) == ("app.log", False)
    assert (position.path, position.offset) == ("app.log", (home.logs / "app.log").stat().st_size)


async def test_the_next_start_tells_nothing_twice(home: Home, database: Database) -> None:
    log = home.logs / "app.log"
    log.write_text(ERROR.format(1))
    async with watched(home, database):
        await until(database, bool)
    with log.open("a") as file:
        file.write(ERROR.format(2))
    async with watched(home, database):
        (group,) = await until(database, lambda rows: rows[0].count >= 2)
    assert group.count == 2


async def test_a_backlog_has_its_own_times(home: Home, database: Database) -> None:
    days = (19, 21, 20)
    async with watched(home, database):
        (home.logs / "app.log").write_text("".join(f"2026-11-{day}T12:00:00Z ERROR no {day}\n" for day in days))
        (group,) = await until(database, lambda rows: bool(rows) and rows[0].count == 3)
    assert (group.first_seen, group.last_seen) == (NOW - timedelta(days=4), NOW - timedelta(days=2))
    assert group.message == "no 21"


async def test_an_error_of_the_console_is_told_by_its_own_log(home: Home, database: Database) -> None:
    exc = {"type": "KeyError", "msg": "x", "frames": []}
    line = {"level": "ERROR", "event": "a pane fell", "fp": "f" * 40, "exc": exc}
    async with watched(home, database):
        home.console_log.write_text(json.dumps(line, separators=(",", ":")) + "\n")
        (group,) = await until(database, bool)
    assert (group.type, group.part, group.fingerprint) == ("KeyError", "console", "console:" + "f" * 40)


async def test_an_error_of_the_console_happened_when_its_line_says(home: Home, database: Database) -> None:
    exc = {"type": "KeyError", "msg": "x", "frames": []}
    line = {"level": "ERROR", "event": "a pane fell", "fp": "f" * 40, "exc": exc}
    said = {"ts": "2026-11-20T08:00:00.250Z", "started": "2026-11-19T08:00:00.000Z"}
    ahead = {"ts": (NOW + timedelta(hours=1)).isoformat(), "started": "nonsense"}
    lines = [json.dumps({**line, **each}, separators=(",", ":")) for each in (ahead, said)]
    async with watched(home, database):
        home.console_log.write_text("\n".join(lines) + "\n")
        (group,) = await until(database, lambda rows: bool(rows) and rows[0].count == 2)
    async with database.read() as connection:
        e = error_events.c
        told = [tuple(row) for row in await connection.execute(select(e.at, e.started).order_by(e.id))]
    happened, began = datetime(2026, 11, 20, 8, 0, 0, 250_000, UTC), datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert told == [(NOW, None), (happened, began)]
    assert group.last_seen == NOW


async def test_while_the_database_is_held_nothing_is_lost(
    home: Home, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_RETRY_S", 0.0)
    write, refused = database.write, [0]

    def busy() -> Any:
        if refused[0] < 3:
            refused[0] += 1
            raise StoreBusy("somebody holds it")
        return write()

    monkeypatch.setattr(database, "write", busy)
    (home.logs / "app.log").write_text(ERROR.format(1) * 2)
    async with watched(home, database):
        (group,) = await until(database, lambda rows: bool(rows) and rows[0].count == 2)
    assert (group.count, refused) == (2, [3])


async def test_reading_that_broke_off_begins_again_and_is_told_until_it_is_well(
    home: Home, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_AGAIN_S", 0.01)
    monkeypatch.setattr(watching, "_CALM_S", 0.1)
    look, fell = Tailer.look, [0]

    def falls(tailer: Tailer, slice_s: float) -> Any:
        if fell[0] < 2:
            fell[0] += 1
            raise ValueError("a record that nobody thought of")
        return look(tailer, slice_s)

    monkeypatch.setattr(Tailer, "look", falls)
    (home.logs / "app.log").write_text(ERROR.format(1))
    with collecting() as handler:
        async with watched(home, database):
            (group,) = await until(database, bool)
            async with asyncio.timeout(20):
                while (told := await notices_of(database)) and told[0].closed_at is None:
                    await asyncio.sleep(0.02)
        assert (group.count, fell) == (1, [2])
        assert [(item.part, item.count) for item in handler.take().values()] == [("repair", 2)]
    assert [(row.incident, row.level) for row in told] == [(watching.INCIDENT, "warning")]


async def notices_of(database: Database) -> list[Any]:
    async with database.read() as connection:
        return list(await connection.execute(select(notices)))


async def test_without_notices_of_changes_it_looks_by_itself(
    home: Home, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: object, **__: object) -> Any:
        raise OSError("no space left for watches")

    monkeypatch.setattr("watchfiles.awatch", no_more)
    async with watched(home, database):
        (home.logs / "app.log").write_text(ERROR.format(1))
        await until(database, bool)


@pytest.mark.quick
def test_equal_errors_are_counted_and_the_newest_kept() -> None:
    batch = Batch()
    for number in range(10):
        batch.add(Line("app.log", FOUND._replace(message=f"no {number}")), "f", NOW)
    kept = batch.errors(Redactor())
    assert [each.error.message for each in kept] == [f"no {number}" for number in range(10 - KEPT_EACH, 10)]
    assert sum(each.times for each in kept) == 10


@pytest.mark.quick
@pytest.mark.parametrize(("stamp", "dated"), [("", False), ("2026-11-20 12:00:00 ERROR", True)])
def test_a_record_says_whether_it_has_a_time_of_its_own(stamp: str, dated: bool) -> None:
    batch = Batch()
    batch.add(Line("app.log", FOUND._replace(stamp=stamp)), "f", NOW)
    (kept,) = batch.errors(Redactor())
    assert (kept.error.dated, kept.at == NOW) == (dated, not dated)


@pytest.mark.quick
def test_beyond_so_many_kinds_a_log_has_one_group_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_GROUPS", 3)
    watcher = Watcher(tmp_path, None, Redactor(), None, now=lambda: NOW)  # type: ignore[arg-type]  # neither is used
    kinds = [watcher._kind_of(Line("a.log", FOUND._replace(fingerprint=str(number % 5)))) for number in range(7)]
    assert kinds == ["0", "1", "2", MANY, MANY, "0", "1"]
    assert watcher._kind_of(Line("b.log", FOUND)) == "f"


@pytest.mark.quick
def test_every_text_of_an_error_is_redacted() -> None:
    key = "sk-abcdefghijklmnop1234"
    batch = Batch()
    batch.add(Line("app.log", Found("f", f"E{key}", f"m {key}", f"t {key}", (f"{key}.py:1 f",))), "f", NOW)
    (kept,) = batch.errors(Redactor([key]))
    assert key not in repr(kept)


async def test_a_backlog_leaves_the_loop_its_turns(home: Home, database: Database) -> None:
    """The longest that the loop waits while 3 MB are read stays far below what a person feels."""
    with (home.logs / "app.log").open("w") as file:
        file.write(("2026-11-23 12:00:00 INFO fine, no errors\n" * 99 + ERROR.format(1)) * 750)
    loop = asyncio.get_running_loop()
    longest, before = 0.0, loop.time()

    def told(rows: list[Any]) -> bool:
        nonlocal longest, before
        longest, before = max(longest, loop.time() - before), loop.time()
        return bool(rows) and rows[0].count == 750

    async with watched(home, database):
        await until(database, told, before_s=60)
        async with database.read() as connection:
            assert (await connection.execute(select(func.count()).select_from(error_events))).scalar_one() < 200
    assert longest < 1.0
