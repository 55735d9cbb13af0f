"""Stock video: what a source offers, what was shown of it, and how well each source did with reviewers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

RANK_HALF_LIFE = timedelta(days=30)
_PRIOR = 1.0
"""Approvals and rejections that every source begins with, so that one decision does not decide."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One video of a source. Size in pixels; `words` is what the source says it shows, in small letters."""

    source: str
    id: str
    page: str
    author: str
    author_page: str
    file: str
    width: int
    height: int
    duration_s: float
    words: str
    thumbnail: str = ""


@dataclass(frozen=True, slots=True)
class Licence:
    """Under which terms a source gives its videos, and the line of credit that it asks for."""

    name: str
    url: str
    credit: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A stock video as a clip shows it: `seconds` in all, from the first of `cuts` (seconds of the clip)."""

    source: str
    id: str
    page: str
    author: str
    author_page: str
    licence: str
    licence_url: str
    credit: str
    seconds: float
    cuts: tuple[float, ...]


def rank(decisions: Iterable[tuple[bool, datetime]], now: datetime) -> float:
    """0..1: the share of approvals among decisions on clips with this source in them, older ones counting less."""
    yes = no = _PRIOR
    for approved, at in decisions:
        weight = 0.5 ** max(0.0, (now - at) / RANK_HALF_LIFE)
        yes, no = yes + weight * approved, no + weight * (not approved)
    return yes / (yes + no)
