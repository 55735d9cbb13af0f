"""What faces are told of music that was bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One clip of an order. `score` 0..1 by measurement, `why` what took points away, `length_s` as it came."""

    id: str
    track: Path
    chosen: bool
    score: float
    why: tuple[str, ...]
    length_s: float


@dataclass(frozen=True, slots=True)
class Bought:
    """What is known of a track from an outside provider. `heard`: its timeline was heard, not told."""

    provider: str
    purchase_id: str
    rights: str
    heard: bool
    variants: tuple[VariantRow, ...]

    @property
    def other(self) -> VariantRow | None:
        """The first clip that is not the chosen one."""
        return next((each for each in self.variants if not each.chosen), None)


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """One order of music. Money in micro-dollars."""

    id: str
    run_id: str
    title: str
    provider: str
    state: str
    trouble: str
    detail: str
    price_microusd: int
    booked_microusd: int
    created_at: datetime
