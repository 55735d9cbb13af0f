"""Ears: how loud a part is as heard, and what the spectrum of the mix needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.music.studio.synth import dsp
from engine.music.studio.synth.dsp import RATE, Signal, Spectrum

_BLOCK_S = 0.4
_CENTRES = np.array([31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000], dtype=np.float64)
_MOST_DB = 5.0

Curve = Callable[[Spectrum], Spectrum]


def k_weight(freqs: Spectrum) -> Spectrum:
    """Gain of the K-weighting filter (ITU-R BS.1770-4, its two stages at 48 kHz) at each frequency in Hz."""
    z = np.exp(-2j * np.pi * np.minimum(freqs, 23900.0) / 48000.0)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    gain: Spectrum = np.abs(shelf * high_pass)
    return gain


def loudness(stereo: Signal) -> float:
    """Loudness in LUFS of the louder half of a passage, -120 for silence: what one hears of a part that has rests."""
    block = dsp.samples(_BLOCK_S)
    heard = dsp.shaped(stereo, k_weight)
    blocks = max(1, heard.shape[1] // block)
    if heard.shape[1] < block:
        power = np.array([np.mean(heard * heard) * 2])
    else:
        squares = heard[:, : blocks * block].reshape(2, blocks, block)
        power = np.sum(np.mean(squares * squares, axis=2), axis=0)
    loudest = np.sort(power)[len(power) // 2 :]
    return float(-0.691 + 10 * np.log10(max(float(np.mean(loudest)), 1e-12)))


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
