"""What every scene works with: the pixel grids, the moment in the music, and the form of a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Field = "NDArray[np.float32]"


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame. Seconds `t` since the track's and `shot_t` since the shot's start; levels and phases 0..1.

    `beat` and `bar` are phases since the last beat and bar line; `pulse` is 1 on a beat and falls off; `travel` only
    grows, faster where the music is louder: use it for motion that must not jump.
    """

    t: float
    shot_t: float
    bass: float
    mid: float
    treble: float
    onset: float
    loud: float
    beat: float
    bar: float
    pulse: float
    travel: float
    spectrum: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stage:
    """A shot's fixed things: size in pixels, chance, energy, and the artist's habit 0..1.

    x runs from -aspect to aspect, y from -1 (top) to 1 (bottom), both (1, w) and (h, 1).
    """

    width: int
    height: int
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    rng: np.random.Generator
    energy: float
    habit: float

    @classmethod
    def of(cls, width: int, height: int, *, seed: int, energy: float, habit: float) -> Stage:
        """A stage for one shot."""
        aspect = width / height
        x = (((np.arange(width) + 0.5) / width * 2 - 1) * aspect).astype(np.float32)
        y = ((np.arange(height) + 0.5) / height * 2 - 1).astype(np.float32)
        return cls(width, height, x[None, :], y[:, None], np.random.default_rng(seed), energy, habit)


Draw = Callable[[Moment], "NDArray[np.float32]"]
"""Light 0..1 for every pixel, (height, width)."""
Scene = Callable[[Stage], Draw]
"""Sets the scene up for one shot and returns what draws its frames."""
