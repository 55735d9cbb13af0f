"""What faces see of outside sources: the trends that a song was told, the stock video that its clip shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.domain.stock import Shown
from engine.domain.trends import Reading, Trend


@dataclass(frozen=True, slots=True)
class Missed:
    """A source that gave nothing, or something that could not be used, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class FromOutside:
    """What a run took from outside. Everything is empty where no source is switched on."""

    trends: tuple[Trend, ...] = ()
    """Strongest first, as the concept was told them."""
    trends_missed: tuple[Missed, ...] = ()
    stock: tuple[Shown, ...] = ()
    """The stock video that the clip shows, each with its credit."""
    stock_missed: tuple[Missed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.trends or self.trends_missed or self.stock or self.stock_missed)


NOTHING = FromOutside()


@dataclass(frozen=True, slots=True)
class RestingSource:
    """A source that is left alone for a while."""

    source: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One term as it stands now, with the newest reading of each source."""

    trend: Trend
    at: datetime
    readings: tuple[Reading, ...]
