"""Out-of-focus lights behind wet glass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import noise
from engine.visuals.scenes.stage import Draw, Moment, Stage, bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COUNT = 46


def scene(stage: Stage) -> Draw:
    """Discs drift in three depths and brighten with their bands; rain falls faster when it is loud."""
    rng = stage.rng
    spots = rng.uniform((-0.1, 0.0), (1.1, 1.0), (_COUNT, 2))
    spots[:, 1] = 0.5 + 0.30 * rng.standard_normal(_COUNT)
    sizes = np.sort(rng.choice([0.05, 0.085, 0.14, 0.21], _COUNT, p=[0.4, 0.3, 0.2, 0.1]))
    sprites = {size: _disc(stage, size) for size in np.unique(sizes)}
    speeds = rng.uniform(0.15, 0.6, _COUNT) * sizes * float(rng.choice([-1, 1]))
    own = rng.uniform(0.5, 1.0, _COUNT)
    mist = noise.field(rng, (stage.height, stage.width), 3, octaves=3) * 0.13
    drops = rng.random((110, 3))

    def draw(now: Moment) -> NDArray[np.float32]:
        light = mist * np.float32(0.7 + 0.6 * now.bass) + np.float32(0.03)
        levels = bands(now, _COUNT)
        for index in range(_COUNT):
            x = (spots[index, 0] + speeds[index] * now.travel + 0.25) % 1.5 - 0.25
            strength = own[index] * (0.13 + 0.50 * levels[(index * 7) % _COUNT])
            _add(light, sprites[sizes[index]], (float(x), float(spots[index, 1])), np.float32(strength))
        for x, y, speed in drops:
            fall = (y + now.travel * (0.5 + 0.6 * speed)) % 1.25 - 0.2
            row, column = int(fall * stage.height), int((x + 0.03 * fall) * (stage.width - 1))
            length = 4 + int(stage.height * 0.05 * speed)
            light[max(0, row) : max(0, row + length), min(column, stage.width - 1)] += np.float32(0.06 + 0.10 * speed)
        return light

    return draw


def _disc(stage: Stage, size: float) -> NDArray[np.float32]:
    """A lens disc: flat, a little brighter at its rim, soft at the edge."""
    radius = size * stage.height
    reach = int(radius * 1.2) + 2
    at = np.arange(-reach, reach + 1, dtype=np.float32)
    distance = np.hypot(at[None, :], at[:, None]) / np.float32(radius)
    softness = 0.05 + size
    body = np.clip((1 - distance) / softness + 0.5, 0, 1)
    return np.asarray(body * (0.72 + 0.28 * np.clip(distance, 0, 1) ** 6), np.float32)


def _add(
    light: NDArray[np.float32], sprite: NDArray[np.float32], at: tuple[float, float], strength: np.float32
) -> None:
    height, width = light.shape
    top = int(at[1] * height) - sprite.shape[0] // 2
    left = int(at[0] * width) - sprite.shape[1] // 2
    rows = slice(max(0, top), min(height, top + sprite.shape[0]))
    columns = slice(max(0, left), min(width, left + sprite.shape[1]))
    if rows.start < rows.stop and columns.start < columns.stop:
        part = sprite[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        light[rows, columns] += part * strength
