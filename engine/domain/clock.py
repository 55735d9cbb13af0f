"""The one clock: aware UTC. Whoever needs the time takes a `Clock`, so that a test can hold it still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def local(moment: datetime, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment as people who sit at this machine read it: `2026-11-23 23:41`. Every face tells times by this."""
    return moment.astimezone().strftime(form)


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
