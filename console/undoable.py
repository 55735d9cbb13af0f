"""What was decided at this console and can still be taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.human import many
from engine.safety.text import plain


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that can be undone until `effective_at`; `about` is what the toast that tells of it is about."""

    run_id: str
    song: str
    effective_at: datetime
    about: str


class Undoable:
    """The decisions that were taken here, in acts: one song decided on, or one batch. The newest act comes last."""

    def __init__(self) -> None:
        self._acts: list[tuple[Made, ...]] = []

    def add(self, act: Sequence[Made], now: datetime) -> None:
        """Remembers an act; forgets those before it that have taken effect."""
        self._acts = [*(known for known in self._acts if _open(known, now)), *([tuple(act)] if act else [])]

    def forget(self, run_ids: Collection[str]) -> None:
        """These were taken back, or cannot be any more."""
        left = (tuple(made for made in act if made.run_id not in run_ids) for act in self._acts)
        self._acts = [act for act in left if act]

    def last(self, now: datetime) -> tuple[Made, ...]:
        """The newest act of which something can still be taken back, whole; empty for none."""
        return next((act for act in reversed(self._acts) if _open(act, now)), ())

    def why_none(self, grace_s: int) -> str:
        """Why there is no such act."""
        if not grace_s:
            return "Decisions take effect at once (APPROVAL_GRACE_SECONDS is 0): none can be taken back."
        if not self._acts:
            return "Nothing was decided in this console that could be taken back."
        act = self._acts[-1]
        what = plain(act[0].song, limit=60) if len(act) == 1 else many(len(act), "song")
        return f"What was decided last in this console ({what}) has taken effect: it cannot be taken back any more."


def _open(act: Sequence[Made], now: datetime) -> bool:
    return any(made.effective_at > now for made in act)
