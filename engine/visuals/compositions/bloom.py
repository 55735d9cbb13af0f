"""One large flower, ring over ring of petals."""

from __future__ import annotations

import numpy as np

from engine.visuals.canvas import Canvas, Point
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """Three or four rings of petals, each smaller and turned; every other petal a little darker."""
    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, mix(s.ground, s.detail, 0.12))]))
    large = 1.12 * free.reach if free.reach > 0.3 else 1.5 * free.reach
    drift = 0.12 if free.reach > 0.3 else 0.28
    low = free.reach <= 0.3  # a narrow free part shows half of a larger flower, cut by the sheet's edge
    y = (1.0 if free.text_above else 0.0) if low and free.bottom - free.top < 0.6 else free.centre[1]
    centre = (free.centre[0] + rng.uniform(-drift, drift), y)
    petals = 6 + int(5 * look.habit) + int(rng.integers(0, 3))
    rings = 3 + round(look.energy)
    turn = rng.uniform(0, 6.28)
    blunt = rng.uniform(0.45, 0.95)
    tones = (s.detail, s.main, s.accent, mix(s.main, s.accent, 0.5))
    for ring in range(rings):
        length = large * (1 - ring / (rings + 0.6))
        turn += np.pi / petals
        for side in (0, 1):
            tone = tones[ring % 4] if side == 0 else mix(tones[ring % 4], s.detail, 0.28)
            angles = [turn + 2 * np.pi * index / petals for index in range(petals) if index % 2 == side]
            outlines = [_petal(centre, length, angle, 1.12 * np.pi / petals, blunt) for angle in angles]
            ring_mask = canvas.stencil(lambda pen, outlines=outlines: [pen.polygon(one) for one in outlines])  # type: ignore[misc]
            canvas.layer(ring_mask, tone, shadow=0.34, drop=0.004)
        veins = canvas.stencil(
            lambda pen, length=length, turn=turn: [  # type: ignore[misc]
                pen.line([centre, _at(centre, length * 0.82, turn + 2 * np.pi * index / petals)], 0.0025)
                for index in range(petals)
            ]
        )
        canvas.paint(veins, mix(tones[ring % 4], s.ground, 0.5), 0.5)
    canvas.layer(canvas.stencil(lambda pen: pen.disc(centre, large * 0.13)), s.accent, shadow=0.35, drop=0.004)
    canvas.paint(canvas.stencil(lambda pen: pen.disc(centre, large * 0.075)), s.detail)


def _at(centre: Point, length: float, angle: float) -> Point:
    return centre[0] + length * float(np.cos(angle)), centre[1] + length * float(np.sin(angle))


def _petal(centre: Point, length: float, angle: float, half: float, blunt: float) -> list[Point]:
    along = np.linspace(0, 1, 70)
    width = length * np.sin(half) * np.sin(np.pi * along**1.25) ** blunt * 0.80
    x = np.concatenate([along, along[::-1]]) * length
    y = np.concatenate([width, -width[::-1]])
    turned_x = centre[0] + x * np.cos(angle) - y * np.sin(angle)
    turned_y = centre[1] + x * np.sin(angle) + y * np.cos(angle)
    return list(zip(turned_x.tolist(), turned_y.tolist(), strict=True))
