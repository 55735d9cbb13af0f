"""Kinds of instruments: each a description and the function that plays one note of it.

A note comes back as float32, mono `(n,)` or stereo `(2, n)`, starting with its attack and ending at zero.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.music.studio.synth import dsp
from engine.music.studio.synth.dsp import RATE, Signal

_STARTS = (0.0, 0.37, 0.71, 0.13, 0.59, 0.86, 0.24)
_MIDDLE_C = 261.6
Formants = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Stroke:
    """How one note is played: MIDI pitch, seconds until release, force 0..1, brightness -1..1.

    `slide` is where the note slides in from, in semitones.
    """

    pitch: int
    seconds: float
    force: float
    bright: float
    slide: int = 0


@dataclass(frozen=True, slots=True)
class Analog:
    """Oscillators through a low-pass with its own envelope.

    `cutoff` in Hz at middle C, following the pitch by `track`; `sweep` octaves above it at the attack, falling back
    in `sweep_s`. `detune` lists the oscillators in cents; `wide` plays them mirrored on the other side. `vibrato` in
    cents comes in after `vibrato_s`. `formants` are (Hz, gain, width in octaves).
    """

    shape: str
    cutoff: float
    track: float = 0.5
    sweep: float = 0.0
    sweep_s: float = 0.2
    peak: float = 0.0
    poles: int = 2
    detune: tuple[float, ...] = (0.0,)
    wide: bool = False
    sub: float = 0.0
    attack: float = 0.005
    decay: float = 0.3
    sustain: float = 0.8
    release: float = 0.12
    vibrato: float = 0.0
    vibrato_hz: float = 5.3
    vibrato_s: float = 0.28
    formants: Formants = ()
    breath: float = 0.0
    drive: float = 0.0
    scoop: float = 0.0
    """Cents below the pitch at the attack, as a singer or a flute comes in."""


def play_analog(patch: Analog, stroke: Stroke) -> Signal:
    """One note of a subtractive instrument."""
    freq = dsp.hertz(stroke.pitch)
    env = dsp.envelope(stroke.seconds, patch.attack, patch.decay, patch.sustain, patch.release)
    count = len(env)
    layers = _filter_layers(patch, freq, stroke)
    weights = _sweep_weights(patch, count)
    turns = _turns(patch, freq, count, stroke)
    sides = []
    for side in range(1 + patch.wide):
        wave = _oscillators(patch, layers, weights, freq, count, turns, side)
        if patch.sub:
            wave += np.float32(patch.sub) * _sub(freq, count, turns)
        if patch.breath:
            wave += np.float32(patch.breath) * _breath(freq, count, side)
        if patch.drive:
            wave = dsp.softly(wave, patch.drive)
            wave -= wave.mean()
        sides.append(wave * env)
    return np.stack(sides) if patch.wide else sides[0]


def _filter_layers(patch: Analog, freq: float, stroke: Stroke) -> list[Signal]:
    """Wave tables that add up to the opening filter: the rest position, then what each further step lets through."""
    count = dsp.harmonic_count(freq)
    freqs = freq * np.arange(1, count + 1, dtype=np.float64)
    source = dsp.harmonics(patch.shape, count)
    for centre, gain, width in patch.formants:
        source = source * (1.0 + gain * np.exp(-((np.log2(freqs / centre) / width) ** 2)))
    opened = 2.0 ** (0.9 * stroke.bright + 1.2 * (stroke.force - 0.75))
    cutoff = patch.cutoff * (freq / _MIDDLE_C) ** patch.track * opened
    steps = (0.0, 0.5, 1.0) if patch.sweep else (0.0,)
    spectra = [source * dsp.low_pass(freqs, cutoff * 2 ** (patch.sweep * s), patch.poles, patch.peak) for s in steps]
    parts = [spectra[0], *(after - before for before, after in itertools.pairwise(spectra))]
    return [dsp.make_table(part) for part in parts]


def _sweep_weights(patch: Analog, count: int) -> list[Signal | None]:
    if not patch.sweep:
        return [None]
    falling = dsp.decay(count, patch.sweep_s)
    return [None, np.minimum(np.float32(1.0), falling * np.float32(1.6)), falling * falling]


def _turns(patch: Analog, freq: float, count: int, stroke: Stroke) -> NDArray[np.float64] | None:
    """The running phase in turns where the pitch bends, else None."""
    if not (patch.vibrato or patch.scoop or stroke.slide):
        return None
    t = dsp.times(count)
    cents = np.zeros(count, dtype=np.float32)
    if patch.vibrato and count > dsp.samples(patch.vibrato_s):
        depth = np.clip((t - np.float32(patch.vibrato_s)) * np.float32(4.0), 0.0, 1.0)
        cents += np.float32(patch.vibrato) * depth * np.sin(t * np.float32(2 * np.pi * patch.vibrato_hz))
    if patch.scoop:
        cents -= np.float32(patch.scoop) * dsp.decay(count, 0.035)
    if stroke.slide:
        cents += np.float32(100.0 * stroke.slide) * dsp.decay(count, 0.045)
    return np.cumsum(np.exp2(cents * np.float32(1 / 1200)), dtype=np.float64) * (freq / RATE)


def _oscillators(
    patch: Analog,
    layers: list[Signal],
    weights: list[Signal | None],
    freq: float,
    count: int,
    turns: NDArray[np.float64] | None,
    side: int,
) -> Signal:
    total = np.zeros(count, dtype=np.float32)
    for index, cents in enumerate(patch.detune):
        ratio = 2.0 ** ((cents if side == 0 else -cents + 0.7) / 1200)
        start = _STARTS[(index + 3 * side) % len(_STARTS)]
        running = _phase(freq, ratio, count, turns, start)
        for table, weight in zip(layers, weights, strict=True):
            wave = dsp.read(table, running)
            total += wave if weight is None else wave * weight
    return total * np.float32(1 / len(patch.detune) ** 0.5)


def _phase(
    freq: float, ratio: float, count: int, turns: NDArray[np.float64] | None, start: float
) -> NDArray[np.uint32]:
    if turns is None:
        return dsp.phase(freq * ratio, count, start)
    moved = turns * ratio + start
    return ((moved - np.floor(moved)) * (2**32 - 1)).astype(np.uint32)


def _sub(freq: float, count: int, turns: NDArray[np.float64] | None) -> Signal:
    return dsp.sine_of(_phase(freq, 0.5, count, turns, 0.0))


def _breath(freq: float, count: int, side: int) -> Signal:
    return dsp.shaped(dsp.noise(count, 31 + side), dsp.band(freq, min(freq * 5, 5500.0), 1))


@dataclass(frozen=True, slots=True)
class Struck:
    """Strings and bars that are hit or plucked and die away, the high harmonics first.

    `place` is where the string is plucked (share of its length), `tilt` the slope of the harmonics, `ring` the
    fundamental's decay in seconds at middle C (shorter above), `damping` how much faster each octave of harmonics dies.
    """

    place: float = 0.2
    tilt: float = 1.0
    ring: float = 1.2
    damping: float = 0.8
    track: float = 0.5
    attack: float = 0.002
    release: float = 0.1
    detune: tuple[float, ...] = (0.0,)
    wide: bool = False
    pick: float = 0.05
    pick_band: tuple[float, float] = (1500.0, 7000.0)
    cutoff: float = 7000.0
    body: Formants = ()
    hum: float = 0.0
    """Cents above the pitch at the stroke, gone in a moment: a string struck hard."""


_BANDS = (1, 2, 4, 7, 12, 22, 600)


def play_struck(patch: Struck, stroke: Stroke) -> Signal:
    """One note of a plucked or struck instrument."""
    freq = dsp.hertz(stroke.pitch)
    count = dsp.samples(stroke.seconds + patch.release)
    tables = _struck_tables(patch, freq, stroke)
    ring = patch.ring * (_MIDDLE_C / freq) ** patch.track
    envs = [dsp.decay(count, max(0.02, ring / (1 + patch.damping * band**1.3))) for band in range(len(tables))]
    turns = None
    if patch.hum:
        bend = np.exp2(np.float32(patch.hum / 1200) * dsp.decay(count, 0.05))
        turns = np.cumsum(bend, dtype=np.float64) * (freq / RATE)
    sides = []
    for side in range(1 + patch.wide):
        total = np.zeros(count, dtype=np.float32)
        for index, cents in enumerate(patch.detune):
            ratio = 2.0 ** ((cents if side == 0 else -cents) / 1200)
            running = _phase(freq, ratio, count, turns, _STARTS[(index + 2 * side) % 7])
            for table, env in zip(tables, envs, strict=True):
                total += dsp.read(table, running) * env
        if patch.pick:
            total += _pick(patch, stroke, count, side)
        sides.append(total * _gate(patch, stroke.seconds, count))
    return np.stack(sides) if patch.wide else sides[0]


def _struck_tables(patch: Struck, freq: float, stroke: Stroke) -> list[Signal]:
    count = dsp.harmonic_count(freq)
    h = np.arange(1, count + 1, dtype=np.float64)
    cutoff = patch.cutoff * 2.0 ** (0.8 * stroke.bright + 1.5 * (stroke.force - 0.75))
    amplitudes = np.abs(np.sin(np.pi * h * patch.place)) / h**patch.tilt * dsp.low_pass(freq * h, cutoff, 1)
    for centre, gain, width in patch.body:
        amplitudes = amplitudes * (1.0 + gain * np.exp(-((np.log2(freq * h / centre) / width) ** 2)))
    amplitudes /= np.sqrt(np.sum(amplitudes**2))
    tables = []
    for low, high in itertools.pairwise(_BANDS):
        kept = np.where((h >= low) & (h < high), amplitudes, 0.0)
        if kept.any():
            tables.append(dsp.make_table(kept))
    return tables


def _pick(patch: Struck, stroke: Stroke, count: int, side: int) -> Signal:
    length = min(count, dsp.samples(0.03))
    click = np.zeros(count, dtype=np.float32)
    burst = dsp.noise(length, 53 + side) * dsp.decay(length, 0.006)
    click[:length] = dsp.shaped(burst, dsp.band(*patch.pick_band, 1)) * np.float32(patch.pick * stroke.force)
    return click


def _gate(patch: Struck, seconds: float, count: int) -> Signal:
    """The attack's rise and the damped end."""
    gate = np.ones(count, dtype=np.float32)
    rise = min(count, dsp.samples(patch.attack))
    gate[:rise] = np.linspace(0.0, 1.0, rise, dtype=np.float32)
    hold = min(count - 1, dsp.samples(seconds))
    fall = np.linspace(1.0, 0.0, count - hold, dtype=np.float32)
    gate[hold:] *= fall * fall
    return gate


@dataclass(frozen=True, slots=True)
class Modal:
    """Bars, bells, tines: partials of any ratio, as (ratio, amplitude, decay in seconds at middle C)."""

    partials: tuple[tuple[float, float, float], ...]
    track: float = 0.3
    attack: float = 0.002
    release: float = 0.25
    knock: float = 0.0
    tremolo_hz: float = 0.0
    wide: float = 0.0
    """Cents between the sides."""


def play_modal(patch: Modal, stroke: Stroke) -> Signal:
    """One note of a bell-like instrument."""
    freq = dsp.hertz(stroke.pitch)
    count = dsp.samples(stroke.seconds + patch.release)
    shorter = (_MIDDLE_C / freq) ** patch.track
    sides = []
    for side in range(2 if patch.wide else 1):
        total = np.zeros(count, dtype=np.float32)
        for index, (ratio, amplitude, ring) in enumerate(patch.partials):
            hz = freq * ratio * 2.0 ** ((0.5 - side) * patch.wide / 1200)
            if hz > 14000:
                continue
            above = np.log2(max(ratio, 1.0))
            opened = 2.0 ** (above * (0.5 * stroke.bright + 1.2 * (stroke.force - 0.75)))
            wave = dsp.sine(hz, count, _STARTS[(index + side) % 7])
            total += wave * dsp.decay(count, ring * shorter) * np.float32(amplitude * opened)
        if patch.knock:
            length = min(count, dsp.samples(0.02))
            burst = dsp.shaped(dsp.noise(length, 71), dsp.band(800.0, 5000.0, 1)) * dsp.decay(length, 0.004)
            total[:length] += burst * np.float32(patch.knock * stroke.force)
        sides.append(total)
    gate = _gate(Struck(attack=patch.attack, release=patch.release), stroke.seconds, count)
    if patch.tremolo_hz:
        swing = np.sin(dsp.times(count) * np.float32(2 * np.pi * patch.tremolo_hz))
        gate = gate * (np.float32(0.88) + np.float32(0.12) * swing)
    return np.stack([side * gate for side in sides]) if patch.wide else sides[0] * gate


@dataclass(frozen=True, slots=True)
class Fm:
    """Two operators: the modulator at `ratio` bends the carrier by `index`, more when struck hard, dying away.

    `tine` adds a high partial at the stroke.
    """

    ratio: float = 1.0
    index: float = 1.2
    index_s: float = 0.5
    index_rest: float = 0.25
    ring: float = 2.2
    attack: float = 0.003
    release: float = 0.14
    sustain: float = 0.0
    tine: float = 0.0
    tine_ratio: float = 7.0
    wide: float = 0.0
    drive: float = 0.0


def play_fm(patch: Fm, stroke: Stroke) -> Signal:
    """One note of a frequency-modulation instrument."""
    freq = dsp.hertz(stroke.pitch)
    count = dsp.samples(stroke.seconds + patch.release)
    depth = patch.index * 2.0 ** (1.5 * (stroke.force - 0.75) + 0.7 * stroke.bright) * min(1.0, (900.0 / freq) ** 0.5)
    index = np.float32(depth) * (
        np.float32(patch.index_rest) + np.float32(1 - patch.index_rest) * dsp.decay(count, patch.index_s)
    )
    ring = patch.ring * (_MIDDLE_C / freq) ** 0.4
    env = np.float32(patch.sustain) + np.float32(1 - patch.sustain) * dsp.decay(count, ring)
    env *= _gate(Struck(attack=patch.attack, release=patch.release), stroke.seconds, count)
    sides = []
    for side in range(2 if patch.wide else 1):
        hz = freq * 2.0 ** ((0.5 - side) * patch.wide / 1200)
        angle = dsp.phase(hz, count).view(np.int32).astype(np.float32) * np.float32(np.pi / 2**31)
        wave = np.sin(angle + index * dsp.sine(hz * patch.ratio, count))
        if patch.tine:
            wave += np.float32(patch.tine) * dsp.sine(hz * patch.tine_ratio, count) * dsp.decay(count, 0.09)
        if patch.drive:
            wave = dsp.softly(wave, patch.drive)
        sides.append(wave * env)
    return np.stack(sides) if patch.wide else sides[0]
