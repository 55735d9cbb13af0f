"""Figures as people read them."""

from __future__ import annotations

from datetime import datetime

from engine.domain.budget import rounded
from engine.domain.clock import local


def when(moment: datetime | None) -> str:
    """`2026-11-23 21:05`, local; a dash for never."""
    return "-" if moment is None else local(moment)


def short_when(moment: datetime | None) -> str:
    """`11-23 21:05`, local, for narrow tables."""
    return "-" if moment is None else local(moment, "%m-%d %H:%M")


def clock(seconds: float) -> str:
    """`0:32`, `12:05`, `1:00:00`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def percent(share: float) -> str:
    """`43%`."""
    return f"{share * 100:.0f}%"


def rate(share: float | None) -> str:
    """`43%`, or a dash where there is none yet."""
    return "-" if share is None else percent(share)


def dollars(microusd: int) -> str:
    """`$1.25`, `$0.0031`: see `engine.domain.budget.rounded`."""
    return rounded(microusd)


def size(count: int) -> str:
    """Bytes as `12.3 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def yes(value: bool) -> str:
    """`on` or `off`."""
    return "on" if value else "off"
