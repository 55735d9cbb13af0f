"""Readings of trends: what each source said of each term, kept as history and as cache."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.trends import TOO_OLD, Reading
from engine.store import feed
from engine.store.outside_tables import trends

_HISTORY = timedelta(days=60)
_MOST = 200


async def add(connection: AsyncConnection, readings: Sequence[Reading], at: datetime) -> None:
    """Stores readings; what is older than sixty days goes."""
    for found in readings:
        await connection.execute(
            insert(trends).values(
                source=found.source,
                term=found.term,
                score=found.score,
                confidence=found.confidence,
                at=found.at,
                value=found.value,
                baseline=found.baseline,
            )
        )
    if readings:
        await connection.execute(delete(trends).where(trends.c.at < at - _HISTORY))
        await feed.record(connection, "trend", readings[0].source)


async def newest(connection: AsyncConnection, terms: Iterable[str], now: datetime) -> dict[str, dict[str, Reading]]:
    """The newest reading of each source for each of these terms, by term and source."""
    query = select(trends).where(trends.c.term.in_(list(terms)), trends.c.at >= now - TOO_OLD).order_by(trends.c.id)
    found: dict[str, dict[str, Reading]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.term, {})[row.source] = _reading(row)
    return found


async def terms(connection: AsyncConnection, now: datetime) -> list[str]:
    """Terms that were looked up lately, the newest first."""
    query = (
        select(trends.c.term, func.max(trends.c.id).label("last"))
        .where(trends.c.at >= now - TOO_OLD)
        .group_by(trends.c.term)
        .order_by(func.max(trends.c.id).desc())
        .limit(_MOST)
    )
    return [row.term for row in await connection.execute(query)]


async def history(connection: AsyncConnection, source: str, term: str) -> list[tuple[datetime, float]]:
    """Earlier values of one term at one source, the newest first."""
    query = (
        select(trends.c.at, trends.c.value)
        .where(trends.c.source == source, trends.c.term == term, trends.c.value.is_not(None))
        .order_by(trends.c.at.desc())
        .limit(_MOST)
    )
    return [(row.at, row.value) for row in await connection.execute(query)]


def _reading(row: Row[Any]) -> Reading:
    return Reading(row.source, row.term, row.value or 0.0, row.baseline, row.score, row.confidence, row.at)
