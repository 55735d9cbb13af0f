"""What to search for, and which offers to take: by mood and subject, pace, palette, and what was shown lately."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping, Sequence

from engine.domain.persona import Palette, VisualIdentity
from engine.domain.stock import Offer

_SLOW, _FAST = 85, 128
_DULL = frozenset({"and", "the", "with", "from", "into", "over", "under", "after", "before", "lit", "very", "that"})
_HUES = (
    (15, "red"),
    (45, "orange"),
    (70, "yellow"),
    (165, "green"),
    (200, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (348, "pink"),
    (360, "red"),
)
_GREY = 0.12
"""Saturation below which a colour has no name."""


def searches(look: VisualIdentity, mood: str, tempo_bpm: int, themes: Sequence[str]) -> tuple[str, ...]:
    """Two questions: the artist's motif at the song's pace, and the song's mood in the artist's colour."""
    pace = "slow motion" if tempo_bpm < _SLOW else "fast motion" if tempo_bpm > _FAST else ""
    motif = _words(look.motif)[:3] or _words(" ".join(look.keywords))[:3]
    feeling = [*_words(mood)[:2], *_words(" ".join(look.keywords))[:1], *_words(" ".join(themes))[:1]]
    asked = (" ".join([*motif, pace]).strip(), " ".join([*feeling, hue(look.palette)]).strip())
    return tuple(dict.fromkeys(words for words in asked if words))


def hue(palette: Palette) -> str:
    """The name of the palette's glow, empty for a grey and for what is no colour."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", palette.glow):
        return ""
    red, green, blue = (int(palette.glow[place : place + 2], 16) / 255 for place in (1, 3, 5))
    high, low = max(red, green, blue), min(red, green, blue)
    if high - low < _GREY * max(high, 0.01):
        return ""
    if high == red:
        angle = (green - blue) / (high - low) % 6
    elif high == green:
        angle = (blue - red) / (high - low) + 2
    else:
        angle = (red - green) / (high - low) + 4
    return next(name for end, name in _HUES if angle * 60 <= end)


def shortlist(
    offers: Sequence[Offer],
    wanted: Sequence[str],
    *,
    ranks: Mapping[str, float],
    shown: Collection[tuple[str, str]],
    seed: int,
    most: int,
) -> list[Offer]:
    """The best `most` by what they show and by how their source did, best first; none that the label showed lately.

    Equal arguments give the same list; among equals the seed decides.
    """
    own = random.Random(f"stock:{seed}")
    said = {word for words in wanted for word in _words(words)}
    fresh = {(offer.source, offer.id): offer for offer in offers if (offer.source, offer.id) not in shown}

    def worth(offer: Offer) -> float:
        about = len(said & set(_words(offer.words))) / max(1, len(said))
        return about + 0.5 * ranks.get(offer.source, 0.5) + 0.25 * own.random()

    return sorted(fresh.values(), key=worth, reverse=True)[:most]


def by_palette(offers: Sequence[Offer], distances: Sequence[float | None], most: int) -> list[Offer]:
    """Of a short list, best first, the `most` whose colours lie nearest; unknown ones count as usual.

    From the first place of the list to the last weighs as much as a quarter of the way from black to white.
    """
    known = [distance for distance in distances if distance is not None]
    usual = sum(known) / len(known) if known else 0.0
    step = 0.25 / max(1, len(offers) - 1)
    scored = [
        (place * step + (usual if distance is None else distance), place) for place, distance in enumerate(distances)
    ]
    return [offers[place] for _, place in sorted(scored)[:most]]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]{3,}", text.lower()[:400]) if word not in _DULL]
