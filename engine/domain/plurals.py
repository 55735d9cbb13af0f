"""How many of something there are, in words."""

from __future__ import annotations


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 run`, `3 runs`; thousands apart."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
