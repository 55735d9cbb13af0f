"""Cut-paper waves that roll with the music."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage, over

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHEETS = 8


def scene(stage: Stage) -> Draw:
    """Eight sheets from back to front, each with a shadow; low bands move the near ones."""
    rng = stage.rng
    x = stage.x[0]
    phases = rng.uniform(0, 6.28, (_SHEETS, 2))
    turns = rng.uniform(0.8, 2.0, _SHEETS)
    ways = rng.choice([-1.0, 1.0], _SHEETS)
    tones = np.tile([0.30, 0.68, 0.46, 0.86], 2)[:_SHEETS] * np.linspace(1.0, 0.72, _SHEETS)
    tones = np.roll(tones, int(rng.integers(0, 4)))
    sun_x, sun_y, radius = rng.uniform(-0.8, 0.8), rng.uniform(-0.55, -0.3), rng.uniform(0.24, 0.36)
    sun_x, sun_y = stage.aside(sun_x, radius), stage.aloft(sun_y, radius)
    distance = np.hypot(stage.x - np.float32(sun_x), stage.y - np.float32(sun_y))
    about = stage.around(sun_x, sun_y, radius * 1.1)
    near_sun = distance[about]
    sky = (0.12 + 0.10 * (stage.y + 1) / 2).astype(np.float32)

    def draw(now: Moment) -> NDArray[np.float32]:
        light = np.repeat(sky, stage.width, axis=1)
        over(light[about], 0.97, stage.inside(np.float32(radius * (1 + 0.05 * now.bass)) - near_sun))
        edges = []
        for index in range(_SHEETS):
            share = index / (_SHEETS - 1)
            level = float(now.spectrum[(_SHEETS - 1 - index) * 6])
            slow = now.travel * (0.35 + 0.5 * share) * ways[index]
            swing = 0.06 + 0.07 * level
            wave = swing * np.sin(turns[index] * 1.7 * x + phases[index, 0] + slow)
            wave += 0.4 * swing * np.sin(turns[index] * 4.1 * x + phases[index, 1] - slow * 1.6)
            edges.append((-0.38 + 1.28 * share + wave).astype(np.float32)[None, :])
        # Below the next sheet's lowest place nothing of this one is seen.
        ends = [int((float(edge.max()) + 1) / stage.pixel) + 3 for edge in edges[1:]] + [stage.height]
        for index, (edge, end) in enumerate(zip(edges, ends, strict=True)):
            first = max(0, int((float(edge.min()) + 0.86) / stage.pixel))
            depth = stage.y[first:end] - edge
            light[first:end] *= 1 - np.float32(0.42) * np.clip(1 + depth * np.float32(8), 0, 1)
            tone = np.float32(tones[index]) * (np.float32(1.06) - np.float32(0.22) * np.clip(depth * 2.2, 0, 1))
            over(light[first:end], tone.astype(np.float32), stage.inside(depth))
        return light

    return draw
