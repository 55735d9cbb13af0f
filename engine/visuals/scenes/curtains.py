"""Curtains of light in a night sky."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import noise
from engine.visuals.scenes.stage import Draw, Moment, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scene(stage: Stage) -> Draw:
    """Three curtains hang from waving lines; their folds brighten with their part of the spectrum."""
    rng = stage.rng
    x = stage.x[0]
    folds = [noise.line(rng, 2048, 60, octaves=4, rough=0.7) for _ in range(3)]
    places = rng.uniform(-0.1, 0.55, 3)
    phases = rng.uniform(0, 6.28, (3, 3))
    heights = rng.uniform(0.55, 1.1, 3)
    stars = stage.flat()
    for sx, sy, size in rng.random((160, 3)):
        stars[int(sy * (stage.height - 1)), int(sx * (stage.width - 1))] = 0.25 + 0.6 * size**3
    ground = (0.05 + 0.10 * (stage.y + 1) / 2).astype(np.float32)
    hill = (0.72 + 0.16 * noise.line(rng, stage.width, 3, rough=0.45)).astype(np.float32)
    land = stage.inside(stage.y - hill[None, :])

    def draw(now: Moment) -> NDArray[np.float32]:
        light = ground + stars * np.float32(0.6 + 0.4 * now.treble)
        for index, level in enumerate((now.bass, now.mid, now.treble)):
            a, b, c = phases[index]
            slow = now.travel * 0.35
            foot = places[index] + 0.16 * np.sin(1.3 * x + a + slow) + 0.09 * np.sin(2.9 * x + b - slow * 1.7)
            at = (x * 90 + 40 * np.sin(0.8 * x + c + slow) + 1024 + now.travel * 9) % 2047
            strength = np.interp(at, np.arange(2048), folds[index]) ** 1.4 * (0.35 + 0.85 * level)
            # A veil ends at its foot: nothing of it is below.
            last = max(0, int((float(foot.max()) + 1) / stage.pixel) + 2)
            up = np.maximum(foot.astype(np.float32)[None, :] - stage.y[:last], 0)
            veil = np.exp(up * np.float32(-2.3 / heights[index]))
            veil *= np.minimum(up * 9, 1)
            veil *= strength.astype(np.float32)[None, :] * np.float32(0.85)
            light[:last] += veil
        return np.asarray(light * (1 - land) + 0.02 * land, np.float32)

    return draw
