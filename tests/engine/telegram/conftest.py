"""A bot on the Bot API of `tests.bot_api`, with a label whose owner, reviewer and viewer are known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.chat import Role
from engine.home import Home
from engine.media import ffmpeg
from engine.safety.secrets import Redactor, Secret
from engine.settings import Settings
from engine.settings.kinds import ChatUsers
from engine.store import chat, journal
from engine.store.chat_tables import chat_posts, chats
from engine.store.database import Database
from engine.store.repair_tables import error_groups, patches
from engine.telegram.pace import Pace
from engine.telegram.poller import Waits
from engine.telegram.service import Telegram
from tests.bot_api import OWNER, REVIEWER, TOKEN, VIEWER, BotApi, bot_api
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run

USERS = ChatUsers(((OWNER, Role.OWNER), (REVIEWER, Role.REVIEWER), (VIEWER, Role.VIEWER)))
SHORT = Waits(offline=(0.05, 0.1), conflict=(0.1, 0.2), refused=(0.1, 0.2), elsewhere=0.1, again=(0.01, 0.01))


class AtOnce:
    """A clock that jumps over every pause."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


def no_pace() -> Pace:
    """A pace that nobody has to wait for."""
    clock = AtOnce()
    return Pace(clock.now, clock.sleep)


@dataclass
class Bot:
    """The running bot, its chat and its label."""

    api: BotApi
    database: Database
    home: Home
    settings: Settings
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def now(self) -> datetime:
        return self.clock[-1]


def settings(api: BotApi, **other: Any) -> Settings:
    """The bot's settings: one group and the owner's private chat."""
    given: dict[str, Any] = {
        "telegram_bot_token": Secret(TOKEN),
        "telegram_api_base": api.base,
        "telegram_chat_id": (OWNER,),
        "telegram_user_ids": USERS,
        "telegram_reminder_hours": 0,
    }
    return Settings(**{**given, **other})


def media(home: Home) -> None:
    """Real files under the hash that the small label names: a clip with sound, and a cover."""
    from PIL import Image

    folder = home.artefacts / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{'ab' * 32}.wav"
    sources = ["-f", "lavfi", "-i", "testsrc=s=320x180:d=2", "-f", "lavfi", "-i", "sine=d=2"]
    ffmpeg.run([*sources, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mp4", str(made)])
    cover = home.artefacts / "cd" / f"{'cd' * 32}.jpg"
    cover.parent.mkdir()
    Image.new("RGB", (600, 600), "navy").save(cover)


@asynccontextmanager
async def running(bot: Bot, pace: Pace | None = None, waits: Waits = SHORT) -> AsyncIterator[Bot]:
    """The bot at work; it listens when this is entered."""
    stopping = asyncio.Event()
    redactor = Redactor([Secret(TOKEN)])
    pace = pace or no_pace()
    telegram = Telegram(bot.database, bot.home, bot.settings, redactor, stopping, now=bot.now, waits=waits, pace=pace)
    task = asyncio.create_task(telegram.run())
    try:
        yield bot
    finally:
        stopping.set()
        await asyncio.wait_for(task, 5)


async def standing(database: Database, count: int = 1) -> None:
    """Waits until so many posts are known to stand in a chat."""
    query = select(func.count()).select_from(chat_posts).where(chat_posts.c.state == "sent")
    async with asyncio.timeout(10):
        while True:
            async with database.read() as connection:
                if (await connection.execute(query)).scalar_one() >= count:
                    return
            await asyncio.sleep(0.01)


async def patch_is_ready(database: Database, diff: str) -> None:
    """A patch that its notice tells of."""
    async with database.write() as connection:
        row = {"fingerprint": "f", "type": "E", "message": "", "part": "x", "count": 1, "state": "analysed"}
        await connection.execute(insert(error_groups).values(id="e-1", first_seen=NOW, last_seen=NOW, **row))
        row = {"group_id": "e-1", "state": "validated", "base_commit": "c", "diff": diff}
        await connection.execute(insert(patches).values(id="x-1", created_at=NOW, **row))
        await journal.open_notice(connection, "patch.x-1", "info", "A patch is ready", "", NOW)


@pytest.fixture(autouse=True)
def new_form_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the engine sets it before it loads the library."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api() as found:
        yield found


Start = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
def start(api: BotApi, database: Database, home: Home) -> Start:
    """Starts a bot with other settings than the usual."""
    return lambda **other: running(Bot(api, database, home, settings(api, **other)))


@pytest.fixture
async def waiting(database: Database) -> Database:
    """A label with one song that awaits its decision."""
    async with database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
    return database


@pytest.fixture
async def bot(start: Start, waiting: Database, api: BotApi) -> AsyncIterator[Bot]:
    """The usual bot, its preview in the owner's chat."""
    async with start() as found:
        await api.until(lambda: any("Glass Harbour" in shown.text for shown in api.shown))
        yield found


async def shut_chats(connection: AsyncConnection) -> list[chat.Chat]:
    """Chats in which the bot may not speak."""
    rows = await connection.execute(select(chats).where(chats.c.shut_since.is_not(None)))
    return [chat.Chat(**row._mapping) for row in rows]
