"""Purchases as rows: every step is one conditional update, in one transaction with what the ledger says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotAllowed, NotFound
from engine.domain.money import Ask, Caps, SpendState
from engine.domain.purchase import PurchaseState, Trouble, check_transition
from engine.store import feed, spend
from engine.store.ids import new_id
from engine.store.music_tables import purchases
from engine.store.tables import provider_health

LEDGER_KEYS = "music:"
HEALTH = "music"
"""What stands in the column `model` of a music provider's health."""
RESTING, REFUSED = "resting", "refused"


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order as stored; its id is the idempotency key. Money in micro-dollars."""

    id: str
    run_id: str
    artist_id: str
    version: int
    provider: str
    number: int
    state: PurchaseState
    trouble: Trouble | None
    detail: str
    task_id: str
    offers: Sequence[Mapping[str, str]]
    facts: Mapping[str, str]
    variants: Sequence[Mapping[str, Any]]
    rights: str
    price_microusd: int
    created_at: datetime
    changed_at: datetime
    deadline_at: datetime

    @property
    def ledger_key(self) -> str:
        """The order's key in the ledger."""
        return LEDGER_KEYS + self.id


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """An order that is about to leave. `rights` as text; money in micro-dollars."""

    run_id: str
    artist_id: str
    version: int
    provider: str
    price_microusd: int
    rights: str
    facts: Mapping[str, str]
    deadline_at: datetime


@dataclass(frozen=True, slots=True)
class Rest:
    """Why a provider is left alone, and until when; None: until a person does something."""

    state: str
    reason: str
    until: datetime | None


def _purchase(row: Row[Any]) -> Purchase:
    values = dict(row._mapping)
    values["state"] = PurchaseState(values["state"])
    values["trouble"] = Trouble(values["trouble"]) if values["trouble"] else None
    return Purchase(**values)


async def begin(connection: AsyncConnection, new: NewPurchase, caps: Caps, at: datetime) -> Purchase:
    """Takes the money aside and saves the order's key, together, before anything is sent. Raises CapReached."""
    before = await of_version(connection, new.run_id, new.version, new.provider)
    purchase_id = new_id("purchase")
    what = f"a song for run {new.run_id}"
    ask = Ask(LEDGER_KEYS + purchase_id, new.provider, what, new.price_microusd, new.run_id, new.artist_id)
    await spend.reserve(connection, ask, caps, at)
    statement = insert(purchases).values(
        id=purchase_id,
        number=len(before) + 1,
        state=PurchaseState.CREATED,
        offers=[],
        variants=[],
        created_at=at,
        changed_at=at,
        **{name: getattr(new, name) for name in NewPurchase.__dataclass_fields__},
    )
    row = (await connection.execute(statement.returning(*purchases.c))).one()
    await feed.record(connection, "purchase", purchase_id)
    return _purchase(row)


async def get(connection: AsyncConnection, purchase_id: str) -> Purchase:
    """The purchase. Raises NotFound."""
    row = (await connection.execute(select(purchases).where(purchases.c.id == purchase_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no purchase {purchase_id!r}.", fix="See `noktvrn music purchases`.")
    return _purchase(row)


async def of_version(
    connection: AsyncConnection, run_id: str, version: int, provider: str | None = None
) -> list[Purchase]:
    """The orders of a run's version, at one provider where it is named, oldest first."""
    query = select(purchases).where(purchases.c.run_id == run_id, purchases.c.version == version)
    if provider is not None:
        query = query.where(purchases.c.provider == provider)
    query = query.order_by(purchases.c.created_at, purchases.c.number)
    return [_purchase(row) for row in await connection.execute(query)]


async def newest(connection: AsyncConnection, limit: int, state: PurchaseState | None = None) -> list[Purchase]:
    """The newest orders of all runs, newest first."""
    query = select(purchases).order_by(purchases.c.created_at.desc(), purchases.c.id).limit(limit)
    if state is not None:
        query = query.where(purchases.c.state == state)
    return [_purchase(row) for row in await connection.execute(query)]


async def move(
    connection: AsyncConnection, purchase: Purchase, after: PurchaseState, at: datetime, **columns: Any
) -> Purchase:
    """Takes one step, if the purchase is still in the state that the caller saw, and has the ledger say the same.

    Raises NotAllowed where the state machine forbids the step or somebody was faster.
    """
    check_transition(purchase.id, purchase.state, after)
    statement = (
        update(purchases)
        .where(purchases.c.id == purchase.id, purchases.c.state == purchase.state)
        .values(state=after, changed_at=at, **columns)
        .returning(*purchases.c)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise NotAllowed(f"Purchase {purchase.id} is no longer {purchase.state}.")
    await _book(connection, purchase, after, at)
    await feed.record(connection, "purchase", purchase.id)
    return _purchase(row)


async def _book(connection: AsyncConnection, purchase: Purchase, after: PurchaseState, at: datetime) -> None:
    """Ready: the price is paid. Unknown, or failed after the vendor had taken it: booked in full until a person knows
    better (`give_back`). Refused: nothing was paid."""
    before = purchase.state
    if after is PurchaseState.READY:
        await spend.settle(connection, purchase.ledger_key, purchase.price_microusd, at)
    elif after is PurchaseState.UNKNOWN or (
        after is PurchaseState.FAILED and before in (PurchaseState.SUBMITTED, PurchaseState.RUNNING)
    ):
        await spend.book_unknown(connection, purchase.ledger_key, at)
    elif after is PurchaseState.FAILED and before is PurchaseState.CREATED:
        await spend.release(connection, purchase.ledger_key, at)


async def give_back(connection: AsyncConnection, purchase: Purchase, at: datetime) -> None:
    """Closes an order as not charged: a person saw the bill. Raises NotAllowed where it is not booked as unknown."""
    booked = await spend.find(connection, purchase.ledger_key)
    if booked is None or booked.state is not SpendState.UNKNOWN:
        raise NotAllowed(
            f"Order {purchase.id} is {purchase.state}: only one whose fate is unknown, or that was taken and failed, "
            "can be settled by hand, and once."
        )
    if purchase.state is PurchaseState.UNKNOWN:
        await move(connection, purchase, PurchaseState.FAILED, at)
    else:
        await feed.record(connection, "purchase", purchase.id)
    await spend.release(connection, purchase.ledger_key, at)


# --- how the providers are --------------------------------------------------------------------------------------------


async def rest_of(connection: AsyncConnection, provider: str, at: datetime) -> Rest | None:
    """Why the provider is left alone now, None where it is not."""
    query = select(provider_health).where(provider_health.c.provider == provider, provider_health.c.model == HEALTH)
    row = (await connection.execute(query)).one_or_none()
    if row is None or row.state not in (RESTING, REFUSED) or (row.until is not None and row.until <= at):
        return None
    return Rest(row.state, row.reason, row.until)


async def failures_of(connection: AsyncConnection, provider: str) -> int:
    """How often in a row the provider failed."""
    query = select(provider_health.c.failures).where(
        provider_health.c.provider == provider, provider_health.c.model == HEALTH
    )
    return int((await connection.execute(query)).scalar_one_or_none() or 0)


async def set_health(
    connection: AsyncConnection,
    provider: str,
    state: str,
    reason: str,
    until: datetime | None,
    failures: int,
    at: datetime,
) -> None:
    """Stores how the provider is: `ok`, `resting` until a time, or `refused` until a person did something."""
    values = {"state": state, "reason": reason, "until": until, "failures": failures, "checked_at": at}
    await connection.execute(
        upsert(provider_health)
        .values(provider=provider, model=HEALTH, **values)
        .on_conflict_do_update(index_elements=["provider", "model"], set_=values)
    )
    await feed.record(connection, "provider", provider)


async def forgive_refusals(connection: AsyncConnection) -> None:
    """At the engine's start keys and plans may be others: whoever refused them is asked again."""
    await connection.execute(
        update(provider_health)
        .where(provider_health.c.model == HEALTH, provider_health.c.state == REFUSED)
        .values(state="ok", reason="")
    )
