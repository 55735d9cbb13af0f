"""A plain of lines that runs to the horizon under a striped sun."""

from __future__ import annotations

import numpy as np

from engine.visuals.canvas import Canvas, Pen
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """Sky, sun cut by widening gaps, glowing horizon, floor in perspective."""
    dark, low, high, light = look.colours.by_light()
    rng, free = look.rng, look.free
    horizon = float(np.clip(free.top + free.height * 0.56, 0.4, 0.8)) if free.text_above else free.bottom - 0.04
    canvas.fill(
        canvas.wash([(0, mix(dark, (0, 0, 0), 0.3)), (horizon * 0.7, mix(dark, low, 0.55)), (horizon, low), (1.0, low)])
    )
    x = 0.5 + rng.uniform(-0.2, 0.2) * look.habit
    radius = min(0.23 + 0.05 * rng.random(), (horizon - (free.top if free.text_above else 0.05)) * 0.60)
    y = horizon - radius * rng.uniform(0.45, 0.8)
    canvas.glow((x, y), radius * 2.6, high, 0.7)
    face = canvas.wash([(0, light), (max(0.0, y - radius), light), (min(1.0, y + radius), high), (1.0, high)])
    canvas.paint(canvas.stencil(lambda pen: _striped(pen, (x, y), radius, 5 + int(rng.integers(0, 4)))), face)
    floor = canvas.shape([(0, horizon), (1, horizon), (1, 1), (0, 1)])
    canvas.paint(
        floor, canvas.wash([(0, dark), (horizon, mix(dark, low, 0.6)), (min(1.0, horizon + 0.3), dark), (1.01, dark)])
    )
    lines = canvas.stencil(lambda pen: _floor(pen, horizon, x, 9 + round(6 * look.energy)))
    fading = np.clip((np.linspace(0, 1, 600)[:, None] - horizon) / 0.10, 0.12, 1) * np.ones((1, 4))
    from PIL import ImageChops

    lines = ImageChops.multiply(lines, canvas.mask_of(fading))
    lines = lines if free.text_above else look.quiet(canvas, lines, 0.25)
    canvas.paint(canvas.softened(lines, 0.006), high, 0.8)
    canvas.paint(lines, mix(high, light, 0.45))
    away = (np.linspace(0, 1, 600)[:, None] - horizon) / 0.018
    canvas.paint(canvas.mask_of(0.9 * np.exp(-(away**2)) * np.ones((1, 4))), mix(high, light, 0.5))


def _striped(pen: Pen, centre: tuple[float, float], radius: float, stripes: int) -> None:
    pen.disc(centre, radius)
    for index in range(stripes):
        y = centre[1] - radius * 0.1 + radius * 1.15 * index / stripes
        gap = radius * (0.02 + 0.10 * index / stripes)
        pen.box((centre[0] - radius, y), (centre[0] + radius, y + gap), 0)


def _floor(pen: Pen, horizon: float, x: float, count: int) -> None:
    for index in range(-2 * count, 2 * count + 1):
        pen.line([(x + index * 0.012, horizon), (x + index * 2.4 / count, 1.0)], 0.0022)
    y = 0.008
    while horizon + y < 1.02:
        pen.line([(0.0, horizon + y), (1.0, horizon + y)], 0.0010 + 0.005 * y)
        y *= 1.42
