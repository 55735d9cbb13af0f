"""Sets syllables to a grid: where each note of a phrase begins and how long it lasts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.music.studio.form import breath

_IMPOSSIBLE = -1e9


@dataclass(frozen=True, slots=True)
class Pulse:
    """What shapes a phrase's rhythm: bar length and grid in beats, the easy gap between syllables in beats.

    `accents` is the section's rhythmic signature: a bonus for each grid slot of two bars, repeated.
    """

    beats_per_bar: int
    grid: float
    gap: float
    accents: tuple[float, ...]
    late_start: float
    """Beats by which a phrase may begin after its bar line at no cost."""


def metric_weight(beat: float, beats_per_bar: int) -> float:
    """How strong a place in the bar is, 0..1."""
    place = beat % beats_per_bar
    if place < 1e-6:
        return 1.0
    if abs(place - round(place)) < 1e-6:
        return 0.8 if beats_per_bar == 4 and round(place) == 2 else 0.6
    return 0.25 if abs(place * 2 - round(place * 2)) < 1e-6 else 0.05


def onsets(stresses: Sequence[bool], beats: float, pulse: Pulse) -> tuple[float, ...]:
    """One onset for each syllable, in beats from the phrase's start, ascending, leaving a breath at the end.

    Of all ways to place them on the grid, the one where stressed syllables meet strong beats and the gaps are even.
    """
    count = len(stresses)
    room = beats - breath(beats)
    grid = pulse.grid
    while count > room / grid * 0.9 and grid > 0.126:
        grid /= 2
    window = min(room, max(count * max(grid, pulse.gap), 0.55 * beats, count * grid + grid))
    slots = max(count, int(window / grid + 1e-6))
    chosen = _place(stresses, slots, grid, pulse)
    return tuple(slot * grid for slot in chosen)


def _place(stresses: Sequence[bool], slots: int, grid: float, pulse: Pulse) -> list[int]:
    """Viterbi search over (syllable, slot)."""
    count = len(stresses)
    value = [[_slot_value(slot, grid, stressed, pulse) for slot in range(slots)] for stressed in stresses]
    ideal = max(pulse.gap, grid)
    gap_cost = [0.0] + [0.55 * abs(math.log2(step * grid / ideal)) for step in range(1, slots + 1)]
    best = [value[0][slot] - _start_cost(slot * grid, pulse) for slot in range(slots)]
    back: list[list[int]] = []
    for syllable in range(1, count):
        scores, origins = [_IMPOSSIBLE] * slots, [0] * slots
        for slot in range(syllable, slots):
            reached = [best[at] - gap_cost[slot - at] for at in range(syllable - 1, slot)]
            scores[slot] = max(reached) + value[syllable][slot]
            origins[slot] = syllable - 1 + reached.index(max(reached))
        best = scores
        back.append(origins)
    at = max(range(count - 1, slots), key=best.__getitem__)
    path = [at]
    for origins in reversed(back):
        at = origins[at]
        path.append(at)
    return path[::-1]


def _slot_value(slot: int, grid: float, stressed: bool, pulse: Pulse) -> float:
    beat = slot * grid
    weight = metric_weight(beat, pulse.beats_per_bar)
    accent = pulse.accents[int(beat * 4) % len(pulse.accents)]
    return (1.3 * weight if stressed else -0.35 * weight) + accent


def _start_cost(beat: float, pulse: Pulse) -> float:
    return 1.2 * max(0.0, beat - pulse.late_start)


def lengths(starts: Sequence[float], beats: float, legato: float) -> tuple[float, ...]:
    """How long each note is held: to the next one, or until the breath; long gaps are not held through."""
    held = [min(after - before, 3.0) * legato for before, after in itertools.pairwise(starts)]
    last = max(0.25, min(beats - breath(beats) / 2 - starts[-1], 4.0))
    return (*held, last)
