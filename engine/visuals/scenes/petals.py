"""An opening flower, seen from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage, over

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RINGS = 6
_STEPS = 720


def scene(stage: Stage) -> Draw:
    """Six rings of petals, each following its part of the spectrum, turning slowly against each other."""
    rng = stage.rng
    cx, cy = rng.uniform(-0.4, 0.4), rng.uniform(-0.12, 0.12)
    x, y = stage.x - np.float32(cx), stage.y - np.float32(cy)
    radius = np.hypot(x, y).astype(np.float32)
    angle = ((np.arctan2(y, x) / (2 * np.pi) + 0.5) * _STEPS).astype(np.int32) % _STEPS
    around = np.linspace(0, 2 * np.pi, _STEPS, endpoint=False)
    petals = int(rng.integers(5, 9))
    sharp = rng.uniform(0.5, 0.9)
    halo = (0.10 + 0.16 * np.exp(-0.9 * radius)).astype(np.float32)

    def draw(now: Moment) -> NDArray[np.float32]:
        light = halo * np.float32(0.8 + 0.5 * now.bass)
        for ring in range(_RINGS):
            share = ring / _RINGS
            level = float(now.spectrum[min(47, ring * 8) : ring * 8 + 8].mean())
            turn = now.travel * (0.16 + 0.05 * ring) * (1 if ring % 2 else -1) + ring * 0.6
            wave = np.abs(np.cos((around + turn) * petals / 2)) ** sharp
            size = (1.16 - 1.04 * share) * (0.84 + 0.16 * level + 0.03 * now.pulse)
            edge = (size * (0.46 + 0.54 * wave)).astype(np.float32)[angle]
            depth = edge - radius
            tone = np.float32(0.20 + 0.66 * share) - np.float32(0.26) * np.clip(1 - depth * np.float32(3.2), 0, 1)
            rim = np.clip(1 - np.abs(depth) * np.float32(38), 0, 1) * np.float32(0.10 + 0.2 * level)
            over(light, (tone + rim + np.float32(0.08 * level)).astype(np.float32), stage.inside(depth))
            shadow = np.clip(1 + depth * np.float32(9), 0, 1) * (depth < 0)
            light *= 1 - np.float32(0.22) * shadow
        return np.asarray(light, np.float32)

    return draw
