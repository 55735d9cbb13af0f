"""Times, sizes and money as people say them. Pure functions; times are aware, money is integer micro-dollars."""

from __future__ import annotations

from datetime import datetime

from engine.domain.budget import rounded
from engine.domain.clock import local
from engine.domain.plurals import many as many

_MINUTE = 60
_HOUR = 3600
_DAY = 86_400


AGES_S = 20.0
"""How often what tells an age is looked at again; a minute is its finest step."""


def ago(then: datetime | None, now: datetime) -> str:
    """`just now`, `3 min ago`, `2 h ago`, `4 days ago`, then the date; `never` for None.

    Coarse on purpose: a list of ages must not repaint every second.
    """
    if then is None:
        return "never"
    seconds = (now - then).total_seconds()
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min ago"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h ago"
    days = int(seconds // _DAY)
    if days == 1:
        return "yesterday"
    if days < 14:
        return f"{days} days ago"
    return local(then, "%-d %b %Y" if then.year != now.year else "%-d %b")


def waited(since: datetime | None, now: datetime) -> str:
    """How long something waits already: `<1 min`, `3 min`, `2 h 05`, `4 days`; empty for None."""
    if since is None:
        return ""
    seconds = max(0.0, (now - since).total_seconds())
    if seconds < _MINUTE:
        return "<1 min"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE):02d}"
    return f"{int(seconds // _DAY)} days"


def clock(at: datetime) -> str:
    """Local date and time to the minute: `2026-11-23 23:41`."""
    return local(at)


def soon(moment: datetime, now: datetime) -> str:
    """When something is due, in five cells: the local time of a moment within a day, else `>24 h`."""
    return local(moment, "%H:%M") if (moment - now).total_seconds() < _DAY else ">24 h"


def stamp(ts: str, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """The local time of what a file holds as ISO 8601; the words themselves where they are no time."""
    try:
        return local(datetime.fromisoformat(ts), form)
    except (ValueError, OverflowError):
        return ts


def span(seconds: float) -> str:
    """A length as a player shows it: `0:07`, `2:03`, `1:02:03`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def left(seconds: float | None) -> str:
    """Time still to go, no more exact than an estimate is: `~40 s`, `~3 min`; empty when unknown."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "<10 s"
    if seconds < 90:
        return f"~{round(seconds, -1):.0f} s"
    if seconds < 90 * _MINUTE:
        return f"~{seconds / _MINUTE:.0f} min"
    return f"~{seconds / _HOUR:.1f} h"


def latency(milliseconds: int) -> str:
    """What an answer took: `42 ms`, `1.2 s`, `45 s`."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 9_950 else f"{milliseconds / 1000:.0f} s"


def size(count: int) -> str:
    """Bytes in decimal units: `812 B`, `4.2 MB`."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def money(microusd: int) -> str:
    """`$1.25`, `$0.0031`: see `engine.domain.budget.rounded`."""
    return rounded(microusd)


def short_money(microusd: int) -> str:
    """The same in at most seven cells for what is below a thousand dollars: `$0.0003`, and `<$0.001` for less yet."""
    if not 0 < microusd < 1_000:
        return money(microusd)
    return f"${microusd / 1_000_000:.4f}" if microusd >= 100 else "<$0.001"


def percent(share: float | None) -> str:
    """0..1 as `73%`; a dash for None."""
    return "–" if share is None else f"{share * 100:.0f}%"


def bar(share: float, width: int) -> str:
    """A bar of `width` cells, heavy for what is done and light for what is left, in halves of a cell."""
    halves = round(min(1.0, max(0.0, share)) * width * 2)
    full, rest = divmod(halves, 2)
    return ("━" * full + "╸" * rest).ljust(width, "─")
