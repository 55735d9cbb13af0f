"""The ledger: money is reserved before a call, under the caps, and settled after it.

Every function works in the caller's write transaction, which holds the database's only write lock from its first
statement: two reservations never see the same sum, in whatever process they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotFound
from engine.domain.money import Ask, Caps, Reservation, SpendState, Spent, check, midnight, paused
from engine.store import control, feed
from engine.store.tables import spend, switches

# What a row counts: its cost where it is known, else all that was reserved.
COUNTED = func.coalesce(spend.c.actual_microusd, spend.c.reserved_microusd)


_ALL = func.sum(COUNTED)
# Built once: they run with every question to a model. The day's part of one index is gone through once, for both sums.
_OF_RUN = select(func.coalesce(_ALL, 0)).where(spend.c.run_id == bindparam("run"))
_LOOK = select(
    exists().where(spend.c.key == bindparam("ask")).label("known"),
    exists().where(switches.c.name == control.PAUSES["spending"], switches.c.value).label("paused"),
    func.coalesce(_ALL, 0).label("day"),
    func.coalesce(_ALL.filter(spend.c.artist_id == bindparam("artist")), 0).label("artist"),
    _OF_RUN.correlate(None).scalar_subquery().label("run"),
).where(spend.c.at >= bindparam("today", type_=spend.c.at.type))
_RESERVE = insert(spend)
_END = (
    update(spend)
    .where(spend.c.key == bindparam("ended"))
    .values(state=bindparam("state"), actual_microusd=bindparam("actual_microusd"), settled_at=bindparam("settled_at"))
    .returning(spend.c.key, spend.c.run_id, spend.c.reserved_microusd, spend.c.actual_microusd, spend.c.state)
)


async def reserve(connection: AsyncConnection, ask: Ask, caps: Caps, at: datetime) -> Reservation:
    """Saves the key and takes the money aside. Raises CapReached, and then nothing was saved.

    A key that is known gets its reservation back as it stands: whoever asks decides what an earlier call means.
    """
    found = await _look(connection, ask, at)
    if found.known:
        known = await find(connection, ask.key)
        assert known is not None
        return known
    if ask.amount > 0 and found.paused:
        raise paused(ask)
    check(ask, caps, Spent(found.day, found.artist, found.run), at)
    row = {
        "key": ask.key,
        "run_id": ask.run_id,
        "artist_id": ask.artist_id,
        "provider": ask.provider,
        "what": ask.what,
        "reserved_microusd": ask.amount,
        "state": SpendState.RESERVED,
        "at": at,
    }
    await connection.execute(_RESERVE, row)
    return Reservation(ask.key, ask.amount, None, SpendState.RESERVED, fresh=True)


async def find(connection: AsyncConnection, key: str) -> Reservation | None:
    """The reservation under this key, None if there is none."""
    row = (await connection.execute(select(spend).where(spend.c.key == key))).one_or_none()
    return None if row is None else _reservation(row)


async def settle(connection: AsyncConnection, key: str, actual: int, at: datetime) -> Reservation:
    """Books what the call cost, also more than was reserved. Raises NotFound; ValueError for less than nothing, which
    would give others' money back."""
    if actual < 0:
        raise ValueError(f"a call cannot cost {actual} micro-dollars")
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
    reserved = spend.c.state == literal_column(f"'{SpendState.RESERVED}'")  # as the index says it
    query = select(spend.c.key).where(reserved, spend.c.key.startswith(key_prefix))
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


async def _look(connection: AsyncConnection, ask: Ask, at: datetime) -> Row[Any]:
    """All that a reservation depends on, in one statement: it stands between a question and its answer."""
    values = {"ask": ask.key, "today": midnight(at), "artist": ask.artist_id, "run": ask.run_id}
    return (await connection.execute(_LOOK, values)).one()


async def _end(
    connection: AsyncConnection, key: str, state: SpendState, actual: int | None, at: datetime
) -> Reservation:
    values = {"ended": key, "state": state, "actual_microusd": actual, "settled_at": at}
    row = (await connection.execute(_END, values)).one_or_none()
    if row is None:
        raise NotFound(f"No money was reserved under the key {key!r}.")
    # The run's cost follows by a trigger.
    await feed.record(connection, "spend" if row.run_id is None else "run", row.run_id or key)
    return _reservation(row)


def _reservation(row: Row[Any]) -> Reservation:
    return Reservation(row.key, row.reserved_microusd, row.actual_microusd, SpendState(row.state), fresh=False)


async def of_run(connection: AsyncConnection, run_id: str) -> list[tuple[str, str, int]]:
    """What a run has cost or holds reserved, as (what for, provider, micro-dollars), sorted; without what is free."""
    cost = func.sum(COUNTED)
    query = (
        select(spend.c.what, spend.c.provider, cost)
        .where(spend.c.run_id == run_id)
        .group_by(spend.c.what, spend.c.provider)
        .having(cost > 0)
        .order_by(spend.c.what, spend.c.provider)
    )
    return [(what, provider, int(amount)) for what, provider, amount in await connection.execute(query)]
