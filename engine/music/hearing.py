"""What can be heard in a finished track that nobody told us about: its key, its beats and bars, its parts.

Key: the correlation of the summed chroma with the profiles of Krumhansl and Kessler (1982). Beats: the phase at which a
grid of the measured tempo meets most onsets; the first of four is the one with most bass. Parts: where the loudness of
bars changes most; their names come from loudness and place alone, so they are guesses.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.song import Section, SectionKind, Timeline
from engine.music.analysis import tempo_of

RATE = 11_025
_WINDOW, _HOP = 1024, 128
_SEEN_S = 0.7 * _WINDOW / RATE
"""How far an onset lies behind the start of the frame in which the spectrum rises most."""
_CHROMA_WINDOW = 8192
_LOW_HZ, _HIGH_HZ = 65.0, 2_100.0
_BASS_HZ = 150.0
_BEATS_PER_BAR = 4
_LEAST_BARS = 4
_MOST_SECTIONS = 9
_NO_PULSE_BPM = 120.0
"""The grid where no pulse was found: pictures still need one to move by."""
_NAMES = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)

Mono = NDArray[np.float32]
"""Samples at `RATE`."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The timeline without words, and how sure its key and tempo are, 0..1."""

    timeline: Timeline
    key_confidence: float
    tempo_confidence: float


def hear(mono: Mono) -> Heard:
    """Listens to a whole track."""
    duration = len(mono) / RATE
    flux, bass = _onsets(mono)
    frame_rate = RATE / _HOP
    tempo, confidence = tempo_of(flux, frame_rate)
    tempo = tempo or _NO_PULSE_BPM
    key, key_confidence = key_of(chroma_of(mono))
    bars = _bars(flux, bass, tempo, frame_rate, duration)
    timeline = Timeline(tempo, _BEATS_PER_BAR, key, duration, bars, _sections(mono, bars, duration), ())
    return Heard(timeline, key_confidence, confidence)


def chroma_of(mono: Mono) -> NDArray[np.float64]:
    """Energy of the twelve pitch classes from C on, summing to 1; zeros for silence."""
    freqs = np.fft.rfftfreq(_CHROMA_WINDOW, 1 / RATE)
    used = (freqs >= _LOW_HZ) & (freqs <= _HIGH_HZ)
    classes = np.round(69 + 12 * np.log2(freqs[used] / 440.0)).astype(int) % 12
    window = np.hanning(_CHROMA_WINDOW).astype(np.float32)
    total = np.zeros(12)
    for start in range(0, max(1, len(mono) - _CHROMA_WINDOW), _CHROMA_WINDOW // 2):
        frame = mono[start : start + _CHROMA_WINDOW]
        if len(frame) == _CHROMA_WINDOW:
            power = np.sqrt(np.abs(np.fft.rfft(frame * window)))[used]  # the root: a loud bass is not the whole key
            total += np.bincount(classes, weights=power, minlength=12)
    return np.asarray(total / total.sum() if total.sum() else total)


def key_of(chroma: NDArray[np.float64]) -> tuple[str, float]:
    """(key such as `A minor`, how far it stands out from the next best, 0..1); empty for silence."""
    if not chroma.any():
        return "", 0.0
    scores = []
    for mode, profile in (("major", _MAJOR), ("minor", _MINOR)):
        for tonic in range(12):
            fit = np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]
            scores.append((float(np.nan_to_num(fit)), f"{_NAMES[tonic]} {mode}"))
    scores.sort(reverse=True)
    return scores[0][1], round(max(0.0, min(1.0, (scores[0][0] - scores[1][0]) * 5)), 3)


def energy_of(onset_rate: float, brightness_hz: float, range_lu: float) -> float:
    """How driven a track sounds, 0..1: the mean of how much happens (8 onsets a second count as most), how bright it is
    (from 250 to 4,000 Hz, by octaves) and how evenly loud (20 LU count as least). Loudness says nothing: all are
    mastered to the same."""
    busy = onset_rate / 8.0
    bright = math.log2(max(brightness_hz, 250.0) / 250.0) / 4.0
    even = 1.0 - range_lu / 20.0
    return round(sum(min(1.0, max(0.0, part)) for part in (busy, bright, even)) / 3.0, 3)


def _onsets(mono: Mono) -> tuple[Mono, Mono]:
    """Rise of the log spectrum per frame, of everything and of the bass."""
    count = max(1, (len(mono) - _WINDOW) // _HOP + 1)
    padded = np.pad(mono, (0, max(0, _WINDOW - len(mono))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count]
    window = np.hanning(_WINDOW).astype(np.float32)
    bass_bins = int(_BASS_HZ * _WINDOW / RATE) + 1
    whole, bass = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
    before: NDArray[np.float32] | None = None
    for start in range(0, count, 512):
        logs = np.log1p(100.0 * np.abs(np.fft.rfft(frames[start : start + 512] * window))).astype(np.float32)
        first = logs[:1] if before is None else before
        rise = np.maximum(np.diff(np.concatenate((first, logs)), axis=0), 0.0)
        before = logs[-1:]
        whole[start : start + len(logs)] = rise.sum(axis=1)
        bass[start : start + len(logs)] = rise[:, :bass_bins].sum(axis=1)
    return whole, bass


def _bars(flux: Mono, bass: Mono, tempo: float, frame_rate: float, duration: float) -> tuple[float, ...]:
    """Start of each bar in seconds, ascending."""
    beat = 60.0 / tempo
    phases = np.arange(0.0, beat, 1 / frame_rate)
    beats = max(1, int((duration - beat) / beat))
    grid = np.arange(beats) * beat

    def strength(curve: Mono, start: float, step: int) -> float:
        places = np.minimum(((start + grid[::step]) * frame_rate).astype(int), len(curve) - 1)
        return float(curve[places].mean())

    first = max(phases, key=lambda phase: strength(flux, phase, 1))
    down = max(range(_BEATS_PER_BAR), key=lambda n: strength(bass, first + n * beat, _BEATS_PER_BAR))
    start = (first + down * beat + _SEEN_S) % (beat * _BEATS_PER_BAR)
    count = max(1, math.ceil((duration - start) / (beat * _BEATS_PER_BAR)))
    found = [float(round(start + n * beat * _BEATS_PER_BAR, 4)) for n in range(count)]
    return tuple(at for at in found if at < duration)


def _sections(mono: Mono, bars: Sequence[float], duration: float) -> tuple[Section, ...]:
    """Parts from the first sample to the last, cut at bars."""
    edges = [0.0, *(bar for bar in bars if bar > 0.5), duration]
    levels = np.array([_level(mono, a, b) for a, b in itertools.pairwise(edges)])
    cuts = _cuts(levels)
    spans = list(zip([0, *cuts], [*cuts, len(levels)], strict=True))
    means = [float(levels[a:b].mean()) for a, b in spans]
    top, low = max(means), min(means)
    found = []
    for index, ((a, b), mean) in enumerate(zip(spans, means, strict=True)):
        share = (mean - low) / (top - low) if top > low else 0.5
        kind = _name(index, len(spans), share)
        found.append(Section(kind, float(edges[a]), float(edges[b]), b - a, round(share, 3)))
    return tuple(found)


def _level(mono: Mono, start: float, end: float) -> float:
    """Loudness of a span in dB, by its mean square."""
    part = mono[int(start * RATE) : max(int(start * RATE) + 1, int(end * RATE))]
    return 10.0 * math.log10(float(np.mean(part.astype(np.float64) ** 2)) + 1e-9) if len(part) else -90.0


def _cuts(levels: NDArray[np.float64]) -> list[int]:
    """The bars at which the mean of the bars before and after differs most, apart by `_LEAST_BARS`."""
    reach = _LEAST_BARS
    change = [
        (abs(float(levels[max(0, at - reach) : at].mean() - levels[at : at + reach].mean())), at)
        for at in range(reach, len(levels) - reach + 1)
    ]
    found: list[int] = []
    for size, at in sorted(change, reverse=True):
        if size < 1.0 or len(found) >= _MOST_SECTIONS - 1:
            break
        if all(abs(at - other) >= reach for other in found):
            found.append(at)
    return sorted(found)


def _name(index: int, count: int, share: float) -> SectionKind:
    if count > 2 and index == 0 and share < 0.6:
        return SectionKind.INTRO
    if count > 2 and index == count - 1 and share < 0.6:
        return SectionKind.OUTRO
    if share >= 0.66:
        return SectionKind.CHORUS
    return SectionKind.BREAK if share < 0.2 and count > 3 else SectionKind.VERSE
