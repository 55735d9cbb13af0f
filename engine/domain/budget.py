"""What one run of an artist may cost: typed and shown in dollars, kept in whole micro-dollars."""

from __future__ import annotations

import re

from engine.domain.errors import UsageError

MOST_MICROUSD = 1_000_000_000
"""A thousand dollars a run is a slip of the finger."""
_DOLLARS = re.compile(r"\$?\s*(\d{1,7})(?:\.(\d{1,6}))?")


def microusd(text: str) -> int:
    """`0.25`, `$2` or `1.5` as micro-dollars; 0 allows no cost at all. Raises UsageError."""
    match = _DOLLARS.fullmatch(text.strip()) if text.isascii() else None
    if match is None:
        raise UsageError(f"{text.strip()[:40]!r} is no amount.", fix="Write dollars with a point, such as 0.25 or 2.")
    whole, part = match[1], match[2] or ""
    return checked(int(whole) * 1_000_000 + int(part.ljust(6, "0")))


def checked(amount: int) -> int:
    """The amount, if it can be a budget. Raises UsageError."""
    if not 0 <= amount <= MOST_MICROUSD:
        raise UsageError(
            f"A budget of {dollars(amount)} a run is not possible.", fix=f"Give $0 to {dollars(MOST_MICROUSD)}."
        )
    return amount


def dollars(amount: int) -> str:
    """Exactly, with cents at least: `$0.25`, `$0.0005`, `-$1.00`."""
    whole, part = divmod(abs(amount), 1_000_000)
    digits = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}${whole:,}.{digits}"


def rounded(amount: int) -> str:
    """In cents; below one, by the first two digits that say something: `$1.25`, `$0.00`, `$0.0031`, `$0.000001`.

    What costs something never shows as nothing.
    """
    if not 0 < abs(amount) < 10_000:
        return f"{'-' if amount < 0 else ''}${abs(amount) / 1_000_000:,.2f}"
    digits = len(str(abs(amount))) - 2
    return dollars(round(amount, -digits) if digits > 0 else amount)
