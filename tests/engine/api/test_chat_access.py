"""What a console says of the bot while the engine that would listen does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.api import chat_access
from engine.domain.chat import Allowed, Ear, Role
from engine.lock import EngineState
from engine.store import chat
from engine.store.database import Database
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("engine", "ear"),
    [
        (EngineState.RUNNING, Ear.LISTENING),
        (EngineState.UNRESPONSIVE, Ear.SILENT),
        (EngineState.RECOVERING, Ear.STARTING),
        (EngineState.STOPPED, Ear.OFF),
    ],
)
async def test_the_bot_listens_only_while_its_engine_lives(database: Database, engine: EngineState, ear: Ear) -> None:
    async with database.write() as connection:
        await chat.put_lease(connection, "123", "me", NOW + timedelta(seconds=60), NOW)
        await chat.set_poller(connection, "123", state=Ear.LISTENING, detail="said before")
    async with database.read() as connection:
        assert await chat_access.ear(connection, engine) is ear
        status = await chat_access.status(connection, engine, Allowed())
    assert (status.state, status.detail) == (ear, "said before" if ear is Ear.LISTENING else "")


@pytest.mark.parametrize(
    ("users", "chats", "enrolled", "lacks"),
    [
        ({}, [4711], [], ["nobody may speak to the bot"]),
        ({4712: Role.OWNER}, [4711], [], ["chat 4711 of TELEGRAM_CHAT_ID is private", "no chat"]),
        ({4711: Role.OWNER}, [4711], [], []),
        ({4711: Role.OWNER}, [-100], [], []),
        ({4711: Role.OWNER}, [], [], ["no chat"]),
        ({}, [4711], [4711], []),
    ],
)
def test_what_keeps_the_bot_silent_is_named(
    users: dict[int, Role], chats: list[int], enrolled: list[int], lacks: list[str]
) -> None:
    found = chat_access.missing(Allowed(users, frozenset(chats)), enrolled)
    assert [any(text.startswith(lack) for text in found) for lack in lacks] == [True] * len(lacks)
    assert len(found) == len(lacks)
