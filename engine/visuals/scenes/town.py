"""Houses at night: every block is a band of the spectrum, its windows light up to the level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage, bands, over

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOW = 0.84
"""How much lower the houses of a narrow frame are, whose moon must not stand as high."""
_PLACES = 25
"""How many places for the moon are tried."""


def scene(stage: Stage) -> Draw:
    """Moon, a far row that drifts, a near row with windows, a wet street that mirrors them."""
    rng = stage.rng
    street = int(stage.height * (0.80 + 0.06 * rng.random()))
    low = _LOW if stage.narrow else 1.0
    far, _, _, _ = _row(stage, rng, street, 0.62 * low, 0.030, windows=False)
    near, block, height, window = _row(stage, rng, street, 0.74 * low, 0.062, windows=True)
    moon_x, moon_y, radius = rng.uniform(-1.1, 1.1), rng.uniform(-0.72, -0.42), 0.15 + 0.08 * rng.random()
    moon_x, moon_y = stage.aside(moon_x, radius), stage.aloft(moon_y, radius)
    if stage.narrow:  # it cannot rise above the houses, where a platform has its controls
        moon_x = _gap(stage, near | far, moon_x, moon_y, radius)
    distance = np.hypot(stage.x - np.float32(moon_x), stage.y - np.float32(moon_y))
    about = stage.around(moon_x, moon_y, radius * 1.1)
    near_moon = distance[about]
    halo = np.exp(-2.0 * distance).astype(np.float32)
    sky = (0.07 + 0.32 * np.clip((stage.y + 1) / 1.7, 0, 1) ** 1.6).astype(np.float32)
    lit_by = rng.random((stage.height, stage.width // 2 + 2)).astype(np.float32)
    # Windows are few: only their pixels are worked out for each frame.
    places = np.flatnonzero(window)
    rows, columns = np.divmod(places, stage.width)
    glass, at_block, at_height = window.ravel()[places], block[columns], height[rows, columns]
    dim = np.float32(0.16) * (lit_by[rows, at_block] > 0.45)
    order = rng.permutation(int(block.max()) + 1)
    drift = float(rng.choice([-1.0, 1.0]))
    (far_rows, far), (near_rows, near) = _standing(far), _standing(near)

    def draw(now: Moment) -> NDArray[np.float32]:
        light = np.empty((stage.height, stage.width), np.float32)
        np.multiply(halo[:street], np.float32(0.18 + 0.22 * now.bass), out=light[:street])
        light[:street] += sky[:street]
        over(light[about], 0.97, stage.inside(np.float32(radius * (1 + 0.03 * now.pulse)) - near_moon))
        shift = int(drift * now.t * 2.5)
        np.putmask(light[far_rows], np.roll(far, shift, axis=1), np.float32(0.20 + 0.05 * now.mid))
        np.putmask(light[near_rows], near, np.float32(0.05))
        levels = bands(now, len(order))[order]
        glow = np.clip((levels[at_block] * 1.15 - at_height) * 8 + 0.5, 0, 1)
        panes = (glass * np.maximum(glow * np.float32(0.95), dim)).astype(np.float32)
        pixels = light.reshape(-1)
        pixels[places] = np.maximum(pixels[places], panes)
        below = stage.height - street
        mirror = light[street - below : street][::-1]
        fade = np.linspace(0.55, 0.12, below, dtype=np.float32)[:, None]
        sway = np.roll(mirror, int(2 * np.sin(now.travel * 2)), axis=1)
        light[street:] = (mirror + sway) * np.float32(0.5) * fade + 0.03
        return light

    return draw


def _standing(row: NDArray[np.bool_]) -> tuple[slice, NDArray[np.bool_]]:
    """The lines of the picture in which houses stand, and those lines alone."""
    lines = np.flatnonzero(row.any(axis=1))
    within = slice(int(lines[0]), int(lines[-1]) + 1)
    return within, row[within]


def _gap(stage: Stage, houses: NDArray[np.bool_], x: float, y: float, radius: float) -> float:
    """Where a disc of that height is hidden least, of all places that a narrow frame shows; `x` among equals."""
    rows, _ = stage.around(x, y, radius)
    hidden = houses[rows].mean(axis=0)
    room = stage.aside(np.inf, radius)
    places = sorted(np.linspace(-room, room, _PLACES), key=lambda place: abs(place - x))
    return float(min(places, key=lambda place: hidden[stage.around(place, y, radius)[1]].mean()))


def _row(
    stage: Stage, rng: np.random.Generator, street: int, tall: float, wide: float, *, windows: bool
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Houses as a mask, each column's block, each pixel's height in its block 0..1, and the windows' mask."""
    mask = np.zeros((stage.height, stage.width), bool)
    block = np.zeros(stage.width, np.int64)
    height = np.zeros((stage.height, stage.width), np.float32)
    window = np.zeros((stage.height, stage.width), np.float32)
    pane = max(2, round(stage.height / 90))
    x, index = 0, 0
    while x < stage.width:
        width = max(pane * 4, round(stage.width * wide * rng.uniform(0.7, 1.5)))
        top = round(street - stage.height * tall * rng.uniform(0.35, 1.0))
        right = min(stage.width, x + width)
        mask[top:street, x:right] = True
        block[x:right] = index
        height[top:street, x:right] = np.linspace(1, 0, street - top, dtype=np.float32)[:, None]
        if windows:
            for left in range(x + pane, right - pane, pane * 2):
                for upper in range(top + pane * 2, street - pane * 2, pane * 3):
                    window[upper : upper + pane + pane // 2, left : left + pane] = 1
        x, index = right, index + 1
    return mask, block, height, window
