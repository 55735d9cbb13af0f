"""Bass, chords, arpeggios and pads: the figures of the genre, set to the chords."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.music.studio.figures import FIGURES, Bars, Figures
from engine.music.studio.score import ChordSpan, Hit, Note, Part, ScoredSection
from engine.music.studio.styles import Style
from engine.music.studio.theory import Scale

_STEP = 0.25
_STRENGTH = {"X": 0.95, "x": 0.78, "o": 0.58, "g": 0.34, "H": 0.78, "D": 0.82, "U": 0.6}
_FULL_FROM = 0.62  # section energy from which the full version is played
_MIN_KICK = 0.4  # softer kicks are ghosts: the bass neither joins nor avoids them


@dataclass(frozen=True, slots=True)
class Stroke:
    """One sign of a figure with the steps that it is held."""

    beat: float
    sign: str
    steps: int


def strokes(bars: Bars, section: ScoredSection, beats_per_bar: int) -> Iterator[Stroke]:
    """The figure laid over a section: one stroke for each sign, `-` lengthening the one before it."""
    plan = section.plan
    for bar in range(plan.bars):
        text = bars[bar % len(bars)][: beats_per_bar * 4]
        start = (plan.start_bar + bar) * beats_per_bar
        at = 0
        while at < len(text):
            end = at + 1
            while end < len(text) and text[end] == "-":
                end += 1
            if text[at] not in ".-":
                yield Stroke(start + at * _STEP, text[at], end - at)
            at = end


def chord_at(chords: Sequence[ChordSpan], beat: float) -> ChordSpan:
    """The chord that sounds at `beat`."""
    found = chords[0]
    for span in chords:
        if span.beat > beat + 1e-6:
            break
        found = span
    return found


def _next_chord(chords: Sequence[ChordSpan], span: ChordSpan) -> ChordSpan:
    at = chords.index(span)
    return chords[(at + 1) % len(chords)]


def play_pad(section: ScoredSection) -> list[Note]:
    """Every chord held for as long as it lasts."""
    force = 0.62 + 0.2 * section.plan.energy
    return [Note(span.beat, span.beats, pitch, force) for span in section.chords for pitch in span.voicing]


def play_figure(
    part: Part, section: ScoredSection, chords: Sequence[ChordSpan], genre: str, beats_per_bar: int, octave: int
) -> list[Note]:
    """Comp or arp of one section over `chords` (its own voicings), moved by `octave` semitones."""
    figures = FIGURES[genre]
    force = 0.72 + 0.28 * section.plan.energy
    notes: list[Note] = []
    bars = figures.of(part, full=section.plan.energy >= _FULL_FROM)
    for stroke in strokes(bars, section, beats_per_bar):
        notes += _sound(stroke, chords, figures, force)
    return [replace(note, pitch=note.pitch + octave) for note in notes] if octave else notes


def _sound(stroke: Stroke, chords: Sequence[ChordSpan], figures: Figures, force: float) -> list[Note]:
    span = chord_at(chords, stroke.beat)
    left = span.beat + span.beats - stroke.beat
    if stroke.sign.isdigit():
        index = int(stroke.sign)
        pitch = span.voicing[index % len(span.voicing)] + 12 * (index // len(span.voicing))
        accent = 0.78 if stroke.beat % 1 < 1e-6 else 0.64
        return [Note(stroke.beat, min(left, stroke.steps * _STEP * figures.gate), pitch, accent * force)]
    strength = _STRENGTH[stroke.sign] * force
    if stroke.sign in "DU":
        return _strum(stroke, span, left, strength)
    beats = stroke.steps * _STEP * (1.0 if stroke.sign == "H" or stroke.steps > 1 else figures.gate)
    notes = [Note(stroke.beat, min(left, beats), pitch, strength) for pitch in span.voicing]
    if beats > left + 1e-6 and stroke.sign == "H":  # the chord changes under a held stroke: play the new one
        following = _next_chord(chords, span)
        notes += [Note(following.beat, beats - left, pitch, strength * 0.9) for pitch in following.voicing]
    return notes


def _strum(stroke: Stroke, span: ChordSpan, left: float, strength: float) -> list[Note]:
    """Strings struck one after the other, bass first going down; an up-stroke takes the upper strings only."""
    low = (span.voicing[0] - 12, *span.voicing) if stroke.sign == "D" else span.voicing[-3:][::-1]
    low = tuple(pitch for pitch in low if pitch >= 40)
    length = min(left, 1.5 if stroke.sign == "D" else 0.75)
    return [
        Note(stroke.beat + 0.022 * order, length, pitch, strength * (1 - 0.06 * order))
        for order, pitch in enumerate(low)
    ]


def play_bass(
    section: ScoredSection, style: Style, genre: str, kicks: Sequence[Hit], beats_per_bar: int, rng: random.Random
) -> list[Note]:
    """The bass of one section, tied to the kicks in it: struck with them, or leaving them their place."""
    figures = FIGURES[genre]
    bars = figures.bass[section.plan.energy >= _FULL_FROM]
    found = [s for s in strokes(bars, section, beats_per_bar) if section.sounds_at(s.beat, beats_per_bar)]
    struck = {round(hit.beat * 4) for hit in kicks if hit.velocity >= _MIN_KICK}
    found = (
        _locked(found, struck) if style.kick_lock == "with" else [s for s in found if round(s.beat * 4) not in struck]
    )
    force = 0.66 + 0.3 * section.plan.energy
    notes: list[Note] = []
    for index, stroke in enumerate(found):
        after = found[index + 1].beat if index + 1 < len(found) else float("inf")
        span = chord_at(section.chords, stroke.beat)
        beats = min(stroke.steps * _STEP, after - stroke.beat, span.beat + span.beats - stroke.beat)
        pitch, passing = _bass_pitch(
            stroke.sign, span, _next_chord(section.chords, span), section.scale, style.bass_low
        )
        accent = 1.0 if stroke.sign in "R8" else 0.8
        slide = _slide(notes[-1], stroke.beat, pitch) if style.glide and notes else 0
        velocity = force * accent * rng.uniform(0.95, 1.0)
        notes.append(Note(stroke.beat, beats, pitch, velocity, passing=passing, slide=slide))
    return notes


def _slide(before: Note, beat: float, pitch: int) -> int:
    """Semitones from the note before, where it still sounds and lies within an octave."""
    near = before.beat + before.beats >= beat - 0.26
    return before.pitch - pitch if near and abs(before.pitch - pitch) <= 12 else 0


def _locked(found: list[Stroke], struck: set[int]) -> list[Stroke]:
    """A root added under every kick that the figure leaves alone; what is held is struck again."""
    places = {round(stroke.beat * 4): stroke for stroke in found}
    low, high = (min(places), max(places)) if places else (0, -1)
    for tick in struck:
        if tick in places or not low <= tick <= high:
            continue
        holding = next((s for s in found if round(s.beat * 4) < tick < round(s.beat * 4) + s.steps), None)
        steps = round(holding.beat * 4) + holding.steps - tick if holding else 1
        places[tick] = Stroke(tick / 4, "r", steps)
    return [places[tick] for tick in sorted(places)]


def _bass_pitch(sign: str, span: ChordSpan, following: ChordSpan, scale: Scale, low: int) -> tuple[int, bool]:
    """(pitch, passing) of one bass stroke: the root in the octave above `low`, the others around it."""
    root = low + (span.chord.root - low) % 12
    intervals = span.chord.intervals
    if sign == "a":
        target = low + (following.chord.root - low) % 12
        pitch = _approach(root, target, scale)
        return pitch, pitch % 12 not in scale.classes
    third = next((i for i in intervals if i in (3, 4)), 0)
    seventh = next((i for i in intervals if i in (10, 11)), 10)
    move = {"R": 0, "r": 0, "8": 12, "5": span.chord.fifth, "3": third, "7": seventh - 12}[sign]
    pitch = root + move
    if pitch < low - 3:
        pitch += 12
    return pitch, pitch % 12 not in scale.classes and pitch % 12 not in span.chord.classes


def _approach(root: int, target: int, scale: Scale) -> int:
    """A scale step next to the coming root, from the side where we are; on the same root, the fifth below or above."""
    if target == root:
        return root + 7 if (root + 7) % 12 in scale.classes else root + 12
    side = 1 if root > target else -1
    for distance in (2, 1):
        if (target + side * distance) % 12 in scale.classes:
            return target + side * distance
    return target + side
