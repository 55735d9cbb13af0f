"""Thin orbits around a lit body, with smaller ones on their way."""

from __future__ import annotations

import numpy as np

from engine.visuals.canvas import Canvas, Pen, Point
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """Stars, six to ten tilted orbits, one large body, two or three small ones."""
    dark, low, high, light = look.colours.by_light()
    rng, free = look.rng, look.free
    centre = (free.centre[0] + 0.16 * (rng.random() - 0.5), free.centre[1])
    canvas.fill(canvas.wash([(0, mix(dark, (0, 0, 0), 0.25)), (1, mix(dark, low, 0.3))], 60 + 60 * rng.random()))
    canvas.glow(centre, 0.62, low, 0.85)
    canvas.paint(look.quiet(canvas, canvas.stencil(lambda pen: _stars(pen, rng)), 0.25), light, 0.8)
    turn = rng.uniform(-0.7, 0.7)
    flat = 0.28 + 0.5 * look.habit
    count = 6 + int(rng.integers(0, 5))
    radii = np.linspace(0.24, 0.72, count) * (0.8 + 0.4 * free.reach)
    orbits = [_ellipse(centre, radius, radius * flat, turn) for radius in radii]
    back = canvas.stencil(lambda pen: _lines(pen, orbits, 0.0016))
    canvas.paint(look.quiet(canvas, back, 0.12), mix(high, light, 0.35), 0.75)
    canvas.sphere(
        centre, min(0.19, free.reach * 0.62), [(0, dark), (0.4, low), (0.75, high), (1, light)], rng.uniform(200, 340)
    )
    front = canvas.stencil(lambda pen: _lines(pen, [orbit[: len(orbit) // 2] for orbit in orbits[:2]], 0.0022))
    canvas.paint(look.quiet(canvas, front), mix(high, light, 0.5))
    for orbit in (orbits[i] for i in rng.permutation(count)[: 2 + int(rng.integers(0, 2))]):
        place = orbit[int(rng.integers(0, len(orbit) // 2))]
        if free.top < place[1] < free.bottom and 0.05 < place[0] < 0.95:
            canvas.sphere(place, rng.uniform(0.014, 0.038), [(0, dark), (0.5, high), (1, light)], rng.uniform(200, 340))


def _lines(pen: Pen, orbits: list[list[Point]], width: float) -> None:
    for orbit in orbits:
        pen.line(orbit, width)


def _stars(pen: Pen, rng: np.random.Generator) -> None:
    for x, y, size in rng.random((260, 3)):
        pen.disc((float(x), float(y)), 0.0006 + 0.0016 * float(size) ** 4)


def _ellipse(centre: Point, a: float, b: float, turn: float) -> list[Point]:
    angle = np.linspace(0, 2 * np.pi, 361)
    x, y = a * np.cos(angle), b * np.sin(angle)
    return list(
        zip(
            (centre[0] + x * np.cos(turn) - y * np.sin(turn)).tolist(),
            (centre[1] + x * np.sin(turn) + y * np.cos(turn)).tolist(),
            strict=True,
        )
    )
