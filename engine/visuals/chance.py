"""Seeds from words: the same words give the same chance on every machine."""

from __future__ import annotations

import hashlib
import random

import numpy as np


def seed_of(*parts: str | int) -> int:
    """A 64-bit seed. Takes any text, lone surrogates among it."""
    words = "\x1f".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(words).digest()[:8], "big")


def dice(*parts: str | int) -> random.Random:
    """Python's generator for choices."""
    return random.Random(seed_of(*parts))


def generator(*parts: str | int) -> np.random.Generator:
    """numpy's generator for fields."""
    return np.random.default_rng(seed_of(*parts))


def habit(artist: str) -> float:
    """One number 0..1 that is the artist's own in all pictures."""
    return dice("habit", artist).random()
