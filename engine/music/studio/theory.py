"""Keys, scales and chords. Pitch classes run 0..11 with C = 0; pitches are MIDI numbers with middle C = 60."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.domain import keys
from engine.domain.errors import UsageError

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}
QUALITIES: dict[str, tuple[int, ...]] = {
    "maj": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "5": (0, 7),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "7sus4": (0, 5, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "13": (0, 4, 10, 14, 21),
}
_ACCIDENTALS = {"": 0, "#": 1, "b": -1}
_SYMBOL = re.compile(r"([b#]?)([1-7])(.*)")


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic pitch class and whether the third is minor."""

    tonic: int
    minor: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """Seven steps above a tonic, as semitones; `name` is one of SCALES."""

    tonic: int
    name: str

    @property
    def classes(self) -> tuple[int, ...]:
        """The scale's pitch classes, tonic first."""
        return tuple((self.tonic + step) % 12 for step in SCALES[self.name])

    def moved(self, semitones: int) -> Scale:
        """The same scale on another tonic."""
        return Scale((self.tonic + semitones) % 12, self.name)


@dataclass(frozen=True, slots=True)
class Chord:
    """A root and the semitones above it (0 first; 14 is a ninth)."""

    root: int
    intervals: tuple[int, ...]

    @property
    def classes(self) -> tuple[int, ...]:
        """Pitch classes, root first, each once."""
        return tuple(dict.fromkeys((self.root + interval) % 12 for interval in self.intervals))

    @property
    def fifth(self) -> int:
        """Semitones from the root to the chord's fifth (7 where it has none)."""
        return next((interval for interval in self.intervals if interval in (6, 7, 8)), 7)


def parse_key(text: str) -> Key:
    """`A minor`, `E flat major`, `F# minor`. Raises UsageError on anything else."""
    found = keys.read(text)
    if found is None:
        raise UsageError(f"The key {text[:40]!r} cannot be read.", fix="Write it as `A minor` or `E flat major`.")
    return Key(*found.sound)


def chord(scale: Scale, symbol: str, size: int) -> Chord:
    """The chord that `symbol` names in `scale`.

    A bare degree (`6`) stacks `size` thirds of the scale; with an accidental or a quality (`b2maj7`, `57`, `4m`) the
    degree counts from the major scale and the quality is taken as written. `size` is 2 (power chord) to 5 (ninth).
    """
    match = _SYMBOL.fullmatch(symbol)
    if match is None:
        raise ValueError(f"no chord symbol: {symbol!r}")
    accidental, degree, quality = match[1], int(match[2]) - 1, match[3]
    if accidental or quality:
        root = scale.tonic + SCALES["major"][degree] + _ACCIDENTALS[accidental]
        plain = "5" if size == 2 else "maj"
        return Chord(root % 12, QUALITIES[quality or plain])
    return _stacked(scale, degree, size)


def _stacked(scale: Scale, degree: int, size: int) -> Chord:
    steps = SCALES[scale.name]
    root = steps[degree]
    if size == 2:
        return Chord((scale.tonic + root) % 12, QUALITIES["5"])
    intervals = []
    for third in range(size):
        octave, step = divmod(degree + 2 * third, 7)
        intervals.append(steps[step] + 12 * octave - root)
    if size == 5 and intervals[4] != 14:  # a flat ninth bites: leave it out
        intervals.pop()
    return Chord((scale.tonic + root) % 12, tuple(intervals))


def nearest(classes: tuple[int, ...], pitch: int) -> int:
    """The pitch of one of `classes` that lies nearest to `pitch` (the lower one of two)."""
    return min((pitch + move for move in range(-6, 7) if (pitch + move) % 12 in classes), key=lambda p: abs(p - pitch))


def steps_between(scale: Scale, low: int, high: int) -> tuple[int, ...]:
    """Every pitch of the scale in low..high, ascending."""
    classes = frozenset(scale.classes)
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in classes)
