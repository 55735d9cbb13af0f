"""All scenes by name, and who is cast for a brief."""

from __future__ import annotations

from engine.domain.song import SectionKind
from engine.visuals.scenes import ripples
from engine.visuals.scenes.stage import Scene

SCENES: dict[str, Scene] = {"ripples": ripples.scene}


def cast() -> dict[SectionKind, tuple[str, ...]]:
    """Which scenes each kind of section shows."""
    return dict.fromkeys(SectionKind, ("ripples",))
