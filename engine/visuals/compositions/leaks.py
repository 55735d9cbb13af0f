"""Light on film: large soft patches of colour that run into each other."""

from __future__ import annotations

import numpy as np

from engine.visuals import noise
from engine.visuals.canvas import Canvas, grid
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look

_SIDE = 500


def draw(canvas: Canvas, look: Look) -> None:
    """A field of light folded by two slow currents, brightest in the free part, with a few sharper folds."""
    dark, low, high, light = look.colours.by_light()
    rng, free = look.rng, look.free
    y, x = grid(_SIDE)
    shape = (_SIDE, _SIDE)
    bend = 0.45 + 0.35 * look.energy
    wx = x + bend * (noise.field(rng, shape, 1.3, octaves=2) - 0.5)
    wy = y + bend * (noise.field(rng, shape, 1.3, octaves=2) - 0.5)
    turn = rng.uniform(0, 6.28)
    along = wx * np.cos(turn) + wy * np.sin(turn)
    across = wy * np.cos(turn) - wx * np.sin(turn)
    folds = np.sin(6.28 * (1.1 + look.habit) * along + 2.2 * np.sin(3.1 * across + turn))
    tone = 0.46 + 0.42 * folds + 0.20 * (noise.field(rng, shape, 1.0, octaves=1) - 0.5)
    ridge = np.abs(np.mod(along * 1.6 + 0.3 * across, 1.0) - 0.5) * 2
    tone += 0.30 * look.energy * np.exp(-((ridge / 0.16) ** 2)) * np.clip(folds + 0.9, 0, 1)
    depth = np.clip((y - free.top) / 0.16 + 0.7, 0, 1) * np.clip((free.bottom - y) / 0.16 + 0.7, 0, 1)
    depth = np.clip(1.35 * np.abs(y - 0.5) + 0.38, 0, 1) if free.hole else 0.30 + 0.70 * depth
    tone = np.clip(tone, 0.02, 1) * depth
    stops = [(0.0, mix(dark, (0, 0, 0), 0.15)), (0.30, mix(dark, low, 0.8)), (0.52, low), (0.78, high), (1.0, light)]
    canvas.fill(canvas.mapped(tone, stops))
