"""Instruments that need more than one recipe: distorted guitar, the long 808, the tuned cowbell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.music.studio.synth import dsp
from engine.music.studio.synth.dsp import Signal
from engine.music.studio.synth.voices import Stroke

_STARTS = (0.0, 0.41, 0.77, 0.19, 0.63)


@dataclass(frozen=True, slots=True)
class Driven:
    """Electric guitar through a hot amplifier and a speaker. `intervals` sound together before the distortion.

    Notes shorter than `mute_s` are palm-muted.
    """

    intervals: tuple[int, ...] = (0,)
    drive: float = 5.0
    speaker: tuple[float, float] = (95.0, 4300.0)
    ring: float = 2.6
    vibrato: float = 0.0
    wide: bool = False
    mute_s: float = 0.0


def play_driven(patch: Driven, stroke: Stroke) -> Signal:
    """One note (or power chord) of a distorted guitar; `wide` doubles the take on the other side."""
    muted = stroke.seconds < patch.mute_s
    count = dsp.samples(stroke.seconds + (0.03 if muted else 0.09))
    t = dsp.times(count)
    sides = []
    for take in range(1 + patch.wide):
        strings = np.zeros(count, dtype=np.float32)
        for index, interval in enumerate(patch.intervals):
            cents = (-4.0, 5.0, -2.5)[(index + take) % 3] if len(patch.intervals) > 1 or patch.wide else 0.0
            freq = dsp.hertz(stroke.pitch + interval + cents / 100)
            strings += _string(freq, count, patch, t, _STARTS[(index + 2 * take) % 5], stroke)
        hot = patch.drive * (0.5 + 0.7 * stroke.force) * (0.7 if muted else 1.0)
        driven = dsp.softly(strings * dsp.decay(count, 0.09 if muted else patch.ring), hot)
        low, high = patch.speaker
        high = (high * 0.55 if muted else high) * 2.0 ** (0.4 * stroke.bright)
        sides.append(_ends(dsp.shaped(driven, dsp.band(low, high, 3)), stroke.seconds))
    return np.stack(sides) if patch.wide else sides[0]


def _string(freq: float, count: int, patch: Driven, t: Signal, start: float, stroke: Stroke) -> Signal:
    h = np.arange(1, min(dsp.harmonic_count(freq), 40) + 1, dtype=np.float64)
    amplitudes = np.abs(np.sin(np.pi * h * 0.13)) / h * dsp.low_pass(freq * h, 2600.0, 1)
    table = dsp.make_table(amplitudes / np.sqrt(np.sum(amplitudes**2)))
    if not patch.vibrato and not stroke.slide:
        return dsp.read(table, dsp.phase(freq, count, start))
    depth = np.clip((t - np.float32(0.22)) * np.float32(3.5), 0.0, 1.0) * np.float32(patch.vibrato / 1200)
    bend = depth * np.sin(t * np.float32(2 * np.pi * 5.6))
    bend = (
        bend - np.float32(70 / 1200) * dsp.decay(count, 0.03) + np.float32(stroke.slide / 12) * dsp.decay(count, 0.05)
    )
    return dsp.read(table, dsp.bent_phase(np.float32(freq) * np.exp2(bend), start))


def _ends(signal: Signal, seconds: float) -> Signal:
    """Attack and release of a hand on the strings, in place."""
    rise = min(len(signal), dsp.samples(0.003))
    signal[:rise] *= np.linspace(0.0, 1.0, rise, dtype=np.float32)
    hold = min(len(signal) - 1, dsp.samples(seconds))
    signal[hold:] *= np.linspace(1.0, 0.0, len(signal) - hold, dtype=np.float32)
    return signal


@dataclass(frozen=True, slots=True)
class Boom:
    """The 808: a sine that drops into its pitch, driven until small speakers can hear it."""

    drive: float = 1.8
    punch: float = 1.6
    """Octaves above the pitch at the stroke."""
    ring: float = 1.1
    grit: float = 0.0


def play_boom(patch: Boom, stroke: Stroke) -> Signal:
    """One long bass note; slides in where the bass line asks for it."""
    freq = dsp.hertz(stroke.pitch)
    count = dsp.samples(stroke.seconds + 0.09)
    octaves = np.float32(patch.punch) * dsp.decay(count, 0.018)
    if stroke.slide:
        octaves = np.float32(stroke.slide / 12) * dsp.decay(count, 0.06)
    wave = dsp.sine_of(dsp.bent_phase(np.float32(freq) * np.exp2(octaves)))
    wave *= dsp.decay(count, patch.ring)
    driven = dsp.softly(wave, patch.drive * (0.6 + 0.55 * stroke.force))
    if patch.grit:
        folded = np.sin(wave * np.float32(3.2 * (0.7 + 0.3 * stroke.force)))
        driven = driven * np.float32(1 - patch.grit) + dsp.shaped(folded, dsp.band(60.0, 1800.0, 1)) * np.float32(
            patch.grit
        )
    return _ends(driven, stroke.seconds)


@dataclass(frozen=True, slots=True)
class Cowbell:
    """The drum machine's cowbell, tuned: two square waves a rough fifth apart through a band-pass."""

    ring: float = 0.34
    drive: float = 2.2


def play_cowbell(patch: Cowbell, stroke: Stroke) -> Signal:
    """One note of the tuned cowbell, its two sides a hair apart."""
    seconds = min(stroke.seconds, 0.7)
    count = dsp.samples(seconds + 0.12)
    env = np.float32(0.55) * dsp.decay(count, 0.035) + np.float32(0.45) * dsp.decay(count, patch.ring)
    sides = []
    for cents in (-5.0, 6.0):
        freq = dsp.hertz(stroke.pitch + cents / 100)
        total = np.zeros(count, dtype=np.float32)
        for ratio, amplitude in ((1.0, 1.0), (1.4983, 0.55)):
            h = np.arange(1, min(dsp.harmonic_count(freq * ratio), 24) + 1, dtype=np.float64)
            shape = np.where(h % 2 == 1, 1.0 / h, 0.0)
            shape = shape * dsp.band(freq * 0.9, 5200.0 * 2 ** (0.6 * stroke.bright), 1)(freq * ratio * h)
            total += dsp.read(dsp.make_table(shape), dsp.phase(freq * ratio, count)) * np.float32(amplitude)
        sides.append(_ends(dsp.softly(total * env, patch.drive), seconds))
    return np.stack(sides)
