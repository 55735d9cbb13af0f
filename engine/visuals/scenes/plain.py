"""A plain of lines that rushes to a striped sun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import noise
from engine.visuals.scenes.stage import Draw, Moment, Stage, over

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scene(stage: Stage) -> Draw:
    """Lines glow with the bass, the sun's stripes climb, the spectrum stands on the horizon as hills."""
    rng = stage.rng
    horizon = 0.02 + 0.14 * rng.random()
    lean = rng.uniform(-0.5, 0.5) * stage.habit
    radius = stage.fit(0.44 + 0.12 * rng.random())
    lean = stage.aside(lean, radius)
    first = int((horizon + 1) / stage.pixel)
    depth = (1.0 / (stage.y[first:] - horizon + 0.02)).astype(np.float32)
    across = (stage.x - np.float32(lean)) * depth
    slope = np.hypot(depth, np.abs(across) * depth) * np.float32(stage.pixel)  # of `across` over one pixel
    thin = (depth * depth * np.float32(stage.pixel)).astype(np.float32)
    near = np.clip(1.25 - 0.045 * depth, 0, 1).astype(np.float32)
    width = np.maximum(np.float32(0.022), slope * np.float32(0.8))
    columns = np.clip(1.3 - np.abs((across + 0.5) % 1 - 0.5) / width, 0, 1) * np.minimum(1, 0.03 / width)
    columns = columns.astype(np.float32)
    away = np.clip(np.abs(stage.x[0] - lean) / stage.aspect, 0, 1)
    peaks = (0.35 + 0.65 * noise.line(rng, stage.width, 26, rough=0.6)) * np.clip(away * 2.2 - 0.45, 0, 1)
    sun_y = horizon - radius * rng.uniform(0.5, 0.85)
    distance = np.hypot(stage.x - np.float32(lean), stage.y - np.float32(sun_y))
    about = stage.around(lean, sun_y, radius * 1.1)
    near_sun, down = distance[about], (stage.y[about[0]] - np.float32(sun_y)) / radius
    halo = np.exp(-1.9 * distance).astype(np.float32)
    sky = (0.03 + 0.36 * np.clip((stage.y + 1) / (1 + horizon), 0, 1) ** 2.4).astype(np.float32)

    def draw(now: Moment) -> NDArray[np.float32]:
        light = sky + halo * np.float32(0.16 + 0.3 * now.bass)
        gaps = (
            np.clip(((down * 5 - now.travel * 0.5) % 1 - (0.42 - 0.34 * np.clip(down + 0.15, 0, 1))) * 14, -0.5, 0.5)
            + 0.5
        )
        gaps = np.where(down < -0.15, 0, 1 - gaps)
        face = (0.98 - 0.28 * np.clip(down + 0.5, 0, 1.5)).astype(np.float32)
        cover = stage.inside(np.float32(radius * (1 + 0.03 * now.pulse)) - near_sun)
        over(light[about], face, cover * (1 - gaps.astype(np.float32)))
        rise = np.interp(away * 40 + 3, np.arange(48), now.spectrum) * peaks
        top = (horizon - 0.17 * rise).astype(np.float32)
        over(light, 0.08, stage.inside(stage.y - top[None, :]))
        width = np.maximum(np.float32(0.03), thin * np.float32(0.8))
        rows = np.clip(1.3 - np.abs((depth * 0.9 + now.travel * 2.2) % 1 - 0.5) / width, 0, 1) * np.minimum(
            1, 0.04 / width
        )
        lines = np.maximum(columns, rows) * near
        light[first:] = 0.05 + lines * np.float32(0.42 + 0.36 * now.bass) + np.float32(0.10) * near
        glow = np.exp(-np.abs(stage.y - horizon) * 22) * np.float32(0.5 + 0.3 * now.bass)
        return np.asarray(np.maximum(light, glow), np.float32)

    return draw
