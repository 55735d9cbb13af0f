"""Moonlight on water."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import noise
from engine.visuals.scenes.stage import Draw, Moment, Stage, over

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TILE = 512
_WITHIN = _TILE - 1
"""What is left of a place after whole tiles, as a mask of bits: much cheaper than a division."""


def scene(stage: Stage) -> Draw:
    """Swell runs towards us; its glitter under the moon follows the treble, its height the bass."""
    rng = stage.rng
    horizon = -0.12 + 0.2 * rng.random()
    moon_x, moon_y, radius = rng.uniform(-0.7, 0.7), horizon - rng.uniform(0.3, 0.62), 0.13 + 0.1 * rng.random()
    moon_x, moon_y = stage.aside(moon_x, radius), stage.aloft(moon_y, radius)
    distance = np.hypot(stage.x - np.float32(moon_x), stage.y - np.float32(moon_y))
    halo = np.exp(-2.2 * distance).astype(np.float32)
    cloud = noise.field(rng, (stage.height, stage.width), 3, octaves=4, stretch=0.45)
    about = stage.around(moon_x, moon_y, radius * 1.1)
    near_moon = distance[about]
    sky = (0.05 + 0.24 * np.clip((stage.y + 1) / (1 + horizon), 0, 1) ** 2 + 0.10 * cloud).astype(np.float32)
    first = int((horizon + 1) / stage.pixel)
    depth = (1 / (stage.y[first:] - horizon + 0.035)).astype(np.float32)
    waves = _swell(rng)
    column = ((stage.x - np.float32(moon_x)) * depth * np.float32(105) + 4096).astype(np.int32)
    path = np.exp(-(((stage.x - np.float32(moon_x)) / (0.16 + 0.34 * (stage.y[first:] - horizon))) ** 2)).astype(
        np.float32
    )

    def draw(now: Moment) -> NDArray[np.float32]:
        light = np.empty((stage.height, stage.width), np.float32)
        light[:] = sky + halo * np.float32(0.22 + 0.22 * now.mid)
        over(light[about], 0.98, stage.inside(np.float32(radius * (1 + 0.03 * now.bass)) - near_moon))
        row = (depth * 150 + now.travel * 60).astype(np.int32)
        one = waves[row & _WITHIN, (column + int(now.travel * 12)) & _WITHIN]
        two = waves[(row * 2 - int(now.travel * 20)) & _WITHIN, (column * 2 - int(now.travel * 30)) & _WITHIN]
        swell = (one + two) * np.float32(0.5)
        crest = np.clip((swell - np.float32(0.60 - 0.08 * now.bass)) * 7, 0, 1)
        glitter = np.clip((swell - np.float32(0.46 - 0.05 * now.treble)) * 9, 0, 1) * path
        far = np.clip(depth * np.float32(0.035), 0, 1)
        water = 0.07 + 0.20 * far + 0.15 * swell + crest * np.float32(0.14 + 0.12 * now.bass)
        light[first:] = water + glitter * np.float32(0.5 + 0.25 * now.mid)
        return light

    return draw


def _swell(rng: np.random.Generator) -> NDArray[np.float32]:
    """A seamless tile of waves, 0..1."""
    field = noise.field(rng, (_TILE, _TILE), 8, octaves=4, stretch=0.7)
    tile = (field + field[::-1] + field[:, ::-1] + field[::-1, ::-1]) / 4
    return np.asarray((tile - tile.min()) / max(1e-6, float(tile.max() - tile.min())), np.float32)
