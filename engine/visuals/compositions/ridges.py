"""A low sun over ridges that fade with distance."""

from __future__ import annotations

import numpy as np

from engine.visuals import noise
from engine.visuals.canvas import Canvas, Pen
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """Sky, sun, five to eight ridges, nearer ones darker and rougher."""
    c, rng = look.colours, look.rng
    dark, low, high, light = c.by_light()
    horizon = 0.56 + 0.12 * rng.random()
    canvas.fill(
        canvas.wash([(0, mix(dark, low, 0.35)), (horizon * 0.75, low), (horizon, mix(low, high, 0.85)), (1, high)])
    )
    x = 0.28 + 0.44 * rng.random()
    radius = 0.13 + 0.09 * look.habit + 0.05 * rng.random()
    y = horizon - radius * (0.2 + 0.9 * rng.random())
    canvas.glow((x, y), radius * 3.2, mix(high, light, 0.5), 0.75)
    sun = canvas.stencil(lambda pen: pen.disc((x, y), radius))
    canvas.paint(sun, canvas.wash([(0, light), (y - radius, light), (y + radius, mix(high, light, 0.25)), (1, high)]))
    count = 5 + int(rng.integers(0, 4))
    for index in range(count):
        near = index / (count - 1)
        crest = noise.line(rng, 1200, 2.2 + 1.5 * near, rough=0.42 + 0.1 * look.energy)
        base = horizon + (1.02 - horizon) * near**1.25
        height = (0.07 + 0.13 * near) * (0.8 + 0.6 * look.energy)
        points = [(i / 1199, float(base - height * crest[i])) for i in range(1200)]
        ridge = canvas.stencil(lambda pen, points=points: _solid(pen, points))  # type: ignore[misc]
        far = mix(mix(low, high, 0.7), light, 0.15)
        top = mix(far, dark, near**0.75)
        canvas.paint(
            ridge,
            canvas.wash(
                [(0, top), (max(0.0, base - height), top), (min(1, base + 0.12), mix(top, far, 0.35 * (1 - near)))]
            ),
        )
    haze = np.exp(-(((np.linspace(0, 1, 300, dtype=np.float32)[:, None] - horizon) / 0.1) ** 2)) * np.ones(
        (1, 300), np.float32
    )
    canvas.paint(canvas.mask_of(haze * 0.28), mix(high, light, 0.4))


def _solid(pen: Pen, crest: list[tuple[float, float]]) -> None:
    pen.polygon([(0.0, 1.0), *crest, (1.0, 1.0)])
