"""A shape made of printed dots."""

from __future__ import annotations

import numpy as np

from engine.visuals import noise
from engine.visuals.canvas import Canvas, Pen
from engine.visuals.compositions.look import Look

_SIDE = 256


def draw(canvas: Canvas, look: Look) -> None:
    """A lit ball, or rolling hills, in dots; a flat disc of the accent colour slightly off register."""
    from PIL import ImageChops

    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, s.ground)]))
    centre, reach = free.centre, min(0.42, free.reach * 0.94)
    ball = rng.random() < 0.6
    if ball:
        shift = (centre[0] + 0.05 * rng.choice([-1, 1]), centre[1] + 0.03)
        canvas.paint(canvas.stencil(lambda pen: pen.disc(shift, reach * 0.98)), s.accent)
    tone = _ball(rng, centre, reach) if ball else _hills(rng, free.top, free.bottom)
    pitch = 0.021 + 0.014 * look.habit - 0.006 * look.energy
    angle = float(rng.choice([0.26, 0.52, 0.785, 1.05]))
    dots = canvas.stencil(lambda pen: _dots(pen, tone, pitch, angle))
    if ball:
        dots = ImageChops.multiply(dots, canvas.stencil(lambda pen: pen.disc(centre, reach)))
    if not ball:
        other = _hills(rng, free.top, free.bottom)
        canvas.paint(canvas.stencil(lambda pen: _dots(pen, other, pitch, angle + 0.5)), s.accent)
    canvas.paint(dots, s.main)


def _ball(rng: np.random.Generator, centre: tuple[float, float], reach: float) -> np.ndarray:
    at = (np.arange(_SIDE) + 0.5) / _SIDE
    x, y = (at[None, :] - centre[0]) / reach, (at[:, None] - centre[1]) / reach
    inside = x * x + y * y < 1.1
    turn = rng.uniform(0, 6.28)
    depth = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    lit = 0.6 * (x * np.cos(turn) + y * np.sin(turn)) + 0.55 * depth
    return np.where(inside, np.clip(1 - lit, 0.05, 1), 0.0)


def _hills(rng: np.random.Generator, top: float, bottom: float) -> np.ndarray:
    field = noise.field(rng, (_SIDE, _SIDE), 2.6, octaves=2)
    at = (np.arange(_SIDE) + 0.5) / _SIDE
    inside = np.clip((at - top) / 0.14, 0, 1) * np.clip((bottom - at) / 0.14, 0, 1)
    return np.asarray(np.clip(1.7 * field - 0.35, 0, 1) * inside[:, None])


def _dots(pen: Pen, tone: np.ndarray, pitch: float, angle: float) -> None:
    steps = int(1.5 / pitch)
    for row in range(-steps, steps + 1):
        for column in range(-steps, steps + 1):
            x = 0.5 + pitch * (column * np.cos(angle) - row * np.sin(angle))
            y = 0.5 + pitch * (column * np.sin(angle) + row * np.cos(angle))
            if not (0 <= x < 1 and 0 <= y < 1):
                continue
            weight = float(tone[int(y * _SIDE), int(x * _SIDE)])
            if weight > 0.04:
                pen.disc((float(x), float(y)), pitch * 0.66 * weight**0.5)
