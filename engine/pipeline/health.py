"""How the music providers are: who is left alone and until when, and what the operator is told of it."""

from __future__ import annotations

import logging
from datetime import timedelta

from engine.domain.purchase import REMEDIES, Remedy, Trouble
from engine.music.provider import VendorError
from engine.pipeline.errors import PassedOver
from engine.pipeline.line import Line
from engine.store import journal, purchases
from engine.store.purchases import REFUSED, RESTING, Purchase

_log = logging.getLogger(__name__)

_FIRST_REST_S = 60.0
_LONGEST_REST_S = 3_600.0


def incident(provider: str) -> str:
    """The name under which a provider's notice is open."""
    return f"music.{provider}"


def order_incident(purchase_id: str) -> str:
    """The name under which the notice of an order is open of which nobody knows whether it was charged."""
    return f"music.order.{purchase_id}"


async def refuse_resting(line: Line, provider: str) -> None:
    """Raises PassedOver where the provider is left alone now. Costs one query and no call."""
    async with line.database.read() as connection:
        rest = await purchases.rest_of(connection, provider, line.now())
    if rest is not None:
        until = f" until {rest.until:%H:%M:%S} UTC" if rest.until else ""
        raise PassedOver(f"{provider} is left alone{until}: {rest.reason}")


async def failed(line: Line, provider: str, error: VendorError) -> None:
    """Leaves the provider alone, for longer each time; a key, an address or an account that does not work is told,
    once."""
    remedy = REMEDIES[error.trouble]
    if remedy is Remedy.GO_ON:
        return
    now = line.now()
    reason = line.redactor.text(error.message)
    async with line.database.write() as connection:
        failures = await purchases.failures_of(connection, provider) + 1
        pause = error.retry_after_s or min(_LONGEST_REST_S, _FIRST_REST_S * 2 ** (failures - 1))
        until = None if _until_restart(error) else now + timedelta(seconds=pause)
        state = REFUSED if remedy is Remedy.TELL else RESTING
        await purchases.set_health(connection, provider, state, reason, until, failures, now)
        if remedy is Remedy.TELL:
            title = f"{provider} makes no music: {error.trouble}"
            if await journal.open_notice(connection, incident(provider), "error", title, f"{reason} {error.fix}", now):
                _log.error("%s: %s", title, reason)


def _until_restart(error: VendorError) -> bool:
    """A key is not tried again as it is; nor is an order sent to somebody else each time that a rest is over, as each
    would have to be booked."""
    return error.trouble is Trouble.KEY or (error.trouble is Trouble.ADDRESS and error.lost)


async def well(line: Line, provider: str) -> None:
    """The provider took an order: its notice and its rest end."""
    now = line.now()
    async with line.database.read() as connection:
        failures = await purchases.failures_of(connection, provider)
    if not failures:
        return
    async with line.database.write() as connection:
        await purchases.set_health(connection, provider, "ok", "", None, 0, now)
        await journal.close_notice(connection, incident(provider), now)


async def found(line: Line, purchase: Purchase) -> None:
    """What became of an unknown order is known after all: its notice ends."""
    async with line.database.write() as connection:
        await journal.close_notice(connection, order_incident(purchase.id), line.now())


async def lost(line: Line, purchase: Purchase, error: VendorError) -> None:
    """An order that may be charged: the provider rests, and a person is told how to settle it, and of what there is to
    set right."""
    now = line.now()
    reason = line.redactor.text(error.message)
    async with line.database.write() as connection:
        failures = await purchases.failures_of(connection, purchase.provider) + 1
        pause = timedelta(seconds=min(_LONGEST_REST_S, _FIRST_REST_S * 2 ** (failures - 1)))
        await purchases.set_health(connection, purchase.provider, RESTING, reason, now + pause, failures, now)
        title = f"An order at {purchase.provider} may have been charged"
        detail = f"{reason} See its bill; if it was not charged: `noktvrn music settle {purchase.id}`."
        await journal.open_notice(connection, order_incident(purchase.id), "warning", title, detail, now)
    _log.warning("%s: %s", title, reason, extra={"run_id": purchase.run_id, "artist_id": purchase.artist_id})
    if REMEDIES[error.trouble] is Remedy.TELL:
        await failed(line, purchase.provider, error)
