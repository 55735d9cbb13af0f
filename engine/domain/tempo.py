"""A beat may be counted at half or double time and is the same beat."""

from __future__ import annotations

import math

_COUNTED = {0.5: "half", 1.0: "", 2.0: "double"}


def octave(asked_bpm: float, found_bpm: float) -> float:
    """By what the beat found is counted differently from the one asked for: 0.5, 1 or 2. Both in beats a minute."""
    if asked_bpm <= 0 or found_bpm <= 0:
        return 1.0
    return min(_COUNTED, key=lambda factor: abs(math.log(found_bpm / (asked_bpm * factor))))


def counted(asked_bpm: float, found_bpm: float) -> tuple[float, str]:
    """The tempo found, counted as the one asked for, and how it was heard: `half`, `double` or nothing."""
    factor = octave(asked_bpm, found_bpm)
    return found_bpm / factor, _COUNTED[factor]
