"""A read-only door refuses every command, whoever forgets to ask first, and leaves the database as it is."""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from engine.api import Access, Commands, Door, open_door
from engine.domain.artists import ArtistState
from engine.domain.chat import Role
from engine.domain.errors import NotAllowed, ReadOnly, StoreError
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.home import Home, at, prepare
from engine.settings import Settings
from engine.store import runs
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run, persona

LOOKER = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")

WRITES: dict[str, Callable[[Commands], Awaitable[Any]]] = {
    "approve": lambda to: to.approve("r-first"),
    "reject": lambda to: to.reject("r-first", (), "no"),
    "new_version": lambda to: to.new_version("r-first", (), "again"),
    "edit": lambda to: to.edit("r-first", title="Slow Signal"),
    "choose_variant": lambda to: to.choose_variant("r-first", "clip-1"),
    "settle_purchase": lambda to: to.settle_purchase("k-1"),
    "undo": lambda to: to.undo("r-first"),
    "start_run": lambda to: to.start_run(),
    "retry": lambda to: to.retry("r-first"),
    "cancel": lambda to: to.cancel("r-first"),
    "create_artist": lambda to: to.create_artist(),
    "set_autopilot": lambda to: to.set_autopilot("a-vesper", True),
    "set_budget": lambda to: to.set_budget("a-vesper", 250_000),
    "edit_persona": lambda to: to.edit_persona("a-vesper", replace(persona(), voice="loud")),
    "set_artist_state": lambda to: to.set_artist_state("a-vesper", ArtistState.PAUSED),
    "set_cycle": lambda to: to.set_cycle(True),
    "pause": lambda to: to.pause(),
    "resume": lambda to: to.resume(),
    "discover_models": lambda to: to.discover_models(),
    "ping_models": lambda to: to.ping_models(),
    "enrol": lambda to: to.enrol(Role.VIEWER),
    "retry_telegram": lambda to: to.retry_telegram(),
    "set_chat_role": lambda to: to.set_chat_role(4711, Role.VIEWER),
    "remove_chat_user": lambda to: to.remove_chat_user(4711),
    "reset_models": lambda to: to.reset_models("deepseek"),
    "refresh_trends": lambda to: to.refresh_trends(),
    "analyse_error": lambda to: to.analyse_error("e-1"),
    "propose_patch": lambda to: to.propose_patch("e-1"),
    "trial_patch": lambda to: to.trial_patch("x-1"),
    "apply_patch": lambda to: to.apply_patch("x-1", "0" * 64),
    "revert_patch": lambda to: to.revert_patch("x-1"),
    "reject_patch": lambda to: to.reject_patch("x-1"),
    "ignore_error": lambda to: to.ignore_error("e-1"),
    "unignore_error": lambda to: to.unignore_error("e-1"),
}


@pytest.fixture
async def door(home: Home, database: Database) -> AsyncIterator[Door]:
    async with database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
    async with open_door(home, Settings(), LOOKER, readonly=True, now=lambda: NOW) as door:
        yield door


def test_every_command_is_tried_below() -> None:
    commands = {name for name, member in inspect.getmembers(Commands, inspect.iscoroutinefunction) if name[0] != "_"}
    assert commands == set(WRITES)


@pytest.mark.parametrize("name", WRITES)
async def test_a_command_is_refused_and_changes_nothing(name: str, door: Door, database: Database) -> None:
    before = (await door.queries.overview()).seq
    with pytest.raises(ReadOnly, match="changes nothing"):
        await WRITES[name](door.commands)
    assert (await door.queries.overview()).seq == before
    async with database.read() as connection:
        assert (await runs.get(connection, "r-first")).state is RunState.AWAITING_REVIEW


async def test_sqlite_itself_refuses_a_write_that_goes_round_the_commands(door: Door) -> None:
    with pytest.raises(StoreError, match="readonly"):
        async with door.database.read() as connection:
            await connection.exec_driver_sql("DELETE FROM runs")


async def test_what_others_write_is_seen(door: Door, database: Database) -> None:
    before = (await door.queries.overview()).artists
    async with database.write() as connection:
        await add_artist(connection, "a-other", "Ohm Garden")
    assert sum((await door.queries.overview()).artists.values()) == sum(before.values()) + 1


async def test_a_label_that_is_not_there_is_not_made(tmp_path: Any) -> None:
    home = at(tmp_path / "new")
    prepare(home)
    with pytest.raises(StoreError, match="no label"):
        async with open_door(home, Settings(), LOOKER, readonly=True):
            pass
    assert not home.database.exists()


@pytest.mark.parametrize(("version", "said"), [("0001", "older"), ("9999", "newer")])
async def test_a_database_of_another_version_is_refused_and_left_as_it_is(version: str, said: str, home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    with pytest.raises(StoreError, match=said):
        async with open_door(home, Settings(), LOOKER, readonly=True):
            pass
    with closing(sqlite3.connect(home.database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (version,)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("access", "changes", "patches"),
    [
        (Access(), True, True),
        (Access(readonly=True), False, False),
        (Access(served=True), True, False),
        (Access(readonly=True, served=True), False, False),
    ],
)
def test_a_browser_never_applies_patches(access: Access, changes: bool, patches: bool) -> None:
    assert access.applies_patches == patches
    assert (access.refusal() is None) == changes
    if patches:
        access.require_patches()
    else:
        with pytest.raises((ReadOnly, NotAllowed)):
            access.require_patches()


async def test_the_door_of_a_browser_says_so(home: Home) -> None:
    async with open_door(home, Settings(), LOOKER, served=True) as door:
        assert door.access == Access(served=True)
        with pytest.raises(NotAllowed, match="browser"):
            door.access.require_patches()
