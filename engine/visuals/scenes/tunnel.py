"""A ride through a ring-shaped tunnel whose panels light up with the spectrum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage, bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SECTORS = 24
_END = 1 / 6
"""The radius of the light at its end."""


def scene(stage: Stage) -> Draw:
    """Sectors carry bands, rings carry time: a ring keeps the spectrum it was born with and comes nearer."""
    rng = stage.rng
    cx, cy = stage.aside(rng.uniform(-0.35, 0.35), _END), stage.amid(rng.uniform(-0.18, 0.18), _END)
    x, y = stage.x - np.float32(cx), stage.y - np.float32(cy)
    corners = 4 if stage.habit > 0.66 else 0
    radius = np.maximum(np.abs(x), np.abs(y)) if corners else np.hypot(x, y)
    radius = np.maximum(radius, np.float32(0.02)).astype(np.float32)
    depth = (0.9 / radius).astype(np.float32)
    angle = ((np.arctan2(y, x) / (2 * np.pi) + 0.5) * _SECTORS).astype(np.float32)
    sector = np.minimum(angle.astype(np.int32), _SECTORS - 1)
    seam = np.clip((0.5 - np.abs(angle % 1 - 0.5)) * radius * 26, 0, 1).astype(np.float32)
    fog = np.exp(-0.16 * depth).astype(np.float32)
    end = np.clip(1 - radius * 6, 0, 1).astype(np.float32)
    joints = (9 / (1 + depth * 0.12)).astype(np.float32)
    depth *= np.float32(1.6)
    shade = seam * fog
    mirror = np.abs(np.arange(_SECTORS) - _SECTORS // 2) * 2 % _SECTORS

    def draw(now: Moment) -> NDArray[np.float32]:
        way = depth + np.float32(now.travel * 3.2)
        ring = way.astype(np.int32)
        way -= ring
        joint = np.minimum(way, 1 - way)
        joint *= joints
        levels = bands(now, _SECTORS)[mirror]
        table = np.empty((8, _SECTORS), np.float32)
        for row in range(8):
            table[row] = np.roll(levels, row * 5)
        table = 0.07 + 0.78 * table * table
        ring &= 7
        ring *= _SECTORS
        ring += sector
        light = table.ravel().take(ring)
        light *= np.minimum(joint, 1)
        light *= shade
        return np.asarray(
            light + end * np.float32(0.5 + 0.5 * now.bass) + fog * np.float32(0.04 + 0.10 * now.bass), np.float32
        )

    return draw
