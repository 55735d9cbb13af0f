"""Orders of music as faces see them, and the one thing that a person can do about one: say that it was not charged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.music_models import PurchaseRow
from engine.domain.purchase import PurchaseState
from engine.domain.runs import Actor
from engine.store import audit, journal, purchases
from engine.store.spend import COUNTED
from engine.store.tables import runs, spend


async def rows(connection: AsyncConnection, limit: int, *, unknown: bool) -> list[PurchaseRow]:
    """The newest orders, or those whose fate is unknown, newest first."""
    found = await purchases.newest(connection, limit, PurchaseState.UNKNOWN if unknown else None)
    keys = [each.ledger_key for each in found]
    money = await connection.execute(select(spend.c.key, COUNTED).where(spend.c.key.in_(keys)))
    booked = {row[0]: int(row[1]) for row in money}
    named = await connection.execute(select(runs.c.id, runs.c.title).where(runs.c.id.in_([p.run_id for p in found])))
    titles = {row[0]: row[1] for row in named}
    return [
        PurchaseRow(
            id=each.id,
            run_id=each.run_id,
            title=titles.get(each.run_id, ""),
            provider=each.provider,
            state=each.state,
            trouble=each.trouble or "",
            detail=each.detail,
            price_microusd=each.price_microusd,
            booked_microusd=booked.get(each.ledger_key, 0),
            created_at=each.created_at,
        )
        for each in found
    ]


async def settle(connection: AsyncConnection, purchase_id: str, actor: Actor, now: datetime) -> None:
    """Closes an order that may have been charged as one that was not: its price is given back. Raises NotAllowed,
    NotFound."""
    purchase = await purchases.get(connection, purchase_id)
    await purchases.give_back(connection, purchase, now)
    await journal.close_notice(connection, f"music.order.{purchase_id}", now)
    await audit.append(connection, now, actor, "settle_purchase", purchase_id, {"price": purchase.price_microusd})
