"""What people are told of the models: once when it begins, and when it ends. Each line names the thing and the fix."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.models import OFFLINE, ChainEvent, Health, HealthState, ModelName
from engine.domain.money import Cap
from engine.llm.vendors import VENDORS
from engine.pipeline import held
from engine.store import journal

_log = logging.getLogger(__name__)

EXHAUSTED = "llm.exhausted"
RETIRED = "llm.retired."


def fallback_incident(role: str) -> str:
    """A role whose first choice does not answer."""
    return f"llm.fallback.{role}"


async def of_chain(connection: AsyncConnection, chain: ChainEvent, at: datetime) -> None:
    """A fallback, nobody at all, or the end of either."""
    incident = fallback_incident(chain.role)
    if chain.cap:
        if chain.answered is not None:  # else the cap's own notice tells it
            await held.tell_free(connection, Cap(chain.cap), chain.why, at)
        return
    if chain.answered is None or chain.answered.provider == OFFLINE:
        if chain.attempts:
            await _nobody(connection, chain, at)
    elif chain.fell_back:
        await journal.close_notice(connection, EXHAUSTED, at)
        title = f"Another model answers for {chain.role}: {chain.answered}"
        if await journal.open_notice(connection, incident, "warning", title, chain.why, at):
            _log.warning("%s answers for %s instead of: %s", chain.answered, chain.role, chain.why)
    elif incident in await journal.close_notices(connection, (EXHAUSTED, incident), at):
        _log.info("the first choice answers again for %s", chain.role)


async def _nobody(connection: AsyncConnection, chain: ChainEvent, at: datetime) -> None:
    instead = "the built-in writer writes" if chain.answered else "work waits"
    title = f"No language model answers: {instead}"
    if await journal.open_notice(connection, EXHAUSTED, "error", title, chain.why, at):
        _log.error("no language model answers for %s, %s: %s", chain.role, instead, chain.why)


async def of_health(connection: AsyncConnection, health: Health, at: datetime) -> None:
    """A key that was refused or an empty account; both end with the next answer."""
    if health.name.model:
        return
    vendor = VENDORS[health.name.provider]
    variable = f"{vendor.name.upper()}_API_KEY"
    key, credits_ = f"llm.key.{vendor.name}", f"llm.credits.{vendor.name}"
    if health.state is HealthState.KEY_REFUSED:
        title = f"{vendor.title} refuses the key: none of its models is asked"
        fix = f"Put {variable} right and start the engine anew. {health.reason}"
        if await journal.open_notice(connection, key, "error", title, fix, at):
            _log.error("%s: %s", title, fix)
    elif health.state is HealthState.NO_CREDITS:
        title = f"{vendor.title} says that the account is empty"
        if await journal.open_notice(connection, credits_, "error", title, health.reason, at):
            _log.error("%s: %s", title, health.reason)
    elif health.state is HealthState.READY:
        await journal.close_notice(connection, key, at)
        await journal.close_notice(connection, credits_, at)


async def of_lists(
    connection: AsyncConnection, provider: str, listed: Collection[str], used: Collection[ModelName], at: datetime
) -> None:
    """A model of a ladder that its vendor lists no more. It is still asked: some names are not in any list."""
    missing = sorted(name.model for name in used if name.provider == provider and name.model not in listed)
    incident = f"{RETIRED}{provider}"
    if not missing:
        await journal.close_notice(connection, incident, at)
        return
    title = f"{VENDORS[provider].title} does not list {', '.join(missing)}"
    detail = "A ladder names it; it may be about to end. `noktvrn llm discover` shows what the vendor has."
    await journal.open_notice(connection, incident, "warning", title, detail, at)
