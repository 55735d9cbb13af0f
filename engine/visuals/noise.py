"""Smooth random fields: grids of random numbers, enlarged and summed in octaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def field(
    rng: np.random.Generator, shape: tuple[int, int], cells: float, *, octaves: int = 4, stretch: float = 1.0
) -> NDArray[np.float32]:
    """(height, width) between 0 and 1; `cells` hills across the width, `stretch` > 1 draws them out sideways."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    weight = 1.0
    for octave in range(octaves):
        across = cells * 2**octave / stretch
        down = cells * 2**octave * height / width
        total += weight * _enlarged(rng, shape, (max(1, round(down)), max(1, round(across))))
        weight *= 0.5
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def _enlarged(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> NDArray[np.float32]:
    from PIL import Image

    grid = rng.random((cells[0] + 3, cells[1] + 3), dtype=np.float32)
    box = (1.0, 1.0, 1.0 + cells[1], 1.0 + cells[0])
    picture = Image.fromarray(grid).resize((shape[1], shape[0]), Image.Resampling.BICUBIC, box=box)
    return np.asarray(picture, np.float32)


def line(
    rng: np.random.Generator, length: int, cells: float, *, octaves: int = 5, rough: float = 0.5
) -> NDArray[np.float32]:
    """(length,) between 0 and 1: a ridge line; `rough` is how much of each octave the next one keeps."""
    total = np.zeros(length, np.float32)
    at = np.linspace(0, 1, length, dtype=np.float32)
    for octave in range(octaves):
        knots = max(2, round(cells * 2**octave)) + 1
        heights = rng.random(knots)
        place = at * (knots - 1)
        low = np.minimum(place.astype(np.int64), knots - 2)
        share = place - low
        share = share * share * (3 - 2 * share)
        total += (rough**octave * (heights[low] * (1 - share) + heights[low + 1] * share)).astype(np.float32)
    low_value, high_value = float(total.min()), float(total.max())
    return (total - low_value) / max(high_value - low_value, 1e-6)
