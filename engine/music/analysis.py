"""Measures a finished track: tempo, spectrum, silence, clipping, width. Own numpy on what ffmpeg decodes.

Tempo: spectral flux of log magnitudes, its autocorrelation at one, two and four beats, weighed by a log-Gaussian prior
around 110 bpm (the method of Ellis 2007, "Beat Tracking by Dynamic Programming", with an FFT autocorrelation).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.domain.errors import MediaError
from engine.domain.media import StreamFacts, TrackFacts
from engine.media import ffmpeg, measure

WAVEFORM_SLICES = 240
_BLOCK_S = 24.0
_SILENCE = 10 ** (-60 / 20)
_SILENCE_WINDOW_S = 0.05
_CLIP_RUN = 3  # neighbouring samples at full scale: a lone one is a peak, not clipping
_WINDOW, _HOP = 1024, 256  # at half rate
_BASS_HZ = 150.0
_LEAST_ONSET = 8.0  # summed rise of the log magnitudes: below it nothing began
_PRIOR_BPM, _PRIOR_OCTAVES = 110.0, 1.0
_SLOWEST, _FASTEST = 50.0, 210.0

Samples = NDArray[np.float32]


def analyse(path: Path) -> TrackFacts:
    """The facts of an audio file that ffmpeg can read. Raises MediaError where there is no sound in it.

    Works in blocks of 24 seconds: memory does not grow with the length.
    """
    stream = measure.probe(path)
    if not stream.audio_codec or stream.sample_rate <= 0:
        raise MediaError(f"{path.name} holds no audio.")
    heard = _Listener(stream.sample_rate, stream.duration_s)
    for block in _blocks(path, stream):
        heard.listen(block)
    return heard.facts(path, stream)


def _blocks(path: Path, stream: StreamFacts) -> Iterator[Samples]:
    """The sound as float32 `(n, 2)` in blocks; mono is doubled, more channels are mixed down."""
    for index in range(max(1, math.ceil(stream.duration_s / _BLOCK_S))):
        place = ["-ss", f"{index * _BLOCK_S:.3f}", "-t", f"{_BLOCK_S:.3f}"]
        args = ["-v", "error", *place, "-i", str(path), "-map", "0:a:0", "-ac", "2", "-f", "f32le", "-"]
        data = ffmpeg.run(args, want_output=True).output
        yield np.frombuffer(data, dtype="<f4").reshape(-1, 2)


@dataclass(slots=True)
class _Listener:
    """Running sums over the blocks."""

    rate: int
    duration_s: float
    frames: int = 0
    clipped: int = 0
    middle: float = 0.0
    side: float = 0.0
    peaks: Samples = field(default_factory=lambda: np.zeros(WAVEFORM_SLICES, dtype=np.float32))
    levels: list[Samples] = field(default_factory=list)
    flux: list[Samples] = field(default_factory=list)
    spectrum: NDArray[np.float64] = field(default_factory=lambda: np.zeros(_WINDOW // 2 + 1))
    centroids: list[tuple[float, float]] = field(default_factory=list)
    before: Samples | None = None
    rest: Samples = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    def listen(self, block: Samples) -> None:
        """Takes the next block in."""
        if not len(block):
            return
        self._shape(block)
        self.clipped += _clipped(block)
        total, apart = block.sum(axis=1), block[:, 0] - block[:, 1]
        self.middle += float(np.dot(total, total))
        self.side += float(np.dot(apart, apart))
        window = max(1, round(_SILENCE_WINDOW_S * self.rate))
        loud = np.abs(block).max(axis=1)
        whole = loud[: len(loud) // window * window].reshape(-1, window)
        self.levels.append(whole.max(axis=1))
        self._listen_to_spectrum(total * np.float32(0.5))
        self.frames += len(block)

    def _shape(self, block: Samples) -> None:
        """The waveform: peaks of equal slices of the whole length."""
        length = max(1, round(self.duration_s * self.rate))
        places = (np.arange(0, len(block), 64) + self.frames) * WAVEFORM_SLICES // length
        loud = np.abs(block).max(axis=1)
        groups = np.maximum.reduceat(loud, np.arange(0, len(block), 64))
        np.maximum.at(self.peaks, np.minimum(places, WAVEFORM_SLICES - 1), groups)

    def _listen_to_spectrum(self, mono: Samples) -> None:
        half = np.concatenate((self.rest, mono[: len(mono) // 2 * 2].reshape(-1, 2).mean(axis=1)))
        count = max(0, (len(half) - _WINDOW) // _HOP + 1)
        self.rest = half[count * _HOP :]  # the next block goes on from here, so that the frames keep their distance
        if not count:
            return
        frames = np.lib.stride_tricks.sliding_window_view(half, _WINDOW)[::_HOP]
        window = np.hanning(_WINDOW).astype(np.float32)
        for at in range(0, len(frames), 512):
            part = np.abs(np.fft.rfft(frames[at : at + 512] * window))
            power = part * part
            self.spectrum += power.sum(axis=0)
            freqs = np.arange(power.shape[1]) * (self.rate / 2 / _WINDOW)
            weight = part.sum(axis=1)
            audible = weight > 1e-2
            centres = (part[audible] @ freqs) / weight[audible]
            self.centroids.append((float(centres.sum()), float(audible.sum())))
            self.flux.append(self._onsets(np.log1p(100.0 * part)))

    def _onsets(self, logs: Samples) -> Samples:
        first = logs[:1] if self.before is None else self.before
        rise = np.diff(np.concatenate((first, logs)), axis=0)
        self.before = logs[-1:]
        return np.asarray(np.maximum(rise, 0.0).sum(axis=1), dtype=np.float32)

    def facts(self, path: Path, stream: StreamFacts) -> TrackFacts:
        """All of it together. Raises MediaError where nothing was heard."""
        if not self.frames:
            raise MediaError(f"{path.name} holds no audio.")
        levels = np.concatenate(self.levels) if self.levels else np.zeros(1, dtype=np.float32)
        flux = np.concatenate(self.flux) if self.flux else np.zeros(1, dtype=np.float32)
        frame_rate = self.rate / 2 / _HOP
        tempo, confidence = tempo_of(flux, frame_rate)
        freqs = np.arange(len(self.spectrum)) * (self.rate / 2 / _WINDOW)
        energy = float(self.spectrum.sum())
        centre = [sum(values) for values in zip(*self.centroids, strict=True)] or [0.0, 0.0]
        quiet = levels < _SILENCE
        return TrackFacts(
            duration_s=self.frames / self.rate,
            sample_rate=stream.sample_rate,
            channels=stream.channels,
            loudness=measure.loudness(path),
            tempo_bpm=tempo,
            tempo_confidence=confidence,
            brightness_hz=centre[0] / centre[1] if centre[1] else 0.0,
            bass_share=float(self.spectrum[freqs < _BASS_HZ].sum()) / energy if energy else 0.0,
            silence_share=float(quiet.mean()),
            longest_silence_s=_longest(quiet) * _SILENCE_WINDOW_S,
            clipped_samples=self.clipped,
            stereo_width=self.side / (self.middle + self.side) if self.middle + self.side else 0.0,
            onset_rate=_onset_count(flux, frame_rate) / (self.frames / self.rate),
            waveform=tuple(float(round(min(1.0, peak), 4)) for peak in self.peaks),
        )


def _clipped(block: Samples) -> int:
    """Samples in runs of at least three at full scale."""
    count = 0
    for channel in range(block.shape[1]):
        full = np.abs(block[:, channel]) >= 0.99995
        if full.any():
            count += _in_runs(full)
    return count


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Lengths of the runs of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return edges[1::2] - edges[::2]


def _in_runs(flags: NDArray[np.bool_]) -> int:
    lengths = _runs(flags)
    return int(lengths[lengths >= _CLIP_RUN].sum())


def _longest(flags: NDArray[np.bool_]) -> int:
    lengths = _runs(flags)
    return int(lengths.max()) if len(lengths) else 0


def _onset_count(flux: Samples, frame_rate: float) -> int:
    """Peaks of the flux that stand out from the second around them, at most one every 50 ms."""
    span = max(3, int(frame_rate / 2) * 2 + 1)
    if len(flux) < span:
        return 0
    mean = np.convolve(flux, np.ones(span) / span, mode="same")
    reach = max(1, round(0.025 * frame_rate))
    padded = np.pad(flux, reach, constant_values=0.0)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    peaks = (flux >= highest) & (flux > 1.5 * mean) & (flux > max(_LEAST_ONSET, 0.1 * float(flux.max())))
    return int(peaks.sum())


def tempo_of(flux: Samples, frame_rate: float) -> tuple[float, float]:
    """(beats per minute, confidence 0..1) of an onset strength curve with `frame_rate` values a second.

    Half and double tempo cannot be told apart by ear alone: where one of them fits nearly as well, the confidence is
    low. (0, 0) where there is no pulse to find.
    """
    if len(flux) < frame_rate * 4 or float(flux.max()) <= 0.0:
        return 0.0, 0.0
    similar = _autocorrelation(flux - _smoothed(flux, int(frame_rate)))
    if similar[0] <= 0:
        return 0.0, 0.0
    similar = similar / similar[0]
    tempi = np.exp(np.linspace(math.log(_SLOWEST), math.log(_FASTEST), 1200))
    lags = 60.0 * frame_rate / tempi
    places = np.arange(len(similar))
    comb = sum(
        np.interp(lags * beats, places, similar, right=0.0) * share for beats, share in ((1, 0.5), (2, 0.3), (4, 0.2))
    )
    prior = np.exp(-0.5 * (np.log2(tempi / _PRIOR_BPM) / _PRIOR_OCTAVES) ** 2)
    score = np.maximum(comb, 0.0) * prior
    best = int(score.argmax())
    if score[best] <= 0:
        return 0.0, 0.0
    elsewhere = np.abs(np.log2(tempi / tempi[best])) > 0.06
    rival = float(score[elsewhere].max()) / float(score[best])
    strength = min(1.0, max(0.0, float(comb[best])) / 0.5)
    tempo = _refined(similar, float(tempi[best]), frame_rate)
    return round(tempo, 2), round(strength * max(0.0, min(1.0, 1.6 * (1.0 - 0.75 * rival))), 3)


def _smoothed(flux: Samples, span: int) -> NDArray[np.float64]:
    kernel = np.ones(max(3, span)) / max(3, span)
    return np.convolve(flux, kernel, mode="same")


def _autocorrelation(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    size = 1 << (2 * len(curve) - 1).bit_length()
    spectrum = np.fft.rfft(curve, size)
    return np.fft.irfft(np.abs(spectrum) ** 2, size)[: len(curve)]


def _refined(similar: NDArray[np.float64], tempo: float, frame_rate: float) -> float:
    """The tempo read from the peak at the longest multiple of its lag that still stands, for a finer grid."""
    refined = tempo
    for beats in (4, 8, 16, 32):
        lag = 60.0 * frame_rate / refined * beats
        reach = max(2, int(0.12 * 60.0 * frame_rate / refined))
        low, high = round(lag) - reach, round(lag) + reach + 1
        if high + 1 >= len(similar) or low < 1:
            break
        at = low + int(similar[low:high].argmax())
        if similar[at] <= 0.1 or at in (low, high - 1):
            break
        before, here, after = similar[at - 1 : at + 2]
        bend = before - 2 * here + after
        peak = at + (0.5 * (before - after) / bend if bend else 0.0)
        refined = 60.0 * frame_rate * beats / peak
    return float(refined)
