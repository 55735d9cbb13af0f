"""Capturing: what is kept of an error, what comes from outside, and how a group opens again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.errors import DownloadBroken, Fault, JobError
from engine.domain.repair import GroupState
from engine.repair.capture import capture, captured, from_outside, marked, provider_of
from engine.safety.secrets import Redactor
from engine.settings import kinds
from engine.store import journal, repairs
from engine.store.database import Database
from engine.store.repair_tables import error_events, error_groups
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


def caught(action: Callable[[], object]) -> Exception:
    try:
        action()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def ours() -> Exception:
    return caught(lambda: kinds.span(20, 300).read("x"))


async def kept(database: Database) -> Any:
    async with database.read() as connection:
        return (await connection.execute(select(error_groups))).one()


async def test_frames_of_ours_and_the_whole_chain_are_kept(database: Database) -> None:
    def chained() -> None:
        try:
            json.loads("{")
        except ValueError as error:
            raise RuntimeError("later") from error

    await capture(database, Redactor(), caught(chained), NOW, part="cover", provider="p", source="engine")
    async with database.read() as connection:
        event = (await connection.execute(select(error_events))).one()
    assert (
        event.traceback.index("JSONDecodeError")
        < event.traceback.index("direct cause")
        < event.traceback.index("RuntimeError: later")
    )
    assert (event.provider, event.source) == ("p", "engine")
    found = captured(Redactor(), ours(), part="x")
    assert [frame.split(":")[0] for frame in found.frames] == ["engine/settings/kinds.py"] * len(found.frames) != []


async def test_a_captured_error_is_marked(database: Database) -> None:
    error = ours()
    assert not marked(error)
    await capture(database, Redactor(), error, NOW, part="x")
    assert marked(error)


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (GroupState.RESOLVED, "regressed"),
        (GroupState.RECOVERED, "new"),
        (GroupState.VALIDATED, "validated"),
        (GroupState.PROBATION, "probation"),
        (GroupState.IGNORED, "ignored"),
    ],
)
async def test_the_same_error_again_opens_what_was_closed(database: Database, state: GroupState, after: str) -> None:
    group_id = await capture(database, Redactor(), ours(), NOW, part="x")
    async with database.write() as connection:
        await repairs.move_group(connection, group_id, state)
    assert await capture(database, Redactor(), ours(), LATER, part="x") == group_id
    group = await kept(database)
    assert (group.state, group.count, group.first_seen, group.last_seen) == (after, 2, NOW, LATER)


@pytest.mark.parametrize(("until", "after"), [(LATER, "new"), (LATER + timedelta(seconds=1), "ignored")])
async def test_a_group_that_is_ignored_for_a_while_comes_back_then(database: Database, until: Any, after: str) -> None:
    group_id = await capture(database, Redactor(), ours(), NOW, part="x")
    async with database.write() as connection:
        await repairs.move_group(connection, group_id, GroupState.IGNORED, ignored_until=until)
    await capture(database, Redactor(), ours(), LATER, part="x")
    assert (await kept(database)).state == after


async def test_an_error_may_stand_for_many(database: Database) -> None:
    found = captured(Redactor(), ours(), part="x")
    async with database.write() as connection:
        await journal.add_error(connection, found, NOW, 7)
        await journal.add_error(connection, found, NOW, 3)
    assert (await kept(database)).count == 10


async def test_once_tainted_a_group_stays_so(database: Database) -> None:
    for tainted in (False, True, False):
        await capture(database, Redactor(), ours(), NOW, part="x", tainted=tainted)
    assert (await kept(database)).tainted


class OfVendor(Exception):
    provider = "suno"


def wrapped() -> Exception:
    def fall() -> None:
        try:
            raise OfVendor("their words")
        except OfVendor as error:
            raise KeyError("x") from error

    return caught(fall)


@pytest.mark.parametrize(
    ("error", "outside"),
    [
        (ours(), False),
        (ValueError("x"), False),
        (OfVendor("x"), True),
        (wrapped(), True),
        (DownloadBroken("x"), True),
        (caught(lambda: json.loads("{")), True),
        (JobError("x", fault=Fault("KeyError", "f", ("engine/visuals/stock/pexels.py:3 f",), "")), True),
        (JobError("x", fault=Fault("KeyError", "f", ("engine/music/studio/drums.py:3 f",), "")), False),
    ],
    ids=str,
)
def test_what_may_hold_words_from_outside_is_tainted(error: Exception, outside: bool) -> None:
    assert from_outside(error) is outside
    assert captured(Redactor(), error, part="x").tainted is outside


@pytest.mark.parametrize(
    ("file", "outside"),
    [
        ("engine/llm/answers.py", True),
        ("engine/llm/writer/lyrics.py", False),
        ("engine/music/suno.py", True),
        ("engine/music/master.py", False),
        ("engine/trends/charts.py", True),
        ("engine/telegram/service.py", True),
        ("engine/pipeline/stages.py", False),
    ],
)
def test_rooms_that_hear_outside(file: str, outside: bool) -> None:
    assert from_outside(JobError("x", fault=Fault("KeyError", "f", (f"{file}:3 f",), ""))) is outside


def test_the_provider_is_read_off_the_error_or_what_led_to_it() -> None:
    assert (provider_of(wrapped()), provider_of(ours())) == ("suno", None)


def test_an_error_that_cannot_be_printed_is_captured() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "cannot be printed" in captured(Redactor(), Broken(), part="x").message
