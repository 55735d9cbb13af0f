"""What every part of the bot works with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.api.chat_desk import ChatDesk
from engine.api.queries import Queries
from engine.domain.chat import MENU_LASTS
from engine.domain.clock import Clock
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.telegram.keyboards import Keys, drawn, wanted
from engine.telegram.wire import Keyboard, Wire


@dataclass(frozen=True, slots=True)
class Kit:
    """The halves of the door, the line to Telegram, and the settings."""

    wire: Wire
    desk: ChatDesk
    queries: Queries
    settings: Settings
    redactor: Redactor
    folder: Path
    """Where files for the chat are made."""
    now: Clock
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set where something was decided here: the messages are put right at once."""

    async def keyboard(self, chat_id: int, keys: Keys, *, lasts: timedelta = MENU_LASTS, **bound: Any) -> Keyboard:
        """Buttons with new ids."""
        ids = await self.desk.mint(chat_id, wanted(keys), lasts=lasts, **bound)
        return drawn(keys, ids)

    async def say(self, chat_id: int, text: str, keys: Keys = (), *, reply_to: int | None = None) -> int:
        """Sends text with buttons that know under which message they stand."""
        keyboard = await self.keyboard(chat_id, keys) if keys else ()
        message_id = await self.wire.text(chat_id, text, keyboard, reply_to=reply_to)
        if keyboard:
            await self.desk.place(ids_of(keyboard), message_id)
        return message_id

    async def turn(self, chat_id: int, message_id: int, text: str, keys: Keys) -> None:
        """Replaces a message of the panel."""
        keyboard = await self.keyboard(chat_id, keys, message_id=message_id)
        await self.wire.edit(chat_id, message_id, text, keyboard)


def ids_of(keyboard: Keyboard) -> Sequence[str]:
    """The ids of all buttons."""
    return [data for row in keyboard for _, data in row]
