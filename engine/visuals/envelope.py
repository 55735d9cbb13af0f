"""What a picture can follow in a sound: spectrum, bands, loudness and onsets, one value per video frame.

Decoded by ffmpeg to 22.05 kHz mono and read in blocks: memory grows with the number of frames only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.media import ffmpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 22_050
WINDOW = 2048
BANDS = 48
_LOWEST_HZ, _HIGHEST_HZ = 40.0, 10_000.0
_BLOCK = 32
_FALL = 0.86
"""How much of a band's level stays after one frame at 30 fps."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Levels 0..1, each (frames,) but the spectrum (frames, BANDS), low to high."""

    spectrum: NDArray[np.float32]
    bass: NDArray[np.float32]
    mid: NDArray[np.float32]
    treble: NDArray[np.float32]
    loud: NDArray[np.float32]
    onset: NDArray[np.float32]


def read_envelope(sound: Path, frames: int, fps: int) -> Envelope:
    """The envelope of a sound file for `frames` video frames; silence where the file is shorter.

    Raises MediaError where ffmpeg cannot decode the file.
    """
    args = ["-v", "error", "-i", str(sound), "-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    samples = np.frombuffer(ffmpeg.run(args, want_output=True).output, np.int16)
    bands = np.zeros((frames, BANDS), np.float32)
    loud = np.zeros(frames, np.float32)
    for at, windows in _windows(samples, frames, fps):
        power = np.abs(np.fft.rfft(windows * np.hanning(WINDOW).astype(np.float32), axis=1)) ** 2
        bands[at : at + len(windows)] = np.log1p(_banded(power))
        loud[at : at + len(windows)] = np.sqrt(np.mean(windows * windows, axis=1))
    return _shaped(bands, loud, fps)


def _windows(samples: NDArray[np.int16], frames: int, fps: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Blocks of (first frame, windows centred on each frame's middle), zero beyond both ends."""
    hop = RATE / fps
    reach = np.arange(WINDOW) - WINDOW // 2
    for first in range(0, frames, _BLOCK):
        centres = ((np.arange(first, min(frames, first + _BLOCK)) + 0.5) * hop).astype(np.int64)
        places = centres[:, None] + reach
        inside = (places >= 0) & (places < len(samples))
        if len(samples) == 0:
            yield first, np.zeros(places.shape, np.float32)
            continue
        values = samples[np.clip(places, 0, len(samples) - 1)].astype(np.float32) / 32768
        yield first, values * inside


def _banded(power: NDArray[np.floating]) -> NDArray[np.float32]:
    """(windows, bins) to (windows, BANDS): each band averages its bins; narrow low bands take their nearest bin."""
    edges = (np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, BANDS + 1) * WINDOW / RATE).astype(np.int64)
    lows, highs = edges[:-1], np.maximum(edges[:-1] + 1, edges[1:])
    sums = np.add.reduceat(power[:, : highs[-1]], lows, axis=1)
    return np.asarray(sums / (highs - lows), np.float32)


def _shaped(bands: NDArray[np.float32], loud: NDArray[np.float32], fps: int) -> Envelope:
    rises = np.maximum(0, np.diff(bands, axis=0, prepend=bands[:1])).mean(axis=1)
    levels = _falling(_scaled(bands), _FALL ** (30 / fps))
    return Envelope(
        spectrum=levels,
        bass=levels[:, :8].mean(axis=1),
        mid=levels[:, 12:30].mean(axis=1),
        treble=levels[:, 32:].mean(axis=1),
        loud=_scaled(loud[:, None])[:, 0],
        onset=_falling(_scaled(rises[:, None]), 0.78 ** (30 / fps))[:, 0],
    )


def _scaled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each column over its own loud end, so that quiet bands move as much as loud ones."""
    top = np.percentile(values, 98, axis=0) if len(values) else np.ones(values.shape[1])
    return np.clip(values / np.maximum(top, 1e-6), 0, 1).astype(np.float32)


def _falling(values: NDArray[np.float32], keep: float) -> NDArray[np.float32]:
    """Rises at once, falls by `keep` a frame."""
    fallen = values.copy()
    for index in range(1, len(fallen)):
        np.maximum(fallen[index], fallen[index - 1] * np.float32(keep), out=fallen[index])
    return fallen
