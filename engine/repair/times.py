"""When a record of a foreign log was written, by its own words: absolute, never in the future, or not known at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

STAMP = 80
"""Characters of a stamp that are looked at."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?P<h>\d\d):(?P<i>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?"
_ZONE = r"(?: ?(?P<z>Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\w:]))?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<y>\d{{4}})[-/.](?P<m>\d\d)[-/.](?P<d>\d\d)[T _,]{{1,2}}{_CLOCK}{_ZONE}",
        rf"(?P<d>\d\d)[-/ ](?P<b>[a-z]{{3}})[-/ ](?P<y>\d{{4}})[ :T]{_CLOCK}{_ZONE}",
        r"(?:[a-z]{3},? )?(?P<b>[a-z]{3}) (?P<d>[ \d]\d) (?:(?P<y>\d{4}) )?"
        rf"{_CLOCK}(?: (?P<after>\d{{4}})\b)?{_ZONE}",
        rf"[DIWEF](?P<m>\d\d)(?P<d>\d\d) {_CLOCK}",
        rf"(?P<one>\d\d?)(?P<dot>[-/.])(?P<two>\d\d?)[-/.](?P<y>\d{{4}}),? {_CLOCK}{_ZONE}",
    )
)
_EPOCH = re.compile(r"(1\d{9})(\d{3}|\d{6}|\d{9})?(\.\d{1,9})?(?!\w)")
_BEFORE = re.compile(
    r"(?:\x1b\[[0-9;]*m|[\[(<\s\ufeff]|(?:time|ts|timestamp)=\"?|[A-Z]{3,11}(?=[\]:\s|,\x1b-])[\]:\s|,-]*)*"
)
"""What may stand before a time at the beginning of a line: a colour, a bracket, a level."""
_OLDEST_YEAR = 1990
_AHEAD = timedelta(days=1)
"""A time without a year that is later than this is of last year."""


def told(stamp: str, now: datetime) -> datetime | None:
    """The time with which `stamp` begins; None where there is none, or one that cannot be: in the future, of the last
    century, without a day, or with day and month that could be each other. Where it names no zone, it is the machine's.
    """
    text = stamp[:STAMP]
    if (before := _BEFORE.match(text)) is not None:
        text = text[before.end() :]
    try:
        found = _of_epoch(text) or _of_words(text, now)
        return found if found and found.year >= _OLDEST_YEAR and found <= now else None
    except (ValueError, OverflowError, OSError):
        return None


def _of_epoch(text: str) -> datetime | None:
    found = _EPOCH.match(text)
    if found is None:
        return None
    return datetime.fromtimestamp(int(found[1]) + float(f"0.{found[2] or (found[3] or '.0')[1:]}"), UTC)


def _of_words(text: str, now: datetime) -> datetime | None:
    parts = next((match.groupdict() for form in _FORMS if (match := form.match(text))), None)
    if parts is None:
        return None
    day, month = _day(parts)
    zone = parts.get("z")
    year = parts.get("y") or parts.get("after")
    micros = int((parts["f"] or "0")[:6].ljust(6, "0"))

    def at(year: int) -> datetime:
        made = datetime(year, month, day, int(parts["h"]), int(parts["i"]), int(parts["s"]), micros)
        return (made.replace(tzinfo=_zone(zone)) if zone else made.astimezone()).astimezone(UTC)

    if year is not None:
        return at(int(year))
    return at(now.year) if at(now.year) <= now + _AHEAD else at(now.year - 1)


def _day(parts: dict[str, str | None]) -> tuple[int, int]:
    """Day and month. Raises ValueError where they could be each other."""
    if name := parts.get("b"):
        return int(parts["d"] or 0), _MONTHS.index(name.lower()) + 1
    if "one" not in parts:
        return int(parts["d"] or 0), int(parts["m"] or 0)
    one, two = int(parts["one"] or 0), int(parts["two"] or 0)
    if parts["dot"] == "." or one > 12 or one == two:
        return one, two
    if two > 12:
        return two, one
    raise ValueError("either may be the month")


def _zone(name: str) -> tzinfo:
    if name[0] not in "+-":
        return UTC
    digits = name[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if name[0] == "-" else shift)
