"""Cut-paper waves, sheet over sheet, each with a soft shadow on the one behind."""

from __future__ import annotations

import numpy as np

from engine.visuals.canvas import Canvas
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look

_POINTS = 400


def draw(canvas: Canvas, look: Look) -> None:
    """Seven to eleven sheets from the free part's top to the foot of the sheet, or hanging from above."""
    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, mix(s.ground, s.detail, 0.25))]))
    rising = free.text_above
    if look.habit > 0.35:
        x = 0.22 + 0.56 * rng.random()
        radius = min(0.15, free.reach * 0.5)
        y = free.top + radius if rising else free.bottom - radius
        canvas.layer(canvas.stencil(lambda pen: pen.disc((x, y), radius)), s.accent, shadow=0.3)
    count = 7 + int(rng.integers(0, 4))
    tilt = (rng.random() - 0.5) * 0.16
    at = np.linspace(-0.02, 1.02, _POINTS)
    for index in range(count):
        share = index / (count - 1)
        level = (
            free.top + 0.11 + (0.94 - free.top) * share if rising else free.bottom - 0.11 - (free.bottom - 0.06) * share
        )
        swing = (0.022 + 0.05 * look.energy) * (0.55 + 0.8 * rng.random())
        turns = 0.7 + 1.5 * rng.random()
        phase = rng.random() * 6.28
        wave = level + tilt * (at - 0.5) + swing * np.sin(6.28 * turns * at + phase)
        wave += 0.3 * swing * np.sin(6.28 * turns * 2.3 * at + phase * 2)
        edge = 1.05 if rising else -0.05
        points = [(-0.02, edge), *zip(at.tolist(), wave.tolist(), strict=True), (1.02, edge)]
        tone = mix(s.main, s.detail, share) if index % 3 != 1 else mix(s.accent, s.detail, share * 0.9)
        canvas.layer(canvas.shape(points), tone, shadow=0.42, drop=-0.012 if rising else 0.012)
