"""Folds of silk, or smoke: one slow texture bent by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLOSER = np.float32(1.5)
"""How much nearer the folds lie to each other in a narrow frame."""


def scene(stage: Stage) -> Draw:
    """Waves bend waves; the bass deepens the folds, the treble lights their edges."""
    rng = stage.rng
    turn = rng.uniform(0, 6.28)
    u = (stage.x * np.cos(turn) + stage.y * np.sin(turn)).astype(np.float32)
    v = (stage.y * np.cos(turn) - stage.x * np.sin(turn)).astype(np.float32)
    a, b, c = rng.uniform(0, 6.28, 3)
    scale = np.float32(0.9 + 0.8 * stage.habit)
    if stage.narrow:  # or a dark fold may fill all that is seen
        u, v = u * _CLOSER, v * _CLOSER

    def draw(now: Moment) -> NDArray[np.float32]:
        slow = now.travel * 0.55
        bend = np.sin(v * np.float32(1.7 * scale) + np.float32(a + slow * 0.7)) * np.float32(0.8 + 0.25 * now.bass)
        bend += np.float32(0.45) * np.sin(u * np.float32(2.3) - np.float32(slow))
        fold = np.sin(u * np.float32(2.6 * scale) + bend * np.float32(1.5) + np.float32(b + slow))
        second = np.sin(v * np.float32(3.4) + fold * np.float32(1.2) + np.float32(c - slow * 0.6))
        light = np.float32(0.40) + np.float32(0.30) * fold + np.float32(0.16) * second
        edge = smooth(np.float32(1) - np.abs(fold - np.float32(0.55)) * np.float32(5))
        return np.asarray(
            light + edge * np.float32(0.07 + 0.22 * now.treble) + np.float32(0.10 * now.bass - 0.04), np.float32
        )

    return draw
