"""Two families of rings laid over each other: where they differ there is colour."""

from __future__ import annotations

import numpy as np

from engine.visuals.canvas import Canvas, Pen, Point
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """A round or square window of interference, a disc in the accent colour behind it."""
    from PIL import ImageChops

    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, s.ground)]))
    centre, reach = free.centre, min(0.47, free.reach * 0.97)
    pitch = 0.020 + 0.016 * look.habit - 0.006 * look.energy
    angle = rng.uniform(0, 2 * np.pi)
    apart = reach * rng.uniform(0.12, 0.5)
    first = (centre[0] + apart * np.cos(angle), centre[1] + apart * np.sin(angle))
    second = (centre[0] - apart * np.cos(angle), centre[1] - apart * np.sin(angle))
    one = canvas.stencil(lambda pen: _rings(pen, first, pitch))
    two = canvas.stencil(lambda pen: _rings(pen, second, pitch * rng.choice([1.0, 1.0, 1.12])))
    wide = free.height < 0.5
    window = canvas.stencil(
        lambda pen: pen.box((0.0, free.top), (1.0, free.bottom)) if wide else pen.disc(centre, reach)
    )
    canvas.paint(window, s.detail)
    spot = (centre[0] + 0.3 * reach * rng.uniform(-1, 1), centre[1] + 0.3 * reach * rng.uniform(-1, 1))
    sun = canvas.stencil(lambda pen: pen.disc(spot, reach * rng.uniform(0.45, 0.65)))
    canvas.paint(ImageChops.multiply(window, sun), s.accent)
    canvas.paint(ImageChops.multiply(window, ImageChops.difference(one, two)), s.main)


def _rings(pen: Pen, centre: Point, pitch: float) -> None:
    radius = pitch
    while radius < 1.2:
        pen.ring(centre, radius, pitch * 0.5)
        radius += pitch
