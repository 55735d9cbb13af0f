"""What every source of stock video can do, and how its answer is read without trusting its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.domain.stock import Licence, Offer
from engine.safety.request import Way
from engine.safety.secrets import Secret
from engine.safety.text import plain

MOST_OFFERS = 40
LEAST_SECONDS, LEAST_WIDTH = 4.0, 960
_SHORT = 120


@dataclass(frozen=True, slots=True)
class Access:
    """How a source is reached: its base address, its key, the way there."""

    base: str
    key: Secret
    way: Way


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and the answer's headers, which hold the rate limit."""

    offers: tuple[Offer, ...]
    headers: Mapping[str, str]


class Search(Protocol):
    """Searches wide videos that show the words. Raises DownloadError."""

    async def __call__(self, access: Access, words: str) -> Found: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One source: its name, its licence, its search."""

    name: str
    licence: Licence
    search: Search


def text(value: Any, limit: int = _SHORT) -> str:
    """Foreign text made harmless, empty for anything that is none."""
    return plain(value, limit=limit).strip() if isinstance(value, str) else ""


def number(value: Any) -> float:
    """A number that can be a size or a duration, else 0."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6
    return float(value) if good else 0.0


def address(value: Any) -> str:
    """A web address, empty for anything else; the door checks it again before anything is fetched."""
    good = isinstance(value, str) and len(value) < 2_000 and value.startswith(("https://", "http://127.0.0.1:"))
    return value if good and value.isascii() and value.isprintable() else ""


def worth(offer: Offer) -> bool:
    """Whether the video can be used at all: wide, large and long enough, and it can be credited."""
    return (
        bool(offer.file and offer.page and offer.id)
        and offer.width >= LEAST_WIDTH
        and offer.width > offer.height > 0
        and offer.duration_s >= LEAST_SECONDS
    )
