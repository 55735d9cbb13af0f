"""What was spent, out of the ledger: by day, by what it was for, by artist, and by provider."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.outside_models import SpendRow
from engine.domain.money import SpendState, midnight
from engine.store.purchases import LEDGER_KEYS as MUSIC_KEYS
from engine.store.spend import COUNTED
from engine.store.tables import artists, spend

_c = spend.c
_SURE = case((_c.state == SpendState.SETTLED, 0), else_=COUNTED)
_HEADINGS: tuple[tuple[str, ColumnElement[Any], bool], ...] = (
    ("day", func.date(_c.at), True),
    # An order of music names its run; all of them are for the same.
    ("purpose", case((_c.key.startswith(MUSIC_KEYS), "music"), else_=_c.what), False),
    ("artist", func.coalesce(artists.c.name, "no artist"), False),
    ("provider", _c.provider, False),
)
"""The name of each heading, what it sums by, and whether its rows stand newest first, or else dearest first."""


async def spent(connection: AsyncConnection, now: datetime, days: int) -> list[SpendRow]:
    """The last so many UTC days, today among them, under each heading in turn."""
    since = midnight(now) - timedelta(days=days - 1)
    found = []
    for by, name, newest in _HEADINGS:
        cost = func.sum(COUNTED)
        query = (
            select(name.label("name"), func.count().label("calls"), cost.label("cost"), func.sum(_SURE).label("open"))
            .select_from(spend.outerjoin(artists, artists.c.id == _c.artist_id))
            .where(_c.at >= since, _c.state != SpendState.RELEASED)
            .group_by(_c.artist_id if by == "artist" else name)
            .order_by(name.desc() if newest else cost.desc(), name)
        )
        found += [SpendRow(by, row.name, row.calls, row.cost, row.open) for row in await connection.execute(query)]
    return found
