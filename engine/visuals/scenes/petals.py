"""An opening flower, seen from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RINGS = 5
_STEPS = 2048
_TABLE, _REACH = 1024, 0.6
_SHADE = 0.12
"""How far a petal's shadow reaches beyond its edge."""
_REACHES = 1.05
"""How far the outermost petals reach at a usual loudness; a seventh more at most."""


def scene(stage: Stage) -> Draw:
    """Five rings of petals, each following its part of the spectrum, turning slowly against each other.

    Lengths are the flower's own: `scale` makes it smaller where a narrow frame would cut it off.
    """
    rng = stage.rng
    whole = stage.fit(_REACHES)
    scale = whole / _REACHES
    cx, cy = stage.aside(rng.uniform(-0.4, 0.4), whole), stage.amid(rng.uniform(-0.12, 0.12), whole)
    x, y = stage.x - np.float32(cx), stage.y - np.float32(cy)
    radius = (np.hypot(x, y) / np.float32(scale)).astype(np.float32)
    angle = ((np.arctan2(y, x) / (2 * np.pi) + 0.5) * _STEPS).astype(np.int32) % _STEPS
    around = np.linspace(0, 2 * np.pi, _STEPS, endpoint=False)
    petals = int(rng.integers(5, 9))
    sharp = rng.uniform(0.5, 0.9)
    halo = (0.10 + 0.16 * np.exp(-0.9 * scale * radius)).astype(np.float32)

    depths = np.linspace(-_REACH, _REACH, _TABLE, dtype=np.float32)
    cover = stage.inside(depths * np.float32(scale))
    shadow = 1 - np.float32(0.24) * np.clip(1 + depths * 9, 0, 1) * (depths < 0)

    def draw(now: Moment) -> NDArray[np.float32]:
        light = halo * np.float32(0.8 + 0.5 * now.bass)
        for ring in range(_RINGS):
            share = ring / _RINGS
            level = float(now.spectrum[ring * 9 : ring * 9 + 9].mean())
            turn = now.travel * (0.16 + 0.05 * ring) * (1 if ring % 2 else -1) + ring * 0.6
            wave = np.abs(np.cos((around + turn) * petals / 2)) ** sharp
            size = (1.16 - 1.04 * share) * (0.84 + 0.16 * level + 0.03 * now.pulse)
            tone = 0.36 + 0.56 * share + 0.10 * level - 0.20 * np.clip(1 - depths * 3.2, 0, 1)
            tone = tone + np.clip(1 - np.abs(depths) * 38, 0, 1) * (0.10 + 0.2 * level)
            rows, columns = stage.around(cx, cy, (size + _SHADE) * scale)
            # Everything depends on the distance to the petal's edge alone: two short tables do for the whole frame.
            place = (size * (0.46 + 0.54 * wave)).astype(np.float32)[angle[rows, columns]] - radius[rows, columns]
            place *= np.float32((_TABLE - 1) / (2 * _REACH))
            place += np.float32((_TABLE - 1) / 2)
            np.clip(place, 0, _TABLE - 1, out=place)
            at = place.astype(np.intp)
            light[rows, columns] *= ((1 - cover) * shadow).astype(np.float32).take(at)
            light[rows, columns] += (cover * tone).astype(np.float32).take(at)
        return np.asarray(light, np.float32)

    return draw
