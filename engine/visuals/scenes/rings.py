"""Rings that every beat sends out from one point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = 1024
_CORE = 0.17
"""The radius of a centre where the bass is loudest."""


def scene(stage: Stage) -> Draw:
    """Light is a function of the distance alone, so one table a frame is enough; two centres share it."""
    rng = stage.rng
    gap = rng.uniform(0.25, 0.8) if stage.habit > 0.4 else 0.0
    turn = rng.uniform(0, 6.28)
    away, above = stage.aside(gap * np.cos(turn)), 0.5 * gap * np.sin(turn)
    centres = [(away, stage.amid(above, _CORE)), (-away, stage.amid(-above, _CORE))]
    reach = 2.6
    tables = [
        np.minimum(np.hypot(stage.x - np.float32(cx), stage.y - np.float32(cy)) * (_STEPS / reach), _STEPS - 1).astype(
            np.int16
        )
        for cx, cy in centres[: 2 if gap else 1]
    ]
    radius = np.linspace(0, reach, _STEPS, dtype=np.float32)
    pace = 0.42

    def draw(now: Moment) -> NDArray[np.float32]:
        profile = np.zeros(_STEPS, np.float32)
        newest = int(now.beats)
        for beat in range(newest, max(-1, newest - 8), -1):
            age = now.beats - beat
            front = age * pace
            width = 0.020 + 0.030 * age
            fade = np.exp(-0.30 * age)
            profile += np.float32(0.62 * fade) * np.exp(-(((radius - front) / width) ** 2))
            profile += np.float32(0.10 * fade) * (radius < front)
        spectrum = np.interp(radius * 18, np.arange(48), now.spectrum).astype(np.float32)
        profile += spectrum * np.float32(0.30) * np.exp(-1.3 * radius)
        core = np.clip((0.10 + 0.07 * now.bass - radius) / 0.012, 0, 1)
        profile = np.maximum(profile, core).astype(np.float32) + np.float32(0.05)
        light = profile[tables[0]]
        for table in tables[1:]:
            light = np.maximum(light, profile[table])
        return np.asarray(light, np.float32)

    return draw
