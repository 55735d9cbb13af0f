"""No file of a package is read inside a transaction that writes; what changed since it was read is read again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import update

from engine.api import chat_deeds, open_door
from engine.api.chat_desk import ChatDesk
from engine.api.chat_press import Rules
from engine.api.commands import Commands
from engine.domain.chat import Act, Allowed, Caller, Role
from engine.domain.delivery import DeliveryState
from engine.domain.originality import refused
from engine.durable import Durable
from engine.home import Home
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.service.delivery_keeper import DeliveryKeeper
from engine.settings import Settings
from engine.store import deliveries, package_papers, releases, rights, shelf
from engine.store.database import Database, Writable
from engine.store.shelf import PapersChanged, Shelf
from engine.store.tables import revisions
from tests.conftest import NOW
from tests.delivering import PERSON, RUN, add_folder, packaged
from tests.label import content

pytestmark = pytest.mark.quick


@pytest.fixture
async def release_id(database: Database, home: Home) -> str:
    """A release whose music has no recorded plan, so that there is something to override."""
    await add_folder(database, home)
    made = await packaged(database, home, wav=100, clip=100)
    whole = content() | {"provider": "suno", "purchase": "", "rights": "", "heard": True}
    async with database.write() as connection:
        await connection.execute(update(revisions).where(revisions.c.run_id == RUN).values(content=whole))
    return made


class Reading:
    """Counts the files of packages that are read; each time, somebody else must be able to write at once."""

    def __init__(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.files: list[str] = []
        self.first: Callable[[], None] = lambda: None
        self._home = home
        self._content = package_papers._content
        monkeypatch.setattr(package_papers, "_content", self)

    def __call__(self, path: Path) -> bytes:
        other = sqlite3.connect(self._home.database, timeout=0)
        other.execute("BEGIN IMMEDIATE")  # raises where a transaction that writes is open
        other.close()
        found = self._content(path)
        if not self.files:
            self.first()
        self.files.append(path.name)
        return found


@pytest.fixture
def reading(home: Home, monkeypatch: pytest.MonkeyPatch) -> Reading:
    return Reading(home, monkeypatch)


async def test_a_block_is_overridden_and_a_release_delivered_by_what_was_read_before(
    home: Home, release_id: str, reading: Reading
) -> None:
    async with open_door(home, Settings(), PERSON, now=lambda: NOW) as door:
        await door.commands.rights.override(release_id, "music-plan", "a licence of our own")
        assert reading.files
        reading.files.clear()
        [told] = await door.commands.deliveries.deliver(release_id)
    assert told.state is DeliveryState.QUEUED and reading.files


async def test_the_keeper_asks_by_what_was_read_before(
    home: Home, database: Database, release_id: str, reading: Reading
) -> None:
    line = Line(database, home, Settings(), Redactor(), now=lambda: NOW)
    await DeliveryKeeper(line, cast(Durable, None))._meets(release_id, "usb")
    async with database.read() as connection:
        [asked] = await deliveries.newest(connection)
    assert asked.state is DeliveryState.ASKED and reading.files


async def _asked(database: Database, release_id: str) -> str:
    async with database.write() as connection:
        found = await deliveries.add(connection, release_id, "usb", DeliveryState.ASKED, PERSON, NOW)
    return found.id


OWNER = Caller(7, "mara", 7, Role.OWNER)


def _desk(home: Home, database: Database) -> ChatDesk:
    def of(within: Writable, caller: Caller) -> Commands:
        return Commands(
            within, home, PERSON, grace_s=0, retirement_threshold=5, names=refused, live=False, now=lambda: NOW
        )

    return ChatDesk(database, Allowed(), Rules(0, 5), lambda: NOW, of)


async def test_a_button_of_the_chat_delivers_by_what_was_read_before(
    home: Home, database: Database, release_id: str, reading: Reading
) -> None:
    desk, waits = _desk(home, database), await _asked(database, release_id)
    wanted = [(Act.DO, {"do": chat_deeds.DELIVER, "id": waits})]
    [nonce] = await desk.mint(OWNER.chat_id, wanted, lasts=timedelta(hours=1))
    pressed = await desk.press(OWNER, nonce, 5)
    assert "music-plan" in pressed.said, "its documents were looked at"
    assert reading.files


async def test_a_package_that_is_made_anew_meanwhile_is_read_again(
    home: Home, database: Database, release_id: str, reading: Reading
) -> None:
    async with database.read() as connection:
        before = await releases.get(connection, release_id)
    anew = Path(shutil.copytree(before.path, f"{before.path}-2"))

    def move() -> None:
        shutil.rmtree(before.path)
        with sqlite3.connect(home.database) as other:
            other.execute("UPDATE releases SET path = ?, manifest_sha256 = ?", (str(anew), "e" * 64))
        other.close()

    reading.first = move
    async with open_door(home, Settings(), PERSON, now=lambda: NOW) as door:
        told = await door.commands.rights.override(release_id, "music-plan", "a licence of our own")
    assert "suno" in told.casefold()
    assert reading.files.count(package_papers.METADATA) == 2


async def test_what_was_read_of_another_package_decides_nothing(database: Database, release_id: str) -> None:
    async with database.read() as connection:
        release = await releases.get(connection, release_id)
    read = await shelf.read([release])

    async def gather() -> Shelf:
        return read

    async def work(connection: object, papers: Shelf) -> None:
        await rights.declare(connection, release_id, "rights", "yes", PERSON, NOW)  # type: ignore[arg-type]
        papers.of(release)

    async with database.write() as connection:
        await releases.moved(connection, release_id, release.path, "e" * 64)
        release = await releases.get(connection, release_id)
    with pytest.raises(PapersChanged, match="made anew"):
        await shelf.with_shelf(gather, database.write, work)
    async with database.read() as connection:
        assert await rights.declared_of(connection, release_id) == {}, "nothing of it stays"
