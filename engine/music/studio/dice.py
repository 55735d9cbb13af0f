"""Chance that repeats: one stream of random numbers for each concern, all from the brief's seed."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dice:
    """Streams by name: a change in one part's use of chance leaves the other parts as they were."""

    seed: int
    genre: str = ""

    def stream(self, *name: object) -> random.Random:
        """The stream of that name, from its beginning. `random` hashes a text seed the same way everywhere."""
        return random.Random("/".join(map(str, (self.seed, self.genre, *name))))
