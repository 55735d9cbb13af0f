"""What a patch is refused with before anything is tried."""

from __future__ import annotations

from engine.domain.errors import NoktvrnError
from engine.domain.repair import Refusal, RefusalKind


class Refused(NoktvrnError):
    """A patch is refused: `refusals` holds every reason that was found, at least one."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("\n".join(refusal.message for refusal in refusals))
        self.refusals = refusals


def refused(kind: RefusalKind, message: str, hint: str = "") -> Refused:
    """The error for one reason."""
    return Refused(Refusal(kind, message, hint))
