"""Ears: how loud a part is as heard, and what the spectrum of the mix needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.music.studio.synth.dsp import RATE, Signal, Spectrum

_BLOCK, _NOTE = 1 << 14, 1 << 13  # samples that are listened to at a time
_CENTRES = np.array([31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000], dtype=np.float64)
_MOST_DB = 5.0

Curve = Callable[[Spectrum], Spectrum]


@cache
def k_weight(size: int) -> Signal:
    """Power gain of the K-weighting filter for each bin of a real FFT of `size` at 44.1 kHz.

    The two stages of ITU-R BS.1770-4, given there for 48 kHz and read at the same frequencies. The bins are counted
    once for both halves of the spectrum and scaled, so that a weighted sum of powers is a mean square.
    """
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size, 1 / RATE) / 48000.0)
    squared = z * z
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * squared) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * squared
    )
    high_pass = (1 - 2 * z + squared) / (1 - 1.99004745483398 * z + 0.99007225036621 * squared)
    return np.asarray(np.abs(shelf * high_pass) ** 2 * (2.0 / size**2), dtype=np.float32)


def loudness(stereo: Signal) -> float:
    """Loudness in LUFS of the louder half of a passage, -120 for silence: what one hears of a part that has rests.

    K-weighted power of blocks of 0.37 s; only the first 12 seconds are heard.
    """
    blocks = min(32, max(1, stereo.shape[1] // _BLOCK))
    passage = stereo[:, : blocks * _BLOCK]
    if passage.shape[1] < _BLOCK:
        passage = np.pad(passage, ((0, 0), (0, _BLOCK - passage.shape[1])))
    spectrum = np.fft.rfft(passage.reshape(2, blocks, _BLOCK))
    power = (spectrum.real**2 + spectrum.imag**2) @ k_weight(_BLOCK)
    loudest = np.sort(power.sum(axis=0))[blocks // 2 :]
    return float(-0.691 + 10 * np.log10(max(float(np.mean(loudest)), 1e-12)))


def evenness(note: Signal) -> float:
    """The gain that brings one note to a common loudness: K-weighted, from just after its attack."""
    mono = note if note.ndim == 1 else note[0]
    piece = mono[512 : 512 + _NOTE] if len(mono) > 2048 else mono[:_NOTE]
    spectrum = np.fft.rfft(piece, _NOTE)
    power = float((spectrum.real**2 + spectrum.imag**2) @ k_weight(_NOTE)) * _NOTE / max(len(piece), 1)
    return float(0.1 / max(power, 1e-8) ** 0.5)


def octave_levels(stereo: Signal) -> NDArray[np.float64]:
    """Mean level in dB of each octave band from 31.5 Hz to 16 kHz, from windows spread over the whole mix."""
    size = 16384
    starts = np.linspace(0, max(0, stereo.shape[1] - size), 160).astype(int)
    window = np.hanning(size).astype(np.float32)
    power = np.zeros(size // 2 + 1)
    for start in starts:
        piece = stereo[:, start : start + size]
        if piece.shape[1] == size:
            spectrum = np.fft.rfft(piece * window)
            power += np.sum(spectrum.real**2 + spectrum.imag**2, axis=0)
    freqs = np.fft.rfftfreq(size, 1 / RATE)
    levels = [power[(freqs >= c / 2**0.5) & (freqs < c * 2**0.5)].sum() for c in _CENTRES]
    decibels: NDArray[np.float64] = 10 * np.log10(np.maximum(np.array(levels), 1e-12))
    return decibels


def match(levels: NDArray[np.float64], tilt: float, low_db: float, share: float = 0.65) -> NDArray[np.float64]:
    """Correction in dB of each octave band towards a spectrum falling by `tilt` dB an octave, never more than 5 dB.

    Octave bands of a spectrum of -3 dB an octave are level, hence the +3. Below 90 Hz the target is flat plus `low_db`,
    above 8 kHz it falls faster.
    """
    octaves = np.log2(_CENTRES / 125.0)
    target = np.where(octaves < 0, low_db + 1.5 * octaves, octaves * (tilt + 3.0))
    target = target - np.maximum(0.0, octaves - 6.0) * 3.0
    wanted = target - levels
    middle = slice(2, 9)
    wanted -= np.mean(wanted[middle])
    return np.clip(wanted * share, -_MOST_DB, _MOST_DB)


def curve(corrections: NDArray[np.float64], low_cut: float = 28.0) -> Curve:
    """The corrections as a smooth gain over frequency, with a high-pass at `low_cut` Hz."""
    places = np.log2(_CENTRES)

    def gain(freqs: Spectrum) -> Spectrum:
        decibels = np.interp(np.log2(np.maximum(freqs, 1.0)), places, corrections)
        ratio = (np.maximum(freqs, 1e-3) / low_cut) ** 3
        return 10 ** (decibels / 20) * ratio / np.sqrt(1.0 + ratio * ratio)

    return gain
