"""Rings on dark water: waves from a few drifting centres that meet and brighten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scene(stage: Stage) -> Draw:
    """Three centres; their rings travel outwards with the music."""
    rng = stage.rng
    centres = rng.uniform(-1, 1, (3, 2)) * (1.1, 0.6)
    drift = rng.uniform(0.05, 0.16, 3)
    phase = rng.uniform(0, 6.28, 3)
    density = 9 + 8 * stage.habit

    def draw(now: Moment) -> NDArray[np.float32]:
        total = np.zeros((stage.height, stage.width), np.float32)
        for (cx, cy), speed, start in zip(centres, drift, phase, strict=True):
            x = np.float32(cx + 0.4 * np.sin(now.t * speed + start))
            y = np.float32(cy + 0.3 * np.cos(now.t * speed * 1.3 + start))
            distance = np.sqrt((stage.x - x) ** 2 + (stage.y - y) ** 2)
            total += np.sin(distance * np.float32(density) - np.float32(now.travel * 5)) / (1 + distance)
        crest = np.clip(total * np.float32(0.30 + 0.22 * now.bass) + np.float32(0.36), 0, 1)
        return np.asarray(crest * crest * (3 - 2 * crest), np.float32)

    return draw
