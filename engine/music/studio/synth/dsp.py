"""Building blocks of the synthesiser: phases, wave tables, envelopes, noise, filters. All in float32 at 44.1 kHz."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 44100
TABLE_BITS = 13
_SHIFT = np.uint32(32 - TABLE_BITS)
_TOP_HZ = 15000.0

Signal = NDArray[np.float32]
Spectrum = NDArray[np.floating[Any]]
"""Frequencies in Hz, or a figure for each of them."""
Phase = NDArray[np.uint32]


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def samples(seconds: float) -> int:
    """Whole samples in `seconds`."""
    return max(1, round(seconds * RATE))


def times(count: int) -> Signal:
    """Seconds of each of `count` samples."""
    return np.arange(count, dtype=np.float32) * np.float32(1 / RATE)


def phase(freq: float, count: int, start: float = 0.0) -> Phase:
    """A running phase; 2**32 is one turn, so that it wraps by itself. `start` in turns."""
    step = np.uint32(round(freq / RATE * 2**32) & 0xFFFFFFFF)
    return np.arange(count, dtype=np.uint32) * step + np.uint32(int(start * 2**32) & 0xFFFFFFFF)


def bent_phase(freqs: NDArray[np.float64] | Signal, start: float = 0.0) -> Phase:
    """The phase of a frequency that changes from sample to sample (Hz)."""
    turns = np.cumsum(freqs, dtype=np.float64) * (1 / RATE) + start
    return ((turns % 1.0) * 2**32).astype(np.uint32)


def sine_of(running: Phase) -> Signal:
    """Sine of a running phase."""
    wave: Signal = np.sin(running.view(np.int32).astype(np.float32) * np.float32(np.pi / 2**31))
    return wave


def sine(freq: float, count: int, start: float = 0.0) -> Signal:
    """A sine of `count` samples. `start` in turns."""
    return sine_of(phase(freq, count, start))


def read(table: Signal, running: Phase) -> Signal:
    """One cycle read at a running phase."""
    wave: Signal = table[running >> _SHIFT]
    return wave


def decay(count: int, seconds: float) -> Signal:
    """Exponential decay from 1 by 1/e every `seconds`."""
    falling: Signal = np.exp(times(count) * np.float32(-1.0 / seconds))
    return falling


def harmonics(shape: str, count: int) -> Spectrum:
    """Amplitudes of the harmonics 1..count of a wave shape."""
    h = np.arange(1, count + 1, dtype=np.float64)
    if shape == "saw":
        return 1.0 / h
    if shape == "square":
        return np.where(h % 2 == 1, 1.0 / h, 0.0)
    if shape == "pulse":  # a quarter of the cycle high
        return np.abs(np.sin(np.pi * h * 0.25)) / h * 1.4
    if shape == "triangle":
        return np.where(h % 2 == 1, 1.0 / h**2, 0.0)
    if shape == "hollow":  # between triangle and square
        return np.where(h % 2 == 1, 1.0 / h**1.5, 0.0)
    if shape == "reed":  # strong second to fourth, thin fundamental
        return np.where(h < 5, 0.8 / h**0.3, 1.6 / h**1.2)
    if shape == "flute":
        return 1.0 / h**1.8
    return np.where(h == 1, 1.0, 0.0)


def harmonic_count(freq: float) -> int:
    """How many harmonics lie under the top of the band."""
    return max(1, min(600, int(_TOP_HZ / freq)))


def make_table(amplitudes: Spectrum) -> Signal:
    """One cycle with these harmonics; their phases are spread so that the peak stays low (Schroeder 1970)."""
    count = len(amplitudes)
    h = np.arange(1, count + 1)
    spectrum = np.zeros((1 << TABLE_BITS) // 2 + 1, dtype=np.complex128)
    spectrum[1 : count + 1] = amplitudes * np.exp(-1j * np.pi * h * h / max(count, 8))
    return np.fft.irfft(spectrum, 1 << TABLE_BITS).astype(np.float32) * np.float32(1 << (TABLE_BITS - 1))


def low_pass(freqs: Spectrum, cutoff: float, poles: int = 4, peak: float = 0.0) -> Spectrum:
    """Gain of a low-pass at each frequency: Butterworth's slope, with a resonant peak of height `peak`."""
    ratio = freqs / max(cutoff, 20.0)
    gain = 1.0 / np.sqrt(1.0 + ratio ** (2 * poles))
    if peak:
        gain = gain * (1.0 + peak * np.exp(-((np.log2(np.maximum(ratio, 1e-6)) / 0.3) ** 2)))
    return np.asarray(gain)


def envelope(hold_s: float, attack_s: float, decay_s: float, sustain: float, release_s: float) -> Signal:
    """Attack (a quarter sine), decay towards `sustain`, release after `hold_s` that ends at zero."""
    hold, release = samples(hold_s), samples(release_s)
    attack = min(samples(max(attack_s, 0.0015)), hold)
    body = np.full(hold, sustain, dtype=np.float32)
    if sustain < 1.0 and hold > attack:
        body[attack:] += np.float32(1.0 - sustain) * decay(hold - attack, max(decay_s, 0.005))
    body[:attack] = np.sin(np.linspace(0.0, np.pi / 2, attack, dtype=np.float32))
    tail = np.linspace(1.0, 0.0, release, dtype=np.float32)
    return np.concatenate((body, body[-1] * tail * tail))


@lru_cache(maxsize=4)
def _noise_bank(seed: int) -> Signal:
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.standard_normal(1 << 18, dtype=np.float32)


def noise(count: int, seed: int) -> Signal:
    """White noise, the same for equal seeds."""
    bank = _noise_bank(977)
    start = (seed * 7919) % (len(bank) // 2)
    return np.resize(bank[start:], count) if count > len(bank) - start else bank[start : start + count].copy()


def shaped(signal: Signal, gain: Callable[[Spectrum], Spectrum]) -> Signal:
    """`signal` with each frequency (Hz) scaled by `gain(freqs)`: a filter without delay. Works on the last axis."""
    count = signal.shape[-1]
    size = fast_size(count + min(count, 2048))
    spectrum = np.fft.rfft(signal, size)
    spectrum *= gain(np.fft.rfftfreq(size, 1 / RATE)).astype(np.float32)
    return np.fft.irfft(spectrum, size)[..., :count].astype(np.float32, copy=False)


def fast_size(count: int) -> int:
    """The next size of the form 2^n or 3 * 2^n, on which the FFT is fast."""
    size = 1 << max(4, (count - 1).bit_length())
    return size * 3 // 4 if size * 3 // 4 >= count else size


def band(low: float, high: float, poles: int = 2) -> Callable[[Spectrum], Spectrum]:
    """A band-pass for `shaped`."""

    def gain(freqs: Spectrum) -> Spectrum:
        below = (np.maximum(freqs, 1e-3) / low) ** poles
        return np.asarray(low_pass(freqs, high, poles) * below / np.sqrt(1.0 + below * below))

    return gain


def softly(signal: Signal, drive: float) -> Signal:
    """Gentle saturation that leaves small signals alone."""
    bent: Signal = np.tanh(signal * np.float32(drive)) * np.float32(
        1.0 / np.tanh(drive) if drive > 0.5 else 1.0 / drive
    )
    return bent


def faded(signal: Signal, seconds: float = 0.004) -> Signal:
    """`signal` with its last moments taken to zero, in place."""
    count = min(samples(seconds), signal.shape[-1])
    signal[..., -count:] *= np.linspace(1.0, 0.0, count, dtype=np.float32)
    return signal
