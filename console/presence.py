"""When the operator was last here: what `while you were away` counts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.memory import Memory

AWAY = timedelta(hours=1)
"""Without a key for so long the operator has been away."""


@dataclass(slots=True)
class Presence:
    """The last key in this console, and what was on the screen at it. Kept in the memory that all consoles share."""

    at: datetime | None = None
    seq: int = 0
    key: float | None = None
    """The last key in steady seconds."""
    told_from: datetime | None = None
    """Since when the last summary told; the palette shows it again."""

    def touch(self, now: datetime, seq: int) -> datetime | None:
        """A key was pressed. Returns the moment of the one before if the operator has been away since."""
        before, self.at, self.seq = self.at, now, seq
        return before if before is not None and now - before >= AWAY else None

    def greets(self, memory: Memory, seq: int) -> bool:
        """A console opened: whether anything happened since the operator was last in one."""
        seen = memory.look()
        self.told_from = moment(seen.seen_at)
        return self.told_from is not None and seq != seen.seen_seq

    def note(self, memory: Memory) -> None:
        """Writes down when that was, unless another console knows of a later key."""
        if self.at is None:
            return
        known = moment(memory.look().seen_at)
        if known is None or known <= self.at:
            memory.change(seen_at=self.at.astimezone(UTC).isoformat(), seen_seq=self.seq)


def moment(text: str) -> datetime | None:
    """A remembered moment; None for nothing, or for what nobody can read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
