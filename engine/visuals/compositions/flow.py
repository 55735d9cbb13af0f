"""Strokes that follow a hidden current."""

from __future__ import annotations

import numpy as np

from engine.visuals import noise
from engine.visuals.canvas import Canvas, Pen, Point
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look

_SIDE = 220
_STEPS = 46


def draw(canvas: Canvas, look: Look) -> None:
    """Three layers of strokes, from broad and dark to fine and light."""
    s, rng = look.scheme, look.rng
    canvas.fill(canvas.wash([(0, s.ground), (1, mix(s.ground, s.detail, 0.22))]))
    turn = 1.5 + 2.5 * look.energy
    angle = (noise.field(rng, (_SIDE, _SIDE), 1.4 + 1.2 * look.habit, octaves=2) - 0.5) * 2 * np.pi * turn / 2
    angle += rng.uniform(0, 6.28)
    layers = (
        (s.detail, 260, 0.016),
        (s.main, 420, 0.007),
        (mix(s.main, s.accent, 0.5), 320, 0.004),
        (s.accent, 260, 0.0025),
    )
    for tone, count, width in layers:
        paths = _paths(rng, angle, count)
        strokes = canvas.stencil(lambda pen, paths=paths, width=width: _strokes(pen, paths, width))  # type: ignore[misc]
        canvas.paint(look.quiet(canvas, strokes, 0.0), tone, 0.92)


def _paths(rng: np.random.Generator, angle: np.ndarray, count: int) -> list[list[Point]]:
    """All strokes walk together, one step at a time."""
    at = rng.uniform(-0.05, 1.05, (count, 2))
    walked = [at]
    for _ in range(_STEPS):
        index = np.clip(at * _SIDE, 0, _SIDE - 1).astype(np.int64)
        turn = angle[index[:, 1], index[:, 0]]
        at = at + 0.0075 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        walked.append(at)
    tracks = np.stack(walked, axis=1)
    ends = rng.integers(_STEPS // 3, _STEPS, count)
    return [[(float(x), float(y)) for x, y in track[:end]] for track, end in zip(tracks, ends, strict=True)]


def _strokes(pen: Pen, paths: list[list[Point]], width: float) -> None:
    for path in paths:
        pen.line(path, width)
        pen.disc(path[0], width / 2)
        pen.disc(path[-1], width / 2)
