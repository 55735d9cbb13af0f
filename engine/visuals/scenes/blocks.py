"""A wall of squares, quarter discs and stripes that turn over on the beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage, bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TONES = np.array([0.06, 0.34, 0.66, 0.95], np.float32)


def scene(stage: Stage) -> Draw:
    """On each beat a share of the tiles changes form; a tile's light follows its band."""
    rng = stage.rng
    rows = 3 + int(stage.energy > 0.55) + int(rng.integers(0, 2))
    cell = -(-stage.height // rows)
    columns = -(-stage.width // cell) + 1
    forms = _forms(cell)
    changes = rng.random((64, rows, columns))
    chosen = rng.integers(0, len(forms), (64, rows, columns))
    pairs = rng.integers(0, 12, (64, rows, columns))
    band = rng.permutation(rows * columns).reshape(rows, columns)
    ground = np.array([[back, front] for back in range(4) for front in range(4) if front != back])
    left, top = (columns * cell - stage.width) // 2, (rows * cell - stage.height) // 2
    share = 0.30 + 0.3 * stage.energy

    def draw(now: Moment) -> NDArray[np.float32]:
        beat = int(now.beats)
        wall = np.empty((rows * cell, columns * cell), np.float32)
        levels = bands(now, rows * columns)
        for row in range(rows):
            for column in range(columns):
                at = _last_change(changes[:, row, column], beat, share)
                back, front = _TONES[ground[pairs[at % 64, row, column]]]
                lift = 0.80 + 0.30 * float(levels[band[row, column]])
                form = forms[chosen[at % 64, row, column]]
                tile = (back + (front - back) * form) * np.float32(lift)
                wall[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] = tile
        return wall[top : top + stage.height, left : left + stage.width]

    return draw


def _last_change(changes: NDArray[np.float64], beat: int, share: float) -> int:
    """The latest beat at which this tile turned."""
    for at in range(beat, max(-1, beat - 12), -1):
        if changes[at % 64] < share:
            return at
    return max(0, beat - 12)


def _forms(cell: int) -> list[NDArray[np.float32]]:
    """Coverage of one tile: quarter discs, half discs, a disc, stripes, a leaf."""
    at = (np.arange(cell, dtype=np.float32) + 0.5) / cell
    x, y = at[None, :], at[:, None]
    sharp = np.float32(cell)

    def disc(cx: float, cy: float, radius: float) -> NDArray[np.float32]:
        return np.clip((radius - np.hypot(x - cx, y - cy)) * sharp + 0.5, 0, 1).astype(np.float32)

    stripes = np.clip((np.abs((x * 4) % 1 - 0.5) - 0.25) * sharp / 4 + 0.5, 0, 1) * np.ones_like(y)
    corners = [disc(cx, cy, 1.0) for cx in (0, 1) for cy in (0, 1)]
    return [
        *corners,
        disc(0.5, 0.0, 0.5),
        disc(0.5, 1.0, 0.5),
        disc(0.5, 0.5, 0.34),
        stripes.astype(np.float32),
        stripes.T.astype(np.float32),
        corners[0] * corners[3],
        corners[1] * corners[2],
    ]
