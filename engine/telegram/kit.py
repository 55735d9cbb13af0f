"""What every part of the bot works with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from engine.api.chat_desk import ChatDesk
from engine.api.queries import Queries
from engine.domain.chat import MENU_LASTS
from engine.domain.clock import Clock
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.telegram.keyboards import Keys, drawn, wanted
from engine.telegram.media import Studio
from engine.telegram.once import OnceLog
from engine.telegram.wire import Keyboard, Wire


@dataclass(frozen=True, slots=True)
class Kit:
    """The halves of the door, the line to Telegram, and the settings."""

    wire: Wire
    desk: ChatDesk
    queries: Queries
    settings: Settings
    redactor: Redactor
    studio: Studio
    now: Clock
    log: OnceLog = field(default_factory=OnceLog)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set where something was decided here: the messages are put right at once."""
    reopened: asyncio.Event = field(default_factory=asyncio.Event)
    """Set where somebody wrote in a chat that had shut the bot out: what waits is shown at once."""
    refused: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while Telegram refuses the token: nobody but the poller asks it for anything."""

    async def keyboard(self, chat_id: int, keys: Keys, *, lasts: timedelta = MENU_LASTS, **bound: Any) -> Keyboard:
        """Buttons with new ids. Those that stand under the message work until `desk.drawn` says that these do."""
        ids = await self.desk.mint(chat_id, wanted(keys), lasts=lasts, **bound)
        return drawn(keys, ids)

    async def say(self, chat_id: int, text: str, keys: Keys = (), *, reply_to: int | None = None) -> int:
        """Sends text with buttons that know under which message they stand."""
        keyboard = await self.keyboard(chat_id, keys) if keys else ()
        message_id = await self.wire.text(chat_id, text, keyboard, reply_to=reply_to)
        if keyboard:
            await self.desk.drawn(chat_id, ids_of(keyboard), message_id)
        return message_id

    async def turn(self, chat_id: int, message_id: int, text: str, keys: Keys) -> None:
        """Replaces a message of the panel."""
        keyboard = await self.keyboard(chat_id, keys)
        await self.wire.edit(chat_id, message_id, text, keyboard)
        await self.desk.drawn(chat_id, ids_of(keyboard), message_id)


def ids_of(keyboard: Keyboard) -> Sequence[str]:
    """The ids of all buttons."""
    return [data for row in keyboard for _, data in row]
