"""A beat may be counted at half or double time and is the same beat; and it may be too soft to be heard at all."""

from __future__ import annotations

import math

CONFIDENT = 0.35
"""Below this confidence (0..1) a measured tempo tells nothing: free rhythm has none to find."""
UNCLEAR = "not heard clearly"
"""What people are told of a tempo like that."""
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


def heard(asked_bpm: float, found_bpm: float, confidence: float) -> float | None:
    """The tempo found, counted as the one asked for; None where the pulse is too soft to tell."""
    return counted(asked_bpm, found_bpm)[0] if found_bpm > 0 and confidence >= CONFIDENT else None
