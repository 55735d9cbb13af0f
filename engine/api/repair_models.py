"""What a face sees of errors and their repair."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.domain.repair import PatchState, Refusal, TrialReport


@dataclass(frozen=True, slots=True)
class PatchView:
    """One patch of a group. `diff` is the canonical one, whose `digest` (sha256) an order to apply it must name."""

    id: str
    group_id: str
    number: int
    state: PatchState
    base: str
    commit: str
    diff: str
    digest: str
    files: tuple[str, ...]
    author: str
    refusals: tuple[Refusal, ...]
    trial: TrialReport | None
    created_at: datetime
    applied_at: datetime | None
    reverted_at: datetime | None
    probation_until: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Trend:
    """How often an error happened: counts of equal spans, the oldest first. `span_s` is the length of one."""

    since: datetime
    span_s: float
    counts: tuple[int, ...]
