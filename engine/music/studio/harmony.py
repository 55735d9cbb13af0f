"""Chooses the chords of each section and leads the voices from one to the next."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache

from engine.domain.song import SectionKind
from engine.music.studio.dice import Dice
from engine.music.studio.mood import Mood
from engine.music.studio.progressions import FAMILIES, Loop
from engine.music.studio.score import ChordSpan, PlannedSection
from engine.music.studio.styles import Style
from engine.music.studio.theory import Chord, Key, Scale, chord

_VOICING_SPAN = 19  # an octave and a fifth: what one pair of hands holds


def home_scale(key: Key, style: Style) -> Scale:
    """The scale that the genre uses in this key."""
    return Scale(key.tonic, style.minor_scale if key.minor else style.major_scale)


def section_scale(home: Scale, style: Style, plan: PlannedSection) -> Scale:
    """The scale of one section: the bridge may move away, the last chorus and what follows it may be lifted."""
    if plan.kind is SectionKind.BRIDGE and style.bridge_move:
        return home.moved(style.bridge_move)
    if plan.kind is SectionKind.CHORUS and plan.last_of_kind and plan.nth > 0:
        return home.moved(style.lift)
    return home


class Harmony:
    """The chord loops of one song: one loop for each kind of section, the same whenever it returns."""

    def __init__(self, key: Key, style: Style, mood: Mood, dice: Dice) -> None:
        self._style = style
        self._family = FAMILIES[style.harmony, key.minor]
        self._loops: dict[SectionKind, Loop] = {}
        taken: set[tuple[str, ...]] = set()
        for kind in (SectionKind.CHORUS, SectionKind.VERSE, SectionKind.BRIDGE):
            loop = _draw(self._family.of(kind), mood, dice.stream("harmony", kind), taken)
            taken.add(loop.degrees)
            self._loops[kind] = loop
        self._loops[SectionKind.BREAK] = self._loops[SectionKind.CHORUS]
        self._loops[SectionKind.INTRO] = self._loops[SectionKind.OUTRO] = self._loops[SectionKind.VERSE]

    def chords(
        self, plan: PlannedSection, scale: Scale, start: float, beats: float, *, sung: bool = False
    ) -> Iterator[tuple[float, Chord]]:
        """(beat, chord) through the section, beginning with the loop's first; a short section has quicker chords.

        `sung` asks for what a melody hears in them: at least triads, also where instruments play bare fifths.
        """
        size = max(3, self._style.chord_size) if sung else self._style.chord_size
        loop = self._loops[plan.kind].degrees
        length = self._style.chord_beats
        if beats < len(loop) * length and length > beats / len(loop):
            length = max(beats / len(loop), length / 2)
        count = max(1, int(beats / length + 1e-9))
        for index in range(count):
            yield start + index * length, chord(scale, loop[index % len(loop)], size)

    def home_chord(self, scale: Scale) -> Chord:
        """The tonic's chord, where the piece comes to rest."""
        return chord(scale, "1", min(4, self._style.chord_size))


def _draw(loops: Sequence[Loop], mood: Mood, rng: random.Random, taken: set[tuple[str, ...]]) -> Loop:
    fresh = [loop for loop in loops if loop.degrees not in taken] or list(loops)
    weights = [1.0 / (0.15 + abs(loop.valence - 0.7 * mood.valence)) for loop in fresh]
    return rng.choices(fresh, weights)[0]


def voice_leading(chords: Sequence[tuple[float, float, Chord]], low: int) -> tuple[ChordSpan, ...]:
    """Voices (beat, beats, chord) in the window above `low`: each moves as little as it can from the one before."""
    spans: list[ChordSpan] = []
    before: tuple[int, ...] = ()
    for beat, beats, one in chords:
        before = _next_voicing(one, before, low)
        spans.append(ChordSpan(beat, beats, one, before))
    return tuple(spans)


@lru_cache(maxsize=4096)
def _next_voicing(one: Chord, before: tuple[int, ...], low: int) -> tuple[int, ...]:
    options = _voicings(one, low)
    if not before:
        middle = low + _VOICING_SPAN / 2
        return min(options, key=lambda pitches: (abs(sum(pitches) / len(pitches) - middle), pitches))
    return min(options, key=lambda pitches: (movement(before, pitches) + _parallels(before, pitches), pitches))


def movement(before: Sequence[int], after: Sequence[int]) -> float:
    """Semitones that the voices travel, each to the nearest note of the next chord and back; leaps weigh double."""
    there = [min(abs(a - b) for b in after) for a in before]
    back = [min(abs(a - b) for a in before) for b in after]
    outer = abs(before[0] - after[0]) / 2 + abs(before[-1] - after[-1])
    return float(sum(there) + sum(back)) / 2 + outer + sum(step for step in there if step > 4)


def _parallels(before: Sequence[int], after: Sequence[int]) -> float:
    """Cost of outer voices that move together in octaves or fifths."""
    first, second = before[-1] - before[0], after[-1] - after[0]
    moves = after[0] != before[0]
    return 3.0 if moves and first % 12 == second % 12 and first % 12 in (0, 7) else 0.0


@lru_cache(maxsize=1024)
def _voicings(one: Chord, low: int) -> tuple[tuple[int, ...], ...]:
    """All close voicings of three or four voices in the window; of a ninth the root may be left to the bass."""
    classes = one.classes
    if len(classes) == 2:  # a power chord: root, fifth, octave
        root = low + (one.root - low) % 12
        return ((root, root + 7, root + 12),)
    wanted = classes if len(classes) < 5 else classes[1:]
    found = []
    for order in itertools.permutations(wanted):
        for first in range(low + (order[0] - low) % 12, low + _VOICING_SPAN, 12):
            pitches = [first]
            for pitch_class in order[1:]:
                pitches.append(pitches[-1] + ((pitch_class - pitches[-1]) % 12 or 12))
            if pitches[-1] <= low + _VOICING_SPAN and _open_enough(pitches):
                found.append(tuple(pitches))
    return tuple(sorted(set(found))) or ((low + (one.root - low) % 12,),)


def _open_enough(pitches: Sequence[int]) -> bool:
    """No semitone at the top, no second below middle C's octave, where it turns to mud."""
    gaps = [b - a for a, b in itertools.pairwise(pitches)]
    return gaps[-1] > 1 and all(gap > 2 or pitch >= 55 for gap, pitch in zip(gaps, pitches, strict=False))
