"""What only an engine can do, asked of the one that runs or of one that is started for it, and waited for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from engine.domain.errors import NoktvrnError

if TYPE_CHECKING:
    from console.cli.session import Session
    from engine.api import Door
    from engine.api.command_models import Accepted, CommandResult


async def carried_out(door: Door, session: Session, told: str, ask: Callable[[], Awaitable[Accepted]]) -> CommandResult:
    """How it went; `told` says what an engine that runs already does. Raises NoktvrnError with its words of failure."""
    from console.cli.follow import command_result
    from console.cli.oneshot import engine_for

    async with engine_for(door, session, told) as watch:
        accepted = await ask()
        result = await command_result(door, accepted.command_id, watch)
    if result.error or result.state == "failed":
        raise NoktvrnError(result.error or "The engine could not do it.")
    return result
