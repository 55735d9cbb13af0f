"""What the looks at one task have found so far, and when no further look is worth its while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.domain.purchase import Trouble
from engine.music.provider import Standing, VendorError

ENDED_IT = frozenset({Trouble.GENERATION, Trouble.POLICY})
"""Troubles of a look that are the vendor's last word on a task."""
_BELIEVED: Mapping[Trouble, int] = {Trouble.KEY: 3, Trouble.INPUT: 5}
"""How often in a row it takes to be believed that a key works no more, and that no such task is known: a gateway may
refuse a good key once, and a task that is new may not be known everywhere."""


@dataclass(slots=True)
class Looks:
    """Of one wait. `partly` is the last look that found some clips but not all."""

    partly: Standing | None = None
    partly_at: datetime | None = None
    _trouble: Trouble | None = None
    in_a_row: int = 0
    """Looks that ended in the same trouble, up to the last."""

    def found(self, standing: Standing, at: datetime) -> None:
        """A look was answered."""
        self._trouble, self.in_a_row = None, 0
        if standing.offers:
            self.partly = standing
            self.partly_at = self.partly_at or at

    def refused(self, error: VendorError) -> bool:
        """A look was not answered; whether that was the last word."""
        self.in_a_row = self.in_a_row + 1 if error.trouble is self._trouble else 1
        self._trouble = error.trouble
        most = _BELIEVED.get(error.trouble)
        return error.trouble in ENDED_IT or (most is not None and self.in_a_row >= most)

    def waited(self, at: datetime) -> float:
        """Seconds since some of the clips could be fetched."""
        return 0.0 if self.partly_at is None else (at - self.partly_at).total_seconds()
