"""Melody around the lead: the theme of intros and breaks, answers between sung lines, a second voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.domain.song import SectionKind
from engine.music.studio.backing import chord_at
from engine.music.studio.melody import Melodist
from engine.music.studio.rhythm import Pulse
from engine.music.studio.score import Note, ScoredSection, SungLine
from engine.music.studio.theory import Chord, Scale

_ANSWER_GRID = 0.5


def play_hook(
    section: ScoredSection,
    melodist: Melodist,
    count: int,
    centre: int,
    pulse: Pulse,
    scale: Scale,
    chords: Sequence[tuple[float, Chord]],
) -> list[Note]:
    """The theme: two-bar phrases of `count` notes from the chorus's motif, every second one turned."""
    plan = section.plan
    bars = 2 if plan.bars >= 2 else 1
    stresses = tuple(index % 3 == 0 for index in range(count))
    beats = float(bars * pulse.beats_per_bar)
    pulse = replace(pulse, gap=0.75 * beats / count, late_start=0.0)  # the theme fills its bars, nobody must breathe
    notes: list[Note] = []
    for number, bar in enumerate(range(0, plan.bars - bars + 1, bars)):
        beat = float((plan.start_bar + bar) * pulse.beats_per_bar)
        line = SungLine("", ("",) * count, stresses, beat, beats)
        motif = melodist.motif(SectionKind.CHORUS, 0, 4)
        motif = motif.turned() if number % 2 else motif
        notes += melodist.phrase(line, motif, centre, pulse, scale, chords, before=None, closing=number % 4 == 3)
    return notes


def play_counter(section: ScoredSection, lead: Sequence[Sequence[Note]], octave: int) -> list[Note]:
    """Answers: where a sung line leaves at least a beat and a half, chord tones climb into the gap."""
    notes: list[Note] = []
    for line, sung in zip(section.plan.lines, lead, strict=True):
        last = sung[-1]
        free_from = _ceil(max(last.beat + 1.0, last.beat + min(last.beats, 2.0)))
        until = line.beat + line.beats
        steps = min(6, int((until - free_from) / _ANSWER_GRID))
        if steps < 3:
            continue
        ladder = _ladder(chord_at(section.chords, free_from).voicing, last.pitch + octave)
        for step in range(steps):
            pitch = ladder[step % len(ladder)] if step < len(ladder) else ladder[-1 - step % len(ladder)]
            beats = _ANSWER_GRID if step < steps - 1 else until - free_from - step * _ANSWER_GRID
            notes.append(Note(free_from + step * _ANSWER_GRID, beats, pitch, 0.5 + 0.05 * step))
    return notes


def _ceil(beat: float) -> float:
    return -(-beat // _ANSWER_GRID) * _ANSWER_GRID


def _ladder(voicing: Sequence[int], around: int) -> list[int]:
    """Four chord tones upwards from about a fourth below `around`."""
    classes = {pitch % 12 for pitch in voicing}
    return [pitch for pitch in range(around - 5, around + 16) if pitch % 12 in classes][:4]


def play_harmony(section: ScoredSection, lead: Sequence[Sequence[Note]]) -> list[Note]:
    """A second voice under the sung lines: on long notes and strong beats a chord tone, else a third of the scale."""
    notes: list[Note] = []
    for sung in lead:
        for note in sung:
            classes = chord_at(section.chords, note.beat).chord.classes
            below = [note.pitch - step for step in (3, 4, 5, 6, 7, 8, 9)]
            third = next(pitch for pitch in below if pitch % 12 in section.scale.classes or pitch % 12 in classes)
            tone = next((pitch for pitch in below if pitch % 12 in classes), third)
            pitch = tone if note.beats >= 0.9 or note.beat % 1 < 1e-6 else third
            notes.append(replace(note, pitch=pitch, velocity=note.velocity * 0.85))
    return notes
