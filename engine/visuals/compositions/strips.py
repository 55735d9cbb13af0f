"""Torn strips of paper laid across the sheet."""

from __future__ import annotations

import numpy as np

from engine.visuals import noise
from engine.visuals.canvas import Canvas
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look

_POINTS = 900


def draw(canvas: Canvas, look: Look) -> None:
    """Four to seven strips with rough white edges, nearly parallel."""
    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, mix(s.ground, s.detail, 0.15))], 30))
    count = 4 + round(3 * look.energy)
    slope = rng.uniform(-0.16, 0.16)
    tones = (s.main, s.accent, s.detail, mix(s.main, s.accent, 0.5))
    paper = mix(max((s.ground, s.main, s.accent, s.detail), key=sum), (255, 255, 255), 0.7)
    inset = abs(slope) / 2 + 0.05
    head = free.top + inset if free.top > 0.05 else -0.02
    foot = free.bottom - inset if free.bottom < 0.95 else 1.02
    bounds = np.linspace(head, foot, count + 1)
    for index in rng.permutation(count):
        middle = (bounds[index] + bounds[index + 1]) / 2 + rng.normal(0, 0.012)
        half = (bounds[1] - bounds[0]) * rng.uniform(0.42, 0.72)
        lean = slope + rng.normal(0, 0.03)
        fibre = canvas.shape(_strip(rng, middle, half + 0.006, lean, 0.012))
        canvas.layer(fibre, paper, shadow=0.45, drop=0.008)
        canvas.paint(canvas.shape(_strip(rng, middle, half - 0.003, lean, 0.008)), tones[int(index) % len(tones)])


def _strip(
    rng: np.random.Generator, middle: float, half: float, slope: float, rough: float
) -> list[tuple[float, float]]:
    at = np.linspace(-0.03, 1.03, _POINTS)
    line = middle + slope * (at - 0.5)
    upper = line - half + rough * (noise.line(rng, _POINTS, 14, octaves=5, rough=0.62) - 0.5)
    lower = line + half + rough * (noise.line(rng, _POINTS, 14, octaves=5, rough=0.62) - 0.5)
    return [*zip(at.tolist(), upper.tolist(), strict=True), *zip(at[::-1].tolist(), lower[::-1].tolist(), strict=True)]
