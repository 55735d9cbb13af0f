"""All scenes by name."""

from __future__ import annotations

from engine.visuals.scenes import (
    blocks,
    curtains,
    horizon,
    lights,
    mirrors,
    paper,
    petals,
    plain,
    rings,
    sea,
    silk,
    spheres,
    terrain,
    town,
    tunnel,
)
from engine.visuals.scenes.stage import Scene

SCENES: dict[str, Scene] = {
    "blocks": blocks.scene,
    "curtains": curtains.scene,
    "horizon": horizon.scene,
    "lights": lights.scene,
    "mirrors": mirrors.scene,
    "paper": paper.scene,
    "petals": petals.scene,
    "plain": plain.scene,
    "rings": rings.scene,
    "sea": sea.scene,
    "silk": silk.scene,
    "spheres": spheres.scene,
    "terrain": terrain.scene,
    "town": town.scene,
    "tunnel": tunnel.scene,
}
