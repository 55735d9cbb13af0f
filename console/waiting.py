"""The review queue as the desk walks through it: longest wait first, and no jump when a song leaves it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from console.human import waited

if TYPE_CHECKING:
    from engine.api.screen_models import QueuePlace


def words(place: QueuePlace, now: datetime, since: datetime | None = None) -> str:
    """`2 of 5, waits 34 min` for a run that waits `since` then; where it does not, how many wait, and how long."""
    if not place.total:
        return "nothing else waits"
    if place.number is not None:
        return f"{place.number + 1:,} of {place.total:,}, waits {waited(since, now)}"
    return f"{place.total:,} waiting, longest wait {waited(place.oldest, now)}"
