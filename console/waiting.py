"""The review queue as the desk walks through it: longest wait first, and no jump when a song leaves it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from console.human import waited

if TYPE_CHECKING:
    from engine.api.models import QueuePlace


def words(place: QueuePlace, now: datetime) -> str:
    """`2 of 5, longest wait 34 min`; how many wait where this run does not."""
    if not place.total:
        return "nothing else waits"
    longest = f"longest wait {waited(place.oldest, now)}"
    if place.number is not None:
        return f"{place.number + 1:,} of {place.total:,}, {longest}"
    return f"{place.total:,} waiting, {longest}"
