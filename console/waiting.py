"""The review queue as the desk walks through it: longest wait first, and no jump when a song leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.human import waited

if TYPE_CHECKING:
    from engine.api.models import ApprovalRow


@dataclass(frozen=True, slots=True)
class Queue:
    """Runs in order of waiting time. `total` counts those beyond what was read, too."""

    ids: tuple[str, ...] = ()
    oldest: datetime | None = None
    total: int = 0

    def words(self, run_id: str, now: datetime) -> str:
        """`2 of 5, longest wait 34 min`; how many wait where this run does not."""
        if not self.ids:
            return "nothing else waits"
        longest = f"longest wait {waited(self.oldest, now)}"
        if run_id in self.ids:
            return f"{self.ids.index(run_id) + 1} of {self.total}, {longest}"
        return f"{self.total} waiting, {longest}"

    def place(self, run_id: str, otherwise: int) -> int:
        """Where this run stands; `otherwise` where it has left."""
        return self.ids.index(run_id) if run_id in self.ids else otherwise

    def step(self, run_id: str, by: int, place: int) -> str | None:
        """The next run, or the one before, round the end; for one that has left, counted from where it stood."""
        others = [found for found in self.ids if found != run_id]
        if not others:
            return None
        if run_id in self.ids:
            return self.ids[(self.ids.index(run_id) + by) % len(self.ids)]
        return self.ids[(place + (by if by < 0 else 0)) % len(self.ids)]


def queue_of(rows: Sequence[ApprovalRow], total: int) -> Queue:
    """The queue from its rows, longest wait first."""
    return Queue(tuple(row.run_id for row in rows), rows[0].waiting_since if rows else None, max(total, len(rows)))
