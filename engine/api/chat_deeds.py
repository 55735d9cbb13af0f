"""What an owner has done from a chat. Each deed is a change of the database, made in the transaction of the press or
the message that asks for it: both are written down, or neither."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.command_models import Accepted
from engine.api.commands import Commands
from engine.domain.chat import Caller
from engine.domain.delivery import DeliveryState
from engine.domain.errors import NotAllowed, NotFound
from engine.domain.runs import RunState, Standing
from engine.store import chat, chat_alerts, chat_posts, deliveries
from engine.store.database import Readable, Within, Writable
from engine.store.shelf import Shelf, read, wanted

CommandsOf = Callable[[Writable, Caller], Commands]
"""Makes the commands of a caller, over the database or a transaction of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a deed, when, and with which argument. `commands` write into `connection`; `shelf` holds what was
    read before that was opened, where the deed goes by a package's documents."""

    connection: AsyncConnection
    commands: Commands
    caller: Caller
    argument: Mapping[str, Any]
    now: datetime
    shelf: Shelf

    @property
    def id(self) -> str:
        """The run or the artist that it is about."""
        return str(self.argument["id"])


DELIVER = "deliver"
Deed = Callable[[Asked], Awaitable[Accepted | None]]


async def read_for(database: Readable, verb: str, argument: Mapping[str, Any]) -> Shelf:
    """The documents that a deed goes by, to be read before its transaction; an empty shelf for most deeds."""
    if verb != DELIVER:
        return Shelf()
    try:
        async with database.read() as connection:
            waits = await deliveries.get(connection, str(argument["id"]))
            found = await wanted(connection, waits.release_id)
    except NotFound:  # the deed itself says so
        return Shelf()
    return await read(found)


async def do(
    connection: AsyncConnection,
    of: CommandsOf,
    caller: Caller,
    verb: str,
    argument: Mapping[str, Any],
    shelf: Shelf,
    now: datetime,
    message_id: int | None = None,
) -> None:
    """Does it, or nothing at all: raises what the deed raises. `shelf` as `read_for` gave it. Of what is left for the
    engine the end is told below the message."""
    async with connection.begin_nested():
        asked = Asked(connection, of(Within(connection), caller), caller, argument, now, shelf)
        accepted = await DEEDS[verb](asked)
        if accepted is not None:
            post = await chat_posts.add(connection, caller.chat_id, chat_posts.ERRAND, accepted.command_id, now)
            await chat_posts.change(connection, post.id, message_id=message_id)


async def _pause(asked: Asked) -> None:
    await asked.commands.pause(str(asked.argument["scope"]))


async def _resume(asked: Asked) -> None:
    await asked.commands.resume(str(asked.argument["scope"]))


async def _cycle(asked: Asked, *, on: bool) -> None:
    await asked.commands.set_cycle(on)


async def _mute(asked: Asked) -> None:
    await chat.meet_chat(asked.connection, asked.caller.chat_id, asked.now)
    until = asked.now + timedelta(hours=int(asked.argument["hours"]))
    await chat.set_chat(asked.connection, asked.caller.chat_id, muted_until=until)


async def _unmute(asked: Asked) -> None:
    await chat.set_chat(asked.connection, asked.caller.chat_id, muted_until=None)
    await chat_alerts.unmute(asked.connection, asked.caller.chat_id)


async def _song(asked: Asked) -> Accepted:
    return await asked.commands.start_run(artist_id=asked.id if "id" in asked.argument else None)


async def _artist(asked: Asked) -> Accepted:
    return await asked.commands.create_artist()


async def _autopilot(asked: Asked, *, on: bool) -> None:
    await asked.commands.set_autopilot(asked.id, on)


async def _retry(asked: Asked) -> None:
    await asked.commands.retry(asked.id, version=asked.argument["version"])


async def _cancel(asked: Asked) -> None:
    argument = asked.argument
    seen = Standing(RunState(argument["state"]), argument["version"], argument["attempt"])
    await asked.commands.cancel(asked.id, seen)


async def _reject_patch(asked: Asked) -> None:
    await asked.commands.reject_patch(str(asked.argument["patch"]))


async def _deliver(asked: Asked) -> None:
    """Says yes to a delivery that waits for a word."""
    waits = await deliveries.get(asked.connection, asked.id)
    _awaited(waits)
    await asked.commands.deliveries.deliver(waits.release_id, [waits.target], shelf=asked.shelf)


async def _decline(asked: Asked) -> None:
    """Says no to it."""
    waits = await deliveries.get(asked.connection, asked.id)
    _awaited(waits)
    await asked.commands.deliveries.withdraw(waits.release_id, [waits.target])


def _awaited(delivery: deliveries.Delivery) -> None:
    if delivery.state is not DeliveryState.ASKED:
        raise NotAllowed(f"The delivery to {delivery.target} is {delivery.state}: no word about it is awaited.")


ANSWERS = (DELIVER, "decline")
"""Deeds that answer the question under which their button stands."""
DEEDS: Mapping[str, Deed] = {
    "pause": _pause,
    "resume": _resume,
    "cycle_on": partial(_cycle, on=True),
    "cycle_off": partial(_cycle, on=False),
    "mute": _mute,
    "unmute": _unmute,
    "song": _song,
    "artist": _artist,
    "autopilot_on": partial(_autopilot, on=True),
    "autopilot_off": partial(_autopilot, on=False),
    "retry": _retry,
    "cancel": _cancel,
    "reject_patch": _reject_patch,
    DELIVER: _deliver,
    "decline": _decline,
}
