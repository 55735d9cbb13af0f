"""Where the bot speaks, and where it would and may not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import chat_gate
from engine.api.chat_access import allowed
from engine.api.chat_models import ChatRow, Place
from engine.settings import Settings
from engine.store import chat


async def rows(connection: AsyncConnection, settings: Settings, now: datetime) -> tuple[ChatRow, ...]:
    """Every chat, people before groups."""
    names = {user.chat_id: user.name for user in await chat.users(connection)}
    places = await chat_gate.places(connection, allowed(settings), now)
    return tuple(
        [
            await _row(connection, place, names.get(place.chat_id, ""))
            for place in sorted(places, key=lambda place: (place.chat_id < 0, abs(place.chat_id)))
        ]
    )


async def _row(connection: AsyncConnection, place: Place, name: str) -> ChatRow:
    known = await chat.chat(connection, place.chat_id)
    since, why = (known.shut_since, known.shut_why) if known is not None else (None, "")
    return ChatRow(place.chat_id, name, place.muted_until, since, why)
