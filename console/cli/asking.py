"""What only an engine can do, asked of the one that runs or of one that is started for it, and waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from engine.domain.errors import Interrupted, NoktvrnError

if TYPE_CHECKING:
    from console.cli.session import Session
    from engine.api import Door
    from engine.api.command_models import Accepted, CommandResult

_QUIET_S = 20.0
"""So long nothing is said while nothing changes."""


async def carried_out(
    door: Door,
    session: Session,
    told: str,
    ask: Callable[[], Awaitable[Accepted]],
    *,
    lost: str = "",
    again: str = "",
    stands: Callable[[], Awaitable[str]] | None = None,
    noted: bool = False,
) -> CommandResult:
    """How it went; `told` says what an engine that runs already does. Raises NoktvrnError with its words of failure.

    `lost` says what becomes of it when an engine that was started for it ends before it is done, `again` how to ask
    anew. With `noted` it was asked for before this, so that no engine refuses it. `stands` gives how far it is, in
    words, which are passed on to stderr.
    """
    from console.cli.follow import EngineEnded, command_result
    from console.cli.oneshot import engine_for

    async with engine_for(door, session, told, noted=noted) as watch:
        accepted = await ask()
        waited = asyncio.create_task(_tell(stands)) if stands is not None else None
        try:
            result = await command_result(door, accepted.command_id, watch)
        except asyncio.CancelledError:
            if watch.is_ours:
                raise Interrupted(f"Stopped. {lost}".strip(), fix=again) from None
            raise Interrupted("Stopped waiting; the engine goes on with it.", fix=again) from None
        except EngineEnded as error:
            raise EngineEnded(f"{error.message} {lost}".strip(), fix=again or error.fix) from error
        finally:
            if waited is not None:
                waited.cancel()
    if result.error or result.state == "failed":
        raise NoktvrnError(result.error or "The engine could not do it.")
    return result


async def _tell(stands: Callable[[], Awaitable[str]]) -> None:
    """Says how far it is whenever that changes, and now and then for how long it has been."""
    from console.cli import follow, say
    from console.cli.words import clock

    loop = asyncio.get_running_loop()
    began = said_at = loop.time()
    said = ""
    while True:
        words, now = await stands(), loop.time()
        if words != said or now - said_at >= _QUIET_S:
            say.talk(f"{clock(now - began):>5}  {words}")
            said, said_at = words, now
        await asyncio.sleep(follow.LOOK_S)
