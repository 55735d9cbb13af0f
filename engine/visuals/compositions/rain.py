"""Lights through a wet window: soft discs, and drops that have run down the glass."""

from __future__ import annotations

import numpy as np

from engine.visuals import noise
from engine.visuals.canvas import Canvas, Pen
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """Far lights in three depths, nearer ones larger and softer; streaks over them."""
    dark, low, high, light = look.colours.by_light()
    rng = look.rng
    cloud = noise.field(rng, (400, 400), 2.5, octaves=3)
    canvas.fill(
        canvas.mapped(cloud, [(0, mix(dark, (0, 0, 0), 0.35)), (0.6, mix(dark, low, 0.4)), (1, mix(dark, low, 0.8))])
    )
    depths = ((0.028, 0.0012, 42, 0.75), (0.06, 0.003, 24, 0.55), (0.12, 0.008, 10, 0.34))
    for size, blur, count, opacity in depths:
        for tone, share in ((low, 0.3), (high, 0.5), (light, 0.2)):
            spots = [_spot(look, size) for _ in range(round(count * share))]
            discs = canvas.stencil(lambda pen, spots=spots: _discs(pen, spots), blur=blur)  # type: ignore[misc]
            canvas.shine(look.quiet(canvas, discs, 0.08), mix(tone, high, 0.4), opacity)
    streaks = canvas.stencil(lambda pen: _streaks(pen, rng, 70 + round(120 * look.energy)), blur=0.0006)
    canvas.shine(look.quiet(canvas, streaks, 0.15), mix(light, high, 0.3), 0.45)
    drops = canvas.stencil(lambda pen: _drops(pen, rng))
    canvas.paint(look.quiet(canvas, drops, 0.2), light, 0.55)


def _spot(look: Look, size: float) -> tuple[float, float, float]:
    """Somewhere in the free part; above or below the middle where the lettering stands in it."""
    rng, free = look.rng, look.free
    y = rng.normal(free.centre[1], free.height * 0.27)
    if free.hole:
        y = rng.choice([free.hole[0] - 0.16, free.hole[1] + 0.16]) + rng.normal(0, 0.09)
    return rng.uniform(0, 1), float(y), size * rng.uniform(0.6, 1.25)


def _discs(pen: Pen, spots: list[tuple[float, float, float]]) -> None:
    for x, y, radius in spots:
        pen.disc((x, y), radius, 190)
        pen.ring((x, y), radius * 0.96, radius * 0.07, 255)


def _streaks(pen: Pen, rng: np.random.Generator, count: int) -> None:
    for _ in range(count):
        x, y = rng.uniform(-0.05, 1.05), rng.uniform(-0.2, 1.0)
        length = rng.uniform(0.05, 0.28)
        pen.line([(x, y), (x + length * 0.06, y + length)], rng.uniform(0.0006, 0.002), int(rng.integers(60, 255)))


def _drops(pen: Pen, rng: np.random.Generator) -> None:
    for x, y, size in rng.random((240, 3)):
        pen.disc((float(x), float(y)), 0.0008 + 0.0035 * float(size) ** 5, 200)
