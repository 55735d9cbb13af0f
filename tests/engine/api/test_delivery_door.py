"""Whoever may only look changes nothing about targets and deliveries; nor does a chat about targets."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from engine.api import open_door
from engine.api.delivery_door import DeliveryCommands
from engine.domain.delivery import Mode, TargetKind
from engine.domain.errors import NotAllowed, ReadOnly
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.settings import Settings
from engine.store.database import Database

WRITES: dict[str, Callable[[DeliveryCommands], Awaitable[Any]]] = {
    "look_at_server": lambda to: to.look_at_server("h", 22),
    "test_target": lambda to: to.test_target("usb"),
    "add_target": lambda to: to.add_target("usb", TargetKind.FOLDER, {"path": "/x"}),
    "set_target": lambda to: to.set_target("usb", mode=Mode.AUTOMATIC),
    "remove_target": lambda to: to.remove_target("usb"),
    "deliver": lambda to: to.deliver("p-1"),
    "withdraw": lambda to: to.withdraw("p-1"),
    "again": lambda to: to.again("s-1"),
    "settle": lambda to: to.settle("p-1", "usb", arrived=True),
}
OF_THE_MACHINE = ("add_target", "set_target", "remove_target", "settle")


def actor(channel: Channel) -> Actor:
    return Actor(ActorKind.TELEGRAM if channel is Channel.TELEGRAM else ActorKind.OPERATOR, channel, "mara")


def test_every_command_is_tried_below() -> None:
    found = inspect.getmembers(DeliveryCommands, inspect.iscoroutinefunction)
    assert {name for name, _ in found if name[0] != "_"} == set(WRITES)


@pytest.mark.parametrize("name", WRITES)
async def test_who_may_only_look_changes_nothing(name: str, home: Home, database: Database) -> None:
    async with open_door(home, Settings(), actor(Channel.CONSOLE), readonly=True) as door:
        before = (await door.queries.overview()).seq
        with pytest.raises(ReadOnly):
            await WRITES[name](door.commands.deliveries)
        assert (await door.queries.overview()).seq == before


@pytest.mark.parametrize("name", OF_THE_MACHINE)
async def test_a_chat_changes_no_target(name: str, home: Home, database: Database) -> None:
    async with open_door(home, Settings(), actor(Channel.TELEGRAM)) as door:
        with pytest.raises(NotAllowed, match="chat"):
            await WRITES[name](door.commands.deliveries)


async def test_no_read_model_holds_a_secret(home: Home, database: Database, tmp_path: Path) -> None:
    home.env_file.write_text("TARGET_STORE_SECRET_KEY=hunter2-of-the-label\n")
    async with open_door(home, Settings(), actor(Channel.CLI)) as door:
        await door.commands.deliveries.add_target("store", TargetKind.S3, {"bucket": "b"})
        shown = door.queries.deliveries.secrets("store", TargetKind.S3)
        rows = await door.queries.deliveries.targets()
    assert [(each.variable, each.is_set) for each in shown] == [
        ("TARGET_STORE_ACCESS_KEY", False),
        ("TARGET_STORE_SECRET_KEY", True),
    ]
    assert "hunter2" not in f"{shown}{rows}" and b"hunter2" not in home.database.read_bytes()


@pytest.mark.parametrize(
    ("kind", "options", "secrets", "ready"),
    [
        (TargetKind.S3, {}, "", False),
        (TargetKind.S3, {}, "TARGET_X_ACCESS_KEY=a\nTARGET_X_SECRET_KEY=b", True),
        (TargetKind.SFTP, {"key_file": "/k"}, "", True),
        (TargetKind.SFTP, {}, "", False),
        (TargetKind.SFTP, {}, "TARGET_X_PASSWORD=a", True),
        (TargetKind.FOLDER, {}, "", False),
    ],
)
async def test_a_target_can_be_tried_once_its_secrets_are_there(
    kind: TargetKind, options: dict[str, str], secrets: str, ready: bool, home: Home, database: Database
) -> None:
    home.env_file.write_text(f"{secrets}\n")
    async with open_door(home, Settings(), actor(Channel.CLI)) as door:
        assert door.queries.deliveries.can_try("x", kind, options) is ready
