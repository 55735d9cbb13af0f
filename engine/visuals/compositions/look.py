"""What a composition works from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.canvas import Canvas
from engine.visuals.colour import Colours, Rgb

if TYPE_CHECKING:
    from PIL import Image

_FADE = 0.1
"""Share of the side over which a picture fades where lettering begins."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """The four colours in their parts on one cover."""

    ground: Rgb
    main: Rgb
    accent: Rgb
    detail: Rgb


@dataclass(frozen=True, slots=True)
class Free:
    """The part of the sheet that lettering leaves free, as shares of the side."""

    left: float
    top: float
    right: float
    bottom: float
    hole: tuple[float, float] | None = None
    """Top and bottom of lettering in the middle of the free part."""

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the free part."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """Height of the free part."""
        return self.bottom - self.top

    @property
    def text_above(self) -> bool:
        """Whether most of the lettering is above."""
        return self.top > 1 - self.bottom

    @property
    def reach(self) -> float:
        """Radius of a disc that fits."""
        return min(self.right - self.left, self.height) / 2


@dataclass(frozen=True, slots=True)
class Look:
    """One cover's colours, chance, energy 0..1, and the artist's own habit (0..1, the same on all covers of theirs)."""

    colours: Colours
    scheme: Scheme
    rng: np.random.Generator
    energy: float
    habit: float
    free: Free

    def quiet(self, canvas: Canvas, mask: Image.Image, floor: float = 0.0) -> Image.Image:
        """`mask` faded to the share `floor` where the lettering stands."""
        from PIL import ImageChops

        at = np.linspace(0, 1, 600)
        inside = np.ones_like(at)
        if self.free.top > 0:
            inside *= np.clip((at - self.free.top) / _FADE + 0.3, 0, 1)
        if self.free.bottom < 1:
            inside *= np.clip((self.free.bottom - at) / _FADE + 0.3, 0, 1)
        if self.free.hole:
            top, bottom = self.free.hole
            inside *= np.clip(np.maximum(top - at, at - bottom) / _FADE + 0.5, 0, 1)
        inside = inside * inside * (3 - 2 * inside)
        falloff = canvas.mask_of(np.repeat((floor + (1 - floor) * inside)[:, None], 4, axis=1))
        return ImageChops.multiply(mask, falloff)


Composition = Callable[[Canvas, Look], None]
