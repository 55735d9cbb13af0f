"""What a composition works from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.visuals.canvas import Canvas
from engine.visuals.colour import Colours


@dataclass(frozen=True, slots=True)
class Look:
    """One cover's colours, chance, energy 0..1, and the artist's own habit (0..1, the same on all covers of theirs)."""

    colours: Colours
    rng: np.random.Generator
    energy: float
    habit: float


Composition = Callable[[Canvas, Look], None]
