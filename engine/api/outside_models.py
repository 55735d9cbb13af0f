"""What faces see of what lies outside: language models, the trends that a song was told, the stock video that its clip
shows, and who gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.domain.providers import ProviderKind, ProviderState
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
class ProviderRow:
    """One provider of music, stock video or trends over the last 24 hours. A call is an order of music, or a question
    that went out to a source. `usual_ms` is the median of those that succeeded, 0 without one.

    `reason` and `until` say why it is not asked, and for how long; None where only a person can help.
    `cost_microusd` is of this UTC day.
    """

    provider: str
    kind: ProviderKind
    state: ProviderState
    reason: str
    until: datetime | None
    calls: int
    failures: int
    usual_ms: int
    cost_microusd: int
    last_at: datetime | None
    last_error: str
    told: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One term as it stands now, with the newest reading of each source."""

    trend: Trend
    at: datetime
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One language model: how it did over the last 24 hours. Latency in milliseconds, 0 where it was not called.

    `cost_microusd` is of this UTC day. `reason` and `until` say why it is not asked, and for how long; `reason` also
    what its vendor's list says of one that is new or retired.
    """

    provider: str
    model: str
    state: str
    calls: int
    failures: int
    p50_ms: int
    p95_ms: int
    cost_microusd: int
    last_role: str
    last_at: datetime | None
    last_error: str
    reason: str = ""
    until: datetime | None = None
    roles: tuple[str, ...] = ()
    """Each role that it is on the ladder of, with its place: `lyrics 1`."""
    why: tuple[str, ...] = ()
    """For each of them why it stands there."""
    last_fallback: str = ""
    """When, for what and why another answered in its place; empty where that did not happen in 24 hours."""


@dataclass(frozen=True, slots=True)
class TriedRow:
    """One model (`provider:model`) that was tried. Not `asked`: it was passed over, for `cause`, at no cost."""

    model: str
    outcome: str
    cause: str
    latency_ms: int
    cost_microusd: int
    asked: bool


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One question to the language models: everybody it came to, in order, and who `answered`, empty for nobody.

    `why` says why that was not the first choice; latency and cost are those of all attempts together.
    """

    at: datetime
    role: str
    run_id: str | None
    artist_id: str | None
    prompt_version: str
    answered: str
    why: str
    latency_ms: int
    cost_microusd: int
    attempts: tuple[TriedRow, ...]


@dataclass(frozen=True, slots=True)
class SpendRow:
    """What one day, purpose, artist or provider (`by`) cost.

    `open_microusd` is the part of it that is not settled: calls under way, or of which nobody knows whether they were
    billed.
    """

    by: str
    name: str
    calls: int
    cost_microusd: int
    open_microusd: int
