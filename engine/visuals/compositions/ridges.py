"""A low sun over ridges that fade with distance."""

from __future__ import annotations

import numpy as np

from engine.visuals import noise
from engine.visuals.canvas import Canvas
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look

_POINTS = 1200


def draw(canvas: Canvas, look: Look) -> None:
    """Sky, sun, five to eight ridges, nearer ones darker and rougher."""
    dark, low, high, light = look.colours.by_light()
    rng, free = look.rng, look.free
    horizon = free.top + free.height * (0.5 + 0.1 * rng.random()) if free.text_above else free.bottom - 0.12
    horizon = float(np.clip(horizon, 0.34, 0.78))
    sky = [(0.0, mix(dark, low, 0.3)), (horizon * 0.75, low), (horizon, mix(low, high, 0.85)), (1.0, high)]
    canvas.fill(canvas.wash(sky))
    _sun(canvas, look, horizon)
    count = 5 + int(rng.integers(0, 3))
    for index in range(count):
        near = index / (count - 1)
        crest = noise.line(rng, _POINTS, 2.0 + 1.8 * near, rough=0.40 + 0.14 * look.energy)
        base = horizon + (1.02 - horizon) * near**1.2
        height = (0.06 + 0.13 * near) * (0.8 + 0.6 * look.energy)
        points = [(i / (_POINTS - 1), float(base - height * crest[i])) for i in range(_POINTS)]
        far = mix(mix(low, high, 0.72), light, 0.12)
        top = mix(far, dark, near**0.75)
        foot = mix(top, far, 0.35 * (1 - near))
        shading = canvas.wash([(0, top), (max(0.0, base - height), top), (min(1.0, base + 0.12), foot)])
        canvas.paint(canvas.shape([(0.0, 1.0), *points, (1.0, 1.0)]), shading)
    away = (np.linspace(0, 1, 300)[:, None] - horizon) / 0.1
    canvas.paint(canvas.mask_of(0.25 * np.exp(-(away**2)) * np.ones((1, 8))), mix(high, light, 0.4))


def _sun(canvas: Canvas, look: Look, horizon: float) -> None:
    _, _, high, light = look.colours.by_light()
    rng = look.rng
    x = 0.28 + 0.44 * rng.random()
    room = max(0.08, horizon - look.free.top) if look.free.text_above else horizon - 0.06
    radius = min(0.10 + 0.08 * look.habit + 0.05 * rng.random(), room * 0.62)
    y = horizon - radius * (0.25 + 0.6 * rng.random())
    canvas.glow((x, y), radius * 3.0, mix(high, light, 0.5), 0.7)
    face = canvas.wash([(0, light), (y - radius, light), (y + radius, mix(high, light, 0.25)), (1, high)])
    canvas.paint(canvas.stencil(lambda pen: pen.disc((x, y), radius)), face)
