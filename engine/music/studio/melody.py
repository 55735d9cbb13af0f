"""The sung line: motifs as contours, set note by note against the chords."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.song import SectionKind
from engine.music.studio.dice import Dice
from engine.music.studio.rhythm import Pulse, lengths, metric_weight, onsets
from engine.music.studio.score import Note, PlannedSection, SungLine
from engine.music.studio.theory import Chord, Scale, steps_between

_SHAPES: dict[str, tuple[float, ...]] = {
    "arch": (-1, 2, 4, 2, -1),
    "fall": (4, 3, 1, -1, -3),
    "rise": (-3, -1, 1, 2, 4),
    "wave": (0, 4, 0, 3, -1),
    "dip": (2, -1, -3, 0, 2),
    "call": (0, 0, 3, 5, 3),
    "answer": (4, 2, 3, 0, -3),
    "peak": (0, 5, 4, 6, 2),
}
_BY_KIND: dict[SectionKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    SectionKind.VERSE: (("wave", "arch", "dip", "call"), ("answer", "fall", "rise")),
    SectionKind.CHORUS: (("peak", "call", "fall", "arch"), ("answer", "fall", "wave")),
    SectionKind.BRIDGE: (("rise", "dip", "wave"), ("peak", "arch", "rise")),
}
_ROLES = ("AABA", "ABAB", "AAAB", "ABAC")
_LEAPS = {0: 0.0, 1: 0.0, 2: 0.0, 3: 0.35, 4: 0.45, 5: 0.8, 6: 3.0, 7: 0.9, 8: 1.8, 9: 1.8, 10: 3.0, 11: 3.5, 12: 1.5}


@dataclass(frozen=True, slots=True)
class Singer:
    """The lead's ways: the middle of its range, how easily it leaps (1 = as a singer does), the cost of repeating."""

    centre: int
    leap: float
    repeat: float
    legato: float = 0.96


@dataclass(frozen=True, slots=True)
class Motif:
    """A contour in semitones around the centre, at equal fractions of a phrase."""

    heights: tuple[float, ...]

    def at(self, share: float) -> float:
        """The height at `share` (0..1) of the phrase."""
        place = min(max(share, 0.0), 1.0) * (len(self.heights) - 1)
        low = min(int(place), len(self.heights) - 2)
        return self.heights[low] + (self.heights[low + 1] - self.heights[low]) * (place - low)

    def turned(self) -> Motif:
        """The same beginning with another ending."""
        middle = len(self.heights) // 2
        pivot = self.heights[middle]
        return Motif((*self.heights[: middle + 1], *(2 * pivot - h - 1 for h in self.heights[middle + 1 :])))


class Melodist:
    """Writes the phrases of one song. Equal words on equal chords get equal notes: a returning chorus is the same."""

    def __init__(self, singer: Singer, dice: Dice) -> None:
        self._singer = singer
        self._dice = dice
        self._motifs = {kind: self._draw_motifs(kind) for kind in _BY_KIND}
        self._roles = {kind: dice.stream("roles", kind).choice(_ROLES) for kind in _BY_KIND}

    def _draw_motifs(self, kind: SectionKind) -> dict[str, Motif]:
        rng = self._dice.stream("motif", kind)
        first, second = _BY_KIND[kind]
        size = 0.75 + 0.5 * self._singer.leap * rng.random()
        return {
            "A": _drawn(rng.choice(first), size, rng),
            "B": _drawn(rng.choice(second), size, rng),
            "C": _drawn(rng.choice(second), size * 1.15, rng),
        }

    def motif(self, kind: SectionKind, line: int, of: int) -> Motif:
        """The motif of a section's line: A comes back, its second time turned; the last line closes."""
        role = self._roles[kind][line % 4] if of > 2 else "AB"[line % 2]
        motif = self._motifs[kind][role]
        return motif.turned() if role == "A" and line % 4 == 1 else motif

    def sing(
        self, plan: PlannedSection, centre: int, pulse: Pulse, scale: Scale, chords: Sequence[tuple[float, Chord]]
    ) -> list[list[Note]]:
        """Notes of each line of the section, one a syllable, on the written grid."""
        sung: list[list[Note]] = []
        before: int | None = None
        for index, line in enumerate(plan.lines):
            motif = self.motif(plan.kind, index, len(plan.lines))
            closing = index == len(plan.lines) - 1 or index % 4 == 3
            notes = self.phrase(line, motif, centre, pulse, scale, chords, before=before, closing=closing)
            before = notes[-1].pitch
            sung.append(notes)
        return sung

    def phrase(
        self,
        line: SungLine,
        motif: Motif,
        centre: int,
        pulse: Pulse,
        scale: Scale,
        chords: Sequence[tuple[float, Chord]],
        *,
        before: int | None,
        closing: bool,
    ) -> list[Note]:
        """One phrase. `closing` ends it on the tonic's chord rather than leaving it open."""
        starts = onsets(line.stresses, line.beats, pulse)
        held = lengths(starts, line.beats, self._singer.legato)
        span = max(starts[-1] - starts[0], 1e-6)
        places = [
            _Place(
                target=centre + motif.at((start - starts[0]) / span),
                strength=metric_weight(start, pulse.beats_per_bar) + (0.4 if length >= 1 else 0.0),
                classes=_chord_at(chords, line.beat + start).classes,
            )
            for start, length in zip(starts, held, strict=True)
        ]
        pitches = _pitches(places, scale, centre, self._singer, before, closing=closing)
        return [
            Note(line.beat + start, length, pitch, 0.62 + 0.22 * min(1.0, place.strength))
            for start, length, pitch, place in zip(starts, held, pitches, places, strict=True)
        ]


def _drawn(shape: str, size: float, rng: random.Random) -> Motif:
    return Motif(tuple(height * size + rng.uniform(-1.2, 1.2) for height in _SHAPES[shape]))


def _chord_at(chords: Sequence[tuple[float, Chord]], beat: float) -> Chord:
    """The chord that sounds at `beat`; a note just before the change already belongs to the next."""
    found = chords[0][1]
    for start, one in chords:
        if start > beat + 0.3:
            break
        found = one
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """What a note must answer to: where the contour wants it, how strong its beat is, which chord's notes sound."""

    target: float
    strength: float
    classes: tuple[int, ...]


def _pitches(
    places: Sequence[_Place], scale: Scale, centre: int, singer: Singer, before: int | None, *, closing: bool
) -> list[int]:
    """Viterbi search over the scale's pitches around the centre."""
    pool = steps_between(scale, centre - 8, centre + 9)
    tonic_third = scale.classes[0], scale.classes[2]
    best = [
        _fit(pitch, places[0]) + (_leap(abs(pitch - before), singer) * 0.6 if before is not None else 0.0)
        for pitch in pool
    ]
    back: list[list[int]] = []
    for index in range(1, len(places)):
        place, last = places[index], places[index - 1]
        slope = place.target - last.target
        scores, origins = [], []
        for pitch in pool:
            costs = [best[at] + _step(old, pitch, last, slope, singer) for at, old in enumerate(pool)]
            origin = min(range(len(pool)), key=costs.__getitem__)
            origins.append(origin)
            scores.append(costs[origin] + _fit(pitch, place))
        best = scores
        back.append(origins)
    ends = [
        cost + (1.6 if closing and pitch % 12 not in tonic_third else 0.0)
        for cost, pitch in zip(best, pool, strict=True)
    ]
    at = min(range(len(pool)), key=ends.__getitem__)
    path = [at]
    for origins in reversed(back):
        at = origins[at]
        path.append(at)
    return [pool[i] for i in reversed(path)]


def _fit(pitch: int, place: _Place) -> float:
    """How badly a pitch serves its place."""
    cost = 0.3 * abs(pitch - place.target)
    classes = place.classes
    if pitch % 12 in classes:
        return cost
    rub = (pitch - 1) % 12 in classes  # a semitone above a chord tone
    if place.strength >= 0.6:
        return cost + 2.2 + (1.5 if rub else 0.0)
    return cost + 0.2 + (0.5 if rub else 0.0)


def _leap(semitones: int, singer: Singer) -> float:
    return _LEAPS.get(semitones, 8.0) / singer.leap


def _step(old: int, new: int, place: _Place, slope: float, singer: Singer) -> float:
    """The cost of going on from `old`: along the contour's slope steps are free, against it they are not.

    A note is said again where the contour is flat; one outside the chord must resolve by step.
    """
    distance = abs(new - old)
    if distance == 0:
        return singer.repeat * min(1.0, 0.55 + 0.45 * abs(slope))
    against = 0.75 if slope * (new - old) < 0 and abs(slope) > 0.3 else 0.25 if abs(slope) < 0.3 else 0.0
    unresolved = distance > 2 and old % 12 not in place.classes
    return _leap(distance, singer) + against + (1.2 if unresolved else 0.0)
