"""Bugs for the repair to find and mend, each with answers that are right and answers that are not."""

from __future__ import annotations

from tests.faults.seeds import domain, faces, rooms, sound, stage
from tests.faults.seeds.kit import Bad, Seed, Stop, apply

SEEDS: tuple[Seed, ...] = (*domain.SEEDS, *sound.SEEDS, *rooms.SEEDS, *faces.SEEDS, *stage.SEEDS)

__all__ = ["SEEDS", "Bad", "Seed", "Stop", "apply"]
