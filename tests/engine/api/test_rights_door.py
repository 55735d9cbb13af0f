"""Whoever may only look decides nothing about rights, nor does a chat; who delivers hears at once what stands."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import update

from engine.api import open_door
from engine.api.rights_door import RightsCommands
from engine.domain.delivery import DeliveryState
from engine.domain.errors import NotAllowed, ReadOnly
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.settings import Settings
from engine.store import rights
from engine.store.database import Database
from engine.store.tables import revisions
from tests.conftest import NOW
from tests.delivering import PERSON, RUN, add_folder, packaged
from tests.label import content
from tests.packages import RELEASE

WRITES: dict[str, Callable[[RightsCommands], Awaitable[Any]]] = {
    "override": lambda to: to.override(RELEASE, "music-plan", "because", name="Mara"),
    "declare": lambda to: to.declare(RELEASE, "rights", "yes"),
}
STRANGER = Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, "nobody we know")
OWNER = Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, "mara")


@pytest.fixture
async def blocked(database: Database, home: Home) -> str:
    """A release whose music has no recorded plan."""
    await add_folder(database, home)
    release_id = await packaged(database, home, wav=100, clip=100)
    whole = content() | {"provider": "suno", "purchase": "", "rights": "", "heard": True}
    async with database.write() as connection:
        await connection.execute(update(revisions).where(revisions.c.run_id == RUN).values(content=whole))
    return release_id


def test_every_command_is_tried_below() -> None:
    found = inspect.getmembers(RightsCommands, inspect.iscoroutinefunction)
    assert {name for name, _ in found if name[0] != "_"} == set(WRITES)


@pytest.mark.parametrize("name", WRITES)
async def test_who_may_only_look_decides_nothing(name: str, home: Home, blocked: str) -> None:
    async with open_door(home, Settings(), PERSON, readonly=True) as door:
        with pytest.raises(ReadOnly):
            await WRITES[name](door.commands.rights)
        assert [row.kind for row in (await door.queries.rights.sheet(blocked)).open] == ["music-plan"]


@pytest.mark.parametrize("actor", [STRANGER, OWNER], ids=["stranger", "owner"])
@pytest.mark.parametrize("name", WRITES)
async def test_a_chat_decides_nothing(name: str, actor: Actor, home: Home, blocked: str) -> None:
    async with open_door(home, Settings(), actor) as door:
        with pytest.raises(NotAllowed, match="never from a chat"):
            await WRITES[name](door.commands.rights)


async def test_no_button_and_no_command_of_the_chat_leads_there() -> None:
    from engine.api import chat_deeds

    assert not {name for name in chat_deeds.DEEDS if "override" in name or "declare" in name or "rights" in name}


async def test_who_asks_to_deliver_hears_at_once_what_stands_against_it(home: Home, blocked: str) -> None:
    async with open_door(home, Settings(), PERSON, now=lambda: NOW) as door:
        with pytest.raises(NotAllowed, match="music-plan") as refusal:
            await door.commands.deliveries.deliver(blocked)
        assert "SUNO_RIGHTS" in refusal.value.fix
        assert await door.queries.deliveries.rows() == []
        await door.commands.rights.override(blocked, "music-plan", "a licence of our own")
        [told] = await door.commands.deliveries.deliver(blocked)
        assert told.state is DeliveryState.QUEUED


async def test_an_override_that_is_void_is_shown_as_such(home: Home, database: Database, blocked: str) -> None:
    async with open_door(home, Settings(), PERSON, now=lambda: NOW) as door:
        await door.commands.rights.override(blocked, "music-plan", "a licence of our own", name="Mara Vale")
        whole = content() | {"provider": "suno", "rights": "plan=free; commercial=no", "heard": True}
        async with database.write() as connection:
            await connection.execute(update(revisions).where(revisions.c.run_id == RUN).values(content=whole))
        [row] = (await door.queries.rights.sheet(blocked)).blocks
        assert row.open and row.void is not None and row.void.name == "Mara Vale"
    async with database.read() as connection:
        [kept] = await rights.overrides_of(connection, blocked)
        assert kept.reason == "a licence of our own"
