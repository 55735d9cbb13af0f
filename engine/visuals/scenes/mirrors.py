"""A kaleidoscope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import noise
from engine.visuals.scenes.stage import Draw, Moment, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 1024


def scene(stage: Stage) -> Draw:
    """A picture of crossing waves and discs, folded into six to ten mirrors; it turns and breathes with the bass."""
    rng = stage.rng
    mirrors = int(rng.integers(3, 6)) * 2
    radius = np.hypot(stage.x, stage.y)
    angle = np.arctan2(stage.y, stage.x)
    wedge = 2 * np.pi / mirrors
    folded = np.abs((angle % wedge) - wedge / 2)
    u = (radius * np.cos(folded) * 260).astype(np.float32)
    v = (radius * np.sin(folded) * 260).astype(np.float32)
    picture = _picture(rng)
    shade = (1.05 - 0.28 * radius).astype(np.float32)

    def draw(now: Moment) -> NDArray[np.float32]:
        turn = now.travel * 0.10
        size = np.float32(1.0 - 0.07 * now.bass)
        cos, sin = np.float32(np.cos(turn) * size), np.float32(np.sin(turn) * size)
        column = (u * cos - v * sin + np.float32(2048 + now.travel * 28)).astype(np.int32) & (_SIDE - 1)
        row = (u * sin + v * cos + np.float32(2048 + now.travel * 18)).astype(np.int32) & (_SIDE - 1)
        light = picture[row, column] * shade
        return np.asarray(light * np.float32(0.80 + 0.25 * now.mid) + np.float32(0.06 * now.bass), np.float32)

    return draw


def _picture(rng: np.random.Generator) -> NDArray[np.float32]:
    """Seamless at its edges."""
    at = np.arange(_SIDE, dtype=np.float32) / _SIDE * np.float32(2 * np.pi)
    x, y = at[None, :], at[:, None]
    a, b = rng.uniform(0, 6.28, 2)
    n, m = int(rng.integers(3, 7)), int(rng.integers(3, 7))
    waves = np.sin(n * x + 1.4 * np.sin(2 * y + a)) * np.sin(m * y + 1.4 * np.sin(2 * x + b))
    soft = noise.field(rng, (_SIDE // 2, _SIDE // 2), 4, octaves=2)
    soft = np.block([[soft, soft[:, ::-1]], [soft[::-1], soft[::-1, ::-1]]])
    tone = 0.42 + 0.34 * np.clip(waves * 2.2, -1, 1) + 0.35 * (soft - 0.5)
    lines = np.clip(1 - np.abs(waves - 0.1) * 14, 0, 1)
    return np.asarray(np.clip(tone + 0.3 * lines, 0, 1), np.float32)
