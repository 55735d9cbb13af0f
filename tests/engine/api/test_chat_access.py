"""What a console says of the bot while the engine that would listen does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.api import chat_access
from engine.domain.chat import Allowed, Ear, Role
from engine.domain.errors import NotAllowed
from engine.domain.runs import Actor, ActorKind, Channel
from engine.lock import EngineState
from engine.store import chat
from engine.store.database import Database
from tests.conftest import NOW
from tests.engine.telegram.conftest import shut_chats

CONSOLE = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")


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


@pytest.mark.parametrize("state", [Ear.LISTENING, Ear.FLOOD, Ear.ELSEWHERE, Ear.STARTING])
async def test_what_waits_for_no_try_is_left_as_it_is(database: Database, state: Ear) -> None:
    later = NOW + timedelta(seconds=60)
    async with database.write() as connection:
        await chat.put_lease(connection, "123", "me", later, NOW)
        await chat.set_poller(connection, "123", state=state, retry_at=later)
        with pytest.raises(NotAllowed, match=f"the bot is {state}"):
            await chat_access.retry(connection, EngineState.RUNNING, CONSOLE, NOW)
        found = await chat.newest_poller(connection)
    assert found is not None and found.retry_at == later


async def test_a_chat_that_is_tried_again_in_vain_is_shut_since_the_first_time(database: Database) -> None:
    async with database.write() as connection:
        await chat.put_lease(connection, "123", "me", NOW, NOW)
        await chat.meet_chat(connection, 4711, NOW)
        for minutes in (0, 10):
            now = NOW + timedelta(minutes=minutes)
            await chat.shut(connection, 4711, "It was blocked.", now, now + timedelta(minutes=10))
        [found] = await shut_chats(connection)
        assert (found.shut_since, found.shut_why) == (NOW, "It was blocked.")
        assert await chat.reopen(connection, 4711)
        assert await shut_chats(connection) == []


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
