"""Art direction: which composition, typeface and layout a brief gets.

The artist decides the family (so that covers of one artist are a series), the song's seed decides within it.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass

from engine.visuals.brief import CoverBrief
from engine.visuals.compositions import ridges
from engine.visuals.compositions.look import Composition
from engine.visuals.lettering import LAYOUTS, Layout


@dataclass(frozen=True, slots=True)
class Style:
    """One cover's direction."""

    name: str
    composition: Composition
    layout: Layout
    typeface: str
    second_typeface: str
    upper: bool
    tracking: float
    grain: float
    vignette: float
    habit: float

    def cased(self, text: str) -> str:
        """The title as this style writes it."""
        return text.upper() if self.upper else text


def of_cover(brief: CoverBrief) -> Style:
    """The direction for a brief."""
    artist = random.Random(zlib.crc32(brief.artist.encode("utf-8", "replace")))
    layout = artist.choice(list(LAYOUTS.values()))
    typeface = artist.choice(("bebas", "serif", "grotesk", "syne", "jost"))
    return Style(
        name="ridges",
        composition=ridges.draw,
        layout=layout,
        typeface=typeface,
        second_typeface="jost",
        upper=typeface in ("bebas", "syne"),
        tracking=0.0,
        grain=5.0,
        vignette=0.25,
        habit=artist.random(),
    )
