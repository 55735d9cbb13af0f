"""What faces see of outside sources: the trends that a song was told, the stock video that its clip shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.outside_models import FromOutside, Missed, TrendRow
from engine.domain.codec import load
from engine.domain.runs import Stage
from engine.domain.stock import Shown
from engine.domain.trends import Trend, combined
from engine.store import runs, trends


def of_content(content: Mapping[str, Any]) -> FromOutside:
    """From a revision's content, or from stage results put together like one."""
    told, shown = content.get("trends") or {}, content.get("stock") or {}
    return FromOutside(
        trends=load(told.get("terms", []), tuple[Trend, ...]),
        trends_missed=load(told.get("misses", []), tuple[Missed, ...]),
        stock=load(shown.get("shown", []), tuple[Shown, ...]),
        stock_missed=load(shown.get("misses", []), tuple[Missed, ...]),
    )


async def of_run(connection: AsyncConnection, run: runs.Run) -> FromOutside:
    """Of the run's newest version, as far as it has come."""
    concept = await runs.stage_result(connection, run, Stage.CONCEPT) or {}
    clip = await runs.stage_result(connection, run, Stage.CLIP) or {}
    return of_content({"trends": concept.get("trends"), "stock": clip.get("stock")})


async def trend_rows(connection: AsyncConnection, now: datetime) -> list[TrendRow]:
    """Every term that was looked up lately, the strongest rise first, by all sources that said anything lately."""
    terms = await trends.terms(connection, now)
    newest = await trends.newest(connection, terms, now)
    sources = {source for readings in newest.values() for source in readings}
    found = []
    for term in terms:
        readings = newest[term]
        latest = max(reading.at for reading in readings.values())
        found.append(TrendRow(combined(term, readings, len(sources), now), latest, tuple(readings.values())))
    return sorted(found, key=lambda row: (-row.trend.weight, row.trend.term))
