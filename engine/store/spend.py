"""The ledger: money is reserved before a call, under the caps, and settled after it.

Every function works in the caller's write transaction, which holds the database's only write lock from its first
statement: two reservations never see the same sum, in whatever process they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotFound
from engine.domain.money import Ask, Caps, Reservation, SpendState, Spent, check, midnight, paused
from engine.store import control, feed
from engine.store.tables import runs, spend

# What a row counts: its cost where it is known, else all that was reserved.
COUNTED = func.coalesce(spend.c.actual_microusd, spend.c.reserved_microusd)


async def reserve(connection: AsyncConnection, ask: Ask, caps: Caps, at: datetime) -> Reservation:
    """Saves the key and takes the money aside. Raises CapReached, and then nothing was saved.

    A key that is known gets its reservation back as it stands: whoever asks decides what an earlier call means.
    """
    known = await find(connection, ask.key)
    if known is not None:
        return known
    if ask.amount > 0 and await control.switch(connection, control.PAUSES["spending"]):
        raise paused(ask)
    check(ask, caps, await _spent(connection, ask, at), at)
    await connection.execute(
        insert(spend).values(
            key=ask.key,
            run_id=ask.run_id,
            artist_id=ask.artist_id,
            provider=ask.provider,
            what=ask.what,
            reserved_microusd=ask.amount,
            state=SpendState.RESERVED,
            at=at,
        )
    )
    await _tell(connection, ask.key, ask.run_id)
    return Reservation(ask.key, ask.amount, None, SpendState.RESERVED, fresh=True)


async def find(connection: AsyncConnection, key: str) -> Reservation | None:
    """The reservation under this key, None if there is none."""
    row = (await connection.execute(select(spend).where(spend.c.key == key))).one_or_none()
    return None if row is None else _reservation(row)


async def settle(connection: AsyncConnection, key: str, actual: int, at: datetime) -> Reservation:
    """Books what the call cost, also more than was reserved. Raises NotFound."""
    return await _end(connection, key, SpendState.SETTLED, actual, at)


async def book_unknown(connection: AsyncConnection, key: str, at: datetime) -> Reservation:
    """The call's end is not known: it is booked at its reservation. It can still be settled later. Raises NotFound."""
    return await _end(connection, key, SpendState.UNKNOWN, None, at)


async def release(connection: AsyncConnection, key: str, at: datetime) -> Reservation:
    """The call was not made, or the vendor says that it cost nothing. Raises NotFound."""
    return await _end(connection, key, SpendState.RELEASED, 0, at)


async def book_abandoned(connection: AsyncConnection, key_prefix: str, at: datetime) -> int:
    """Books reservations as unknown that no living process can settle: called at the engine's start, for calls that
    cannot be asked about afterwards. Returns how many there were."""
    query = select(spend.c.key).where(spend.c.state == SpendState.RESERVED, spend.c.key.startswith(key_prefix))
    keys = [row.key for row in await connection.execute(query)]
    for key in keys:
        await book_unknown(connection, key, at)
    return len(keys)


async def since(connection: AsyncConnection, moment: datetime) -> int:
    """What was spent or is reserved since then, in micro-dollars."""
    query = select(func.coalesce(func.sum(COUNTED), 0)).where(spend.c.at >= moment)
    return int((await connection.execute(query)).scalar_one())


async def of_provider(connection: AsyncConnection, provider: str, moment: datetime) -> int:
    """What one provider has cost or holds reserved since then, in micro-dollars."""
    query = select(func.coalesce(func.sum(COUNTED), 0)).where(spend.c.provider == provider, spend.c.at >= moment)
    return int((await connection.execute(query)).scalar_one())


async def _spent(connection: AsyncConnection, ask: Ask, at: datetime) -> Spent:
    today = spend.c.at >= midnight(at)
    artist = [today, spend.c.artist_id == ask.artist_id]
    return Spent(
        day=await _sum(connection, today),
        artist=await _sum(connection, *artist) if ask.artist_id is not None else 0,
        run=await _sum(connection, spend.c.run_id == ask.run_id) if ask.run_id is not None else 0,
    )


async def _sum(connection: AsyncConnection, *conditions: Any) -> int:
    query = select(func.coalesce(func.sum(COUNTED), 0)).where(*conditions)
    return int((await connection.execute(query)).scalar_one())


async def _end(
    connection: AsyncConnection, key: str, state: SpendState, actual: int | None, at: datetime
) -> Reservation:
    statement = update(spend).where(spend.c.key == key)
    ended = statement.values(state=state, actual_microusd=actual, settled_at=at).returning(*spend.c)
    row = (await connection.execute(ended)).one_or_none()
    if row is None:
        raise NotFound(f"No money was reserved under the key {key!r}.")
    await _tell(connection, key, row.run_id)
    return _reservation(row)


async def _tell(connection: AsyncConnection, key: str, run_id: str | None) -> None:
    """Keeps the run's cost equal to its rows here, and says that something changed."""
    if run_id is not None:
        cost = select(func.coalesce(func.sum(COUNTED), 0)).where(spend.c.run_id == run_id).scalar_subquery()
        await connection.execute(update(runs).where(runs.c.id == run_id).values(cost_microusd=cost))
        await feed.record(connection, "run", run_id)
    await feed.record(connection, "spend", key)


def _reservation(row: Row[Any]) -> Reservation:
    return Reservation(row.key, row.reserved_microusd, row.actual_microusd, SpendState(row.state), fresh=False)
