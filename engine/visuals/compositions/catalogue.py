"""All compositions by name."""

from __future__ import annotations

from engine.visuals.compositions import (
    arches,
    bloom,
    flow,
    folds,
    grid,
    halftone,
    leaks,
    moire,
    orbits,
    rain,
    ridges,
    skyline,
    slices,
    strips,
    tide,
    tiles,
)
from engine.visuals.compositions.look import Composition

COMPOSITIONS: dict[str, Composition] = {
    "arches": arches.draw,
    "bloom": bloom.draw,
    "flow": flow.draw,
    "folds": folds.draw,
    "grid": grid.draw,
    "halftone": halftone.draw,
    "leaks": leaks.draw,
    "moire": moire.draw,
    "orbits": orbits.draw,
    "rain": rain.draw,
    "ridges": ridges.draw,
    "skyline": skyline.draw,
    "slices": slices.draw,
    "strips": strips.draw,
    "tide": tide.draw,
    "tiles": tiles.draw,
}
