"""Times, money and foreign text as the bot says them."""

from __future__ import annotations

from datetime import datetime

from engine.safety.text import plain


def line(text: str, limit: int = 200) -> str:
    """Foreign text on one harmless line."""
    return plain(text, limit=limit)


def lines(text: str, limit: int) -> str:
    """Foreign text with its breaks."""
    return plain(text, limit=limit, lines=True)


def when(at: datetime) -> str:
    """A moment to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}"


def dollars(microusd: int) -> str:
    """Micro-dollars to the cent; less than one says so."""
    return "<$0.01" if 0 < microusd < 10_000 else f"${microusd / 1_000_000:,.2f}"


def span(seconds: float) -> str:
    """A length as a player shows it."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def age(since: datetime, now: datetime) -> str:
    """How long something waits."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"
