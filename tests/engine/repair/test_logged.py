"""Errors that are logged and go no further become groups: once, with what the record says, never about the repair."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.errors import StoreBusy
from engine.repair.capture import capture
from engine.repair.limits import about_itself
from engine.repair.logged import MOST, ErrorHandler, collecting, store
from engine.safety.secrets import Redactor
from engine.store.database import Database
from engine.store.repair_tables import error_events, error_groups
from tests.conftest import NOW

log = logging.getLogger("engine.telegram.service")


@pytest.fixture
def handler() -> Iterator[ErrorHandler]:
    with collecting() as made:
        yield made


def failure(message: str = "it broke") -> Exception:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


async def groups(database: Database) -> list[Any]:
    async with database.read() as connection:
        return list(await connection.execute(select(error_groups).order_by(error_groups.c.id)))


async def events(database: Database) -> list[Any]:
    async with database.read() as connection:
        return list(await connection.execute(select(error_events).order_by(error_events.c.id)))


async def test_a_logged_exception_becomes_a_group_of_the_room_that_spoke(
    database: Database, handler: ErrorHandler
) -> None:
    log.error("no word from %s", "there", exc_info=failure("key sk-abcdefghijklmnop1234"))
    assert await store(database, Redactor(), handler, NOW) == 1
    (group,) = await groups(database)
    assert (group.type, group.part, group.state, group.count) == ("ValueError", "telegram", "new", 1)
    (event,) = await events(database)
    assert event.traceback.startswith("no word from there\nTraceback") and "sk-abc" not in event.traceback
    assert (event.source, event.message) == ("engine", "key <redacted>")


async def test_the_same_error_again_is_counted_in_one_event(database: Database, handler: ErrorHandler) -> None:
    for number in range(5):
        log.error("again", exc_info=failure(f"no {number}"))
    await store(database, Redactor(), handler, NOW)
    (group,) = await groups(database)
    assert (group.count, group.message, len(await events(database))) == (5, "no 4", 1)


async def test_one_error_logged_on_its_way_up_counts_once(database: Database, handler: ErrorHandler) -> None:
    error = failure()
    log.error("below", exc_info=error)
    log.error("above", exc_info=error)
    await store(database, Redactor(), handler, NOW)
    assert [group.count for group in await groups(database)] == [1]


@pytest.mark.parametrize("first", ["captured", "logged"])
async def test_what_was_captured_where_it_happened_is_not_counted_again(
    database: Database, handler: ErrorHandler, first: str
) -> None:
    error = failure()
    if first == "captured":
        await capture(database, Redactor(), error, NOW, part="lyrics")
        log.error("the run failed", exc_info=error)
    else:
        log.error("the run failed", exc_info=error)
        await capture(database, Redactor(), error, NOW, part="lyrics")
    assert await store(database, Redactor(), handler, NOW) == 0
    assert [group.part for group in await groups(database)] == ["lyrics"]


@pytest.mark.parametrize("name", ["engine.repair", "engine.repair.watching"])
async def test_errors_of_the_repair_are_told_and_not_fed_back(
    database: Database, handler: ErrorHandler, name: str
) -> None:
    logging.getLogger(name).error("it broke", exc_info=failure())
    assert await store(database, Redactor(), handler, NOW) == 1
    (group,) = await groups(database)
    assert group.part == "repair"
    assert about_itself(group.part, ())


async def test_an_error_that_passed_through_the_repair_is_of_the_repair(
    database: Database, handler: ErrorHandler
) -> None:
    try:
        await store(database, object(), _one_waiting(), NOW)  # type: ignore[arg-type]  # it breaks inside
    except AttributeError as error:
        log.error("outside", exc_info=error)
    else:
        pytest.fail("nothing broke")
    assert [item.part for item in handler.take().values()] == ["repair"]


def _one_waiting() -> ErrorHandler:
    handler = ErrorHandler()
    handler.emit(logging.LogRecord("x", logging.ERROR, "f", 1, "m", (), (ValueError, failure(), None)))
    return handler


async def test_records_without_an_exception_or_below_error_make_none(database: Database, handler: ErrorHandler) -> None:
    log.error("only words")
    log.warning("not so bad", exc_info=failure())
    assert await store(database, Redactor(), handler, NOW) == 0


async def test_what_the_record_says_of_run_and_stage_is_kept_where_it_exists(
    database: Database, handler: ErrorHandler
) -> None:
    said = {"run_id": "r-none", "artist_id": "a-none", "stage": "cover", "provider": "pexels"}
    log.error("it broke", exc_info=failure(), extra=said)
    await store(database, Redactor(), handler, NOW)
    (event,) = await events(database)
    assert (event.run_id, event.artist_id, event.stage, event.provider) == (None, None, "cover", "pexels")
    assert [group.part for group in await groups(database)] == ["cover"]


async def test_while_the_database_cannot_be_written_errors_wait(
    database: Database, handler: ErrorHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> None:
        raise StoreBusy("somebody holds it")

    log.error("it broke", exc_info=failure())
    with monkeypatch.context() as patch:
        patch.setattr(database, "write", busy)
        assert await store(database, Redactor(), handler, NOW) == 0
    log.error("it broke", exc_info=failure())
    assert await store(database, Redactor(), handler, NOW) == 1
    assert [group.count for group in await groups(database)] == [2]


def test_what_waits_is_bounded(handler: ErrorHandler) -> None:
    for number in range(MOST + 10):
        log.error("x", exc_info=type(f"Error{number}", (Exception,), {})())
    assert (len(handler.take()), handler.lost) == (MOST, 10)


async def test_errors_of_threads_and_of_a_message_that_does_not_fit_are_taken(database: Database) -> None:
    handler = ErrorHandler()
    record = logging.LogRecord("dbos", logging.ERROR, "f", 1, "%d of %s", (1,), (ValueError, failure(), None))
    await asyncio.to_thread(handler.handle, record)
    await store(database, Redactor(), handler, NOW)
    assert [event.traceback.partition("\n")[0] for event in await events(database)] == ["%d of %s"]
    assert [group.part for group in await groups(database)] == ["dbos"]
