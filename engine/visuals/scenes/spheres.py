"""A lit body in space with rings and smaller bodies on their orbits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage, over

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scene(stage: Stage) -> Draw:
    """The body swells with the bass, each orbit glows with a band, stars drift."""
    rng = stage.rng
    cx, cy = rng.uniform(-0.55, 0.55), rng.uniform(-0.2, 0.12)
    radius, tilt, flat = rng.uniform(0.30, 0.46), rng.uniform(-0.5, 0.5), rng.uniform(0.22, 0.45)
    radius = stage.fit(radius)
    cx, cy = stage.aside(cx, radius), stage.amid(cy, radius)
    x, y = stage.x - np.float32(cx), stage.y - np.float32(cy)
    distance = np.hypot(x, y)
    along, aside = x * np.cos(tilt) + y * np.sin(tilt), (y * np.cos(tilt) - x * np.sin(tilt)) / flat
    orbit = np.hypot(along, aside).astype(np.float32)
    slope = np.float32(stage.pixel * 1.1 / flat)
    rings = np.linspace(radius * 1.7, radius * 4.6, 6) * rng.uniform(0.94, 1.06, 6)
    lines = [np.clip(1.3 - np.abs(orbit - np.float32(ring)) / slope, 0, 1).astype(np.float32) for ring in rings]
    behind = (aside < 0) & (distance < radius)
    lines = [np.where(behind, np.float32(0), line) for line in lines]
    traces = [(places := np.flatnonzero(line), line.ravel()[places]) for line in lines]
    about = stage.around(cx, cy, radius * 1.1)
    near_body, bx, by = distance[about], x[:, about[1]], y[about[0]]
    turn = rng.uniform(0, 6.28)
    stars = _stars(stage)
    halo = np.exp(-1.5 * distance).astype(np.float32)
    phases, speeds = rng.uniform(0, 6.28, 6), 0.9 / rings**1.5

    def draw(now: Moment) -> NDArray[np.float32]:
        light = np.roll(stars, int(now.t * 3), axis=1) * np.float32(0.5 + 0.5 * now.treble)
        light += 0.04 + halo * np.float32(0.20 + 0.30 * now.bass)
        pixels = light.reshape(-1)
        for index, (places, line) in enumerate(traces):
            level = float(now.spectrum[index * 7 + 2])
            pixels[places] += line * np.float32(0.16 + 0.5 * level)
        size = np.float32(radius * (1 + 0.04 * now.bass))
        angle = turn + now.t * 0.12
        sx, sy = 0.55 * float(np.cos(angle)), 0.55 * float(np.sin(angle)) - 0.2
        shade = 1.02 - np.hypot(bx / size - np.float32(sx), by / size - np.float32(sy)) * np.float32(0.62)
        over(light[about], np.clip(shade, 0.03, 1).astype(np.float32), stage.inside(size - near_body))
        for index in range(1, 6, 2):
            place = phases[index] + now.travel * speeds[index]
            u, v = rings[index] * np.cos(place), rings[index] * np.sin(place) * flat
            px, py = cx + u * np.cos(tilt) - v * np.sin(tilt), cy + u * np.sin(tilt) + v * np.cos(tilt)
            if v < 0 and np.hypot(px - cx, py - cy) < radius:
                continue
            _ball(stage, light, (float(px), float(py)), 0.035 + 0.02 * index / 5, (sx, sy))
        return light

    return draw


def _stars(stage: Stage) -> NDArray[np.float32]:
    stars = stage.flat()
    for sx, sy, size in stage.rng.random((220, 3)):
        stars[int(sy * (stage.height - 1)), int(sx * (stage.width - 1))] = 0.2 + 0.7 * size**4
    return stars


def _ball(
    stage: Stage, light: NDArray[np.float32], at: tuple[float, float], size: float, lit: tuple[float, float]
) -> None:
    """A small lit ball, drawn only where it is."""
    rows, columns = stage.around(*at, size)
    x, y = (stage.x[:, columns] - at[0]) / size, (stage.y[rows] - at[1]) / size
    shade = np.clip(1.05 - np.hypot(x - lit[0], y - lit[1]) * 0.6, 0.05, 1).astype(np.float32)
    over(light[rows, columns], shade, stage.inside(((1 - np.hypot(x, y)) * size).astype(np.float32)))
