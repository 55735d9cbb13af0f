"""Folded paper: long facets fanned from one corner, each shaded along its crease."""

from __future__ import annotations

import numpy as np

from engine.visuals.canvas import Canvas
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """A fan of eight to thirteen facets that opens over the free part, away from the lettering."""
    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, mix(s.ground, s.detail, 0.2))]))
    left = rng.random() < 0.5
    edge = free.top if free.text_above else free.bottom
    source = (-0.06 if left else 1.06, edge)
    count = 8 + round(4 * look.energy) + int(rng.integers(0, 2))
    spread = 1.35 + 0.2 * look.habit
    steps = 0.5 * np.sort(rng.uniform(0, 1, count + 1)) + 0.5 * np.linspace(0, 1, count + 1)
    steps = (steps - steps[0]) / (steps[-1] - steps[0])
    down = 1.0 if free.text_above else -1.0
    tones = (s.main, s.accent, s.detail)
    for index in np.argsort(rng.random(count)):
        angles = [down * spread * step if left else np.pi - down * spread * step for step in steps[index : index + 2]]
        points = [source, *((source[0] + 2 * np.cos(angle), source[1] + 2 * np.sin(angle)) for angle in angles)]
        tone = tones[int(index) % 3] if rng.random() < 0.7 else tones[int(rng.integers(0, 3))]
        lit, shaded = mix(tone, s.accent, 0.22 * rng.random()), mix(tone, s.detail, 0.5)
        across = float(np.degrees(sum(angles) / 2)) + 90
        facet = canvas.shape([(float(x), float(y)) for x, y in points])
        shading = canvas.wash([(0.2, shaded), (0.62, lit)], across + (180 if index % 2 else 0))
        canvas.layer(facet, shading, shadow=0.3, drop=0.0)
