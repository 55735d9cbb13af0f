"""What people are told of the models: once when it begins, and when it ends. Each line names the thing and the fix."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.models import (
    OFFLINE,
    RETIRED_INCIDENTS,
    UNREADY_INCIDENTS,
    ChainEvent,
    Health,
    HealthState,
    ModelName,
    credits_incident,
    exhausted_incident,
    fallback_incident,
    key_incident,
)
from engine.domain.money import Cap
from engine.llm.vendors import VENDORS
from engine.pipeline import held
from engine.store import journal
from engine.store.models import UNREADY, ModelState

_log = logging.getLogger(__name__)

OF_LADDERS = (RETIRED_INCIDENTS, UNREADY_INCIDENTS)
"""How the incidents begin that outlive the engine: of models that a ladder names."""


async def of_chain(connection: AsyncConnection, chain: ChainEvent, at: datetime) -> None:
    """A fallback, nobody at all, or the end of either: each an incident of its role alone."""
    fallback, exhausted = fallback_incident(chain.role), exhausted_incident(chain.role)
    by_model = chain.answered is not None and chain.answered.provider != OFFLINE
    if chain.cap:
        if chain.answered is not None:  # else the cap's own notice tells it
            await held.tell_free(connection, Cap(chain.cap), chain.why, at)
        if by_model:
            await journal.close_notice(connection, exhausted, at)
    elif chain.as_chosen:
        await journal.close_notices(connection, (exhausted, fallback), at)
    elif not by_model:
        if chain.attempts:
            await _nobody(connection, chain, at)
    elif chain.fell_back:
        await journal.close_notice(connection, exhausted, at)
        title = f"Another model answers for {chain.role}: {chain.answered}"
        if await journal.open_notice(connection, fallback, "warning", title, chain.why, at):
            _log.warning("%s answers for %s instead of: %s", chain.answered, chain.role, chain.why)
    elif fallback in await journal.close_notices(connection, (exhausted, fallback), at):
        _log.info("the first choice answers again for %s", chain.role)


async def _nobody(connection: AsyncConnection, chain: ChainEvent, at: datetime) -> None:
    instead = "the built-in writer writes" if chain.answered else "work waits"
    title = f"No language model answers for {chain.role}: {instead}"
    if await journal.open_notice(connection, exhausted_incident(chain.role), "error", title, chain.why, at):
        _log.error("no language model answers for %s, %s: %s", chain.role, instead, chain.why)


async def of_health(connection: AsyncConnection, health: Health, at: datetime) -> None:
    """A key that was refused or an empty account; both end with the next answer."""
    if health.name.model:
        return
    vendor = VENDORS[health.name.provider]
    variable = f"{vendor.name.upper()}_API_KEY"
    key, credits_ = key_incident(vendor.name), credits_incident(vendor.name)
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


def of_ladders(used: Collection[ModelName], known: Mapping[ModelName, ModelState]) -> dict[str, tuple[str, str]]:
    """Incident, title and detail for what is wrong with the `used` models, going by what their vendors list."""
    found = {}
    listing = {name.provider for name in known}
    for name in sorted(name for name in used if name.provider in listing):
        state, vendor = known.get(name), VENDORS[name.provider].title
        if state in UNREADY:
            title = f"A ladder names {name}, which is not asked: it has not passed its health check"
            found[f"{UNREADY_INCIDENTS}{name}"] = title, f"`noktvrn llm ping {name}` checks it now."
        elif state in (None, ModelState.RETIRED):  # it is still asked: some names are not in any list
            detail = "A ladder names it; it may be about to end. `noktvrn llm discover` shows what the vendor has."
            found[f"{RETIRED_INCIDENTS}{name}"] = f"{vendor} does not list {name.model}", detail
    return found


async def told_of_ladders(connection: AsyncConnection) -> list[str]:
    """The incidents of models of ladders that are open."""
    return [incident for prefix in OF_LADDERS for incident in await journal.open_incidents(connection, prefix)]


async def tell_of_ladders(connection: AsyncConnection, wanted: Mapping[str, tuple[str, str]], at: datetime) -> None:
    """Opens what is `wanted` and not told yet, closes what is no more."""
    over = [incident for incident in await told_of_ladders(connection) if incident not in wanted]
    await journal.close_notices(connection, over, at)
    for incident, (title, detail) in wanted.items():
        await journal.open_notice(connection, incident, "warning", title, detail, at)
