"""What a run took from outside, as rows of a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.api.outside_models import FromOutside

_TERMS = 5


def trends_told(found: FromOutside) -> str:
    """The strongest terms a line each, then the sources that gave nothing."""
    from console.cli.words import percent

    told = [
        f"{trend.term}: {trend.score:+.2f}, {percent(trend.confidence)} sure"
        + (f" ({', '.join(trend.sources)})" if trend.sources else "")
        for trend in found.trends[:_TERMS]
    ]
    return "\n".join([*told, *(f"{miss.source}: {miss.reason}" for miss in found.trends_missed)])


def stock_told(found: FromOutside) -> str:
    """Each stock video with its credit a line, then what could not be had."""
    told = [f"{shown.author}: {shown.credit}, {shown.licence}, {shown.page}" for shown in found.stock]
    return "\n".join([*told, *(f"{miss.source}: {miss.reason}" for miss in found.stock_missed)])
