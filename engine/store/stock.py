"""Which stock videos the label has shown, and how clips with them were judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import ActorKind
from engine.domain.stock import Shown
from engine.store.outside_tables import stock_uses
from engine.store.tables import reviews

_MOST = 500


async def note_shown(
    connection: AsyncConnection, run_id: str, version: int, shown: Sequence[Shown], at: datetime
) -> None:
    """Writes down what one version of a run shows, in place of what an earlier attempt at it wrote."""
    await connection.execute(delete(stock_uses).where(stock_uses.c.run_id == run_id, stock_uses.c.version == version))
    for video in shown:
        await connection.execute(
            insert(stock_uses).values(
                run_id=run_id, version=version, source=video.source, clip_id=video.id, seconds=video.seconds, at=at
            )
        )


async def shown_lately(connection: AsyncConnection, since: datetime, *, but: str) -> set[tuple[str, str]]:
    """(source, id) of what the label's other runs have shown since then, the newest 500."""
    query = (
        select(stock_uses.c.source, stock_uses.c.clip_id)
        .where(stock_uses.c.at >= since, stock_uses.c.run_id != but)
        .order_by(stock_uses.c.at.desc())
        .limit(_MOST)
    )
    return {(row.source, row.clip_id) for row in await connection.execute(query)}


async def decisions(connection: AsyncConnection, source: str) -> list[tuple[bool, datetime]]:
    """What people decided, after looking, on runs that show this source: (approved, when), the newest first."""
    shows = select(stock_uses.c.run_id).where(stock_uses.c.source == source)
    query = (
        select(reviews.c.decision, reviews.c.decided_at)
        .where(
            reviews.c.run_id.in_(shows),
            reviews.c.decision.in_(["approve", "reject"]),
            reviews.c.actor.in_([ActorKind.OPERATOR, ActorKind.TELEGRAM]),
            reviews.c.looked,
            reviews.c.undone_at.is_(None),
        )
        .order_by(reviews.c.decided_at.desc())
        .limit(_MOST)
    )
    return [(row.decision == "approve", row.decided_at) for row in await connection.execute(query)]
