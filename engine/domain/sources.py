"""Outside sources (stock footage, charts, counts): what a failure means, and how long a source is left alone then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.domain.errors import AddressRefused, CapReached, DownloadBroken, DownloadStatus, NoktvrnError

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_NEVER_LONGER = 31 * _DAY


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a source gave nothing: the sentence for people, seconds to leave it alone, and whether a person must act."""

    cause: str
    rest_s: float
    loud: bool


def trouble_of(error: NoktvrnError) -> Trouble:
    """Classifies by type and status, never by text."""
    match error:
        case CapReached():
            return Trouble(error.message, 0.0, loud=False)  # the ledger says when, and says it itself
        case DownloadStatus(status=401 | 402 | 403):
            return Trouble(str(error), _HOUR, loud=True)
        case DownloadStatus(status=429):
            return Trouble(error.message, error.retry_after or _HOUR, loud=False)
        case DownloadStatus(status=status) if status in (408, 425) or status >= 500:
            return Trouble(error.message, error.retry_after or 5 * _MINUTE, loud=False)
        case AddressRefused():
            return Trouble(str(error), _HOUR, loud=True)
        case DownloadBroken():
            return Trouble(error.message, 2 * _MINUTE, loud=False)
        case _:
            return Trouble(error.message, _HOUR, loud=False)


@dataclass(frozen=True, slots=True)
class Quota:
    """What a source says is left of its rate limit; None where it says nothing."""

    remaining: int | None
    resets_at: datetime | None

    def rest_until(self) -> datetime | None:
        """When it may be asked again, None for now."""
        return self.resets_at if self.remaining is not None and self.remaining <= 0 else None


def quota_of(headers: Mapping[str, str], now: datetime) -> Quota:
    """Reads `x-ratelimit-remaining` and `-reset`, which some give in seconds from now and some as a Unix time."""
    remaining = _whole(headers.get("x-ratelimit-remaining", ""))
    reset = _whole(headers.get("x-ratelimit-reset", ""))
    resets_at = None
    if reset is not None:
        wait = reset - now.timestamp() if reset > _NEVER_LONGER else float(reset)
        resets_at = now + timedelta(seconds=min(_NEVER_LONGER, max(0.0, wait)))
    return Quota(remaining, resets_at.astimezone(UTC) if resets_at else None)


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 13 else None
