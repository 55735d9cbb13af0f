"""Mastering: a measured loop in ffmpeg until the file is as loud as asked and its true peak is in bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.domain.errors import CheckFailed
from engine.domain.gate import LUFS_TOLERANCE, MAX_TRUE_PEAK_DBTP, TARGET_LUFS
from engine.domain.media import Loudness
from engine.media import ffmpeg, measure

RATE = 44_100
Signal = NDArray[np.float32]

_RAW = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "-"]
_CLOSE_ENOUGH = 0.3
_MAX_PASSES = 4
_FIRST_CEILING = -1.5
_BLOCK = 1 << 18
_OVERSAMPLING = 2  # four times costs twice as much and lets 0.1 dB less through; the measurement decides anyway


@dataclass(frozen=True, slots=True)
class Mastered:
    """What the loop did: the measured loudness of the file, the gain in dB, the limiter's ceiling in dBFS, passes."""

    loudness: Loudness
    gain_db: float
    ceiling_db: float
    passes: int


def master(mix: Signal, wav: Path, tick: Callable[[float], None]) -> Mastered:
    """Writes `mix` (float32 `(2, n)`) to `wav` as 24-bit 44.1 kHz stereo at -14 LUFS with a true peak under -1 dBTP.

    Raises CheckFailed for silence and where four passes do not meet the limits.
    """
    raw = measure.parse_loudness(
        ffmpeg.run([*_RAW, "-af", "ebur128=peak=sample:framelog=quiet", "-f", "null", "-"], feed=_blocks(mix)).log
    )
    if raw.integrated_lufs <= -69.0:
        raise CheckFailed("The mix is silent; there is nothing to master.")
    gain, ceiling = TARGET_LUFS - raw.integrated_lufs, _FIRST_CEILING
    for done in range(1, _MAX_PASSES + 1):
        _render(mix, wav, gain, ceiling)
        tick((2 * done - 1) / (2 * _MAX_PASSES))
        heard = measure.loudness(wav)
        tick(2 * done / (2 * _MAX_PASSES))
        error = TARGET_LUFS - heard.integrated_lufs
        if abs(error) <= _CLOSE_ENOUGH and heard.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP:
            return Mastered(heard, gain, ceiling, done)
        gain += error
        ceiling -= 0.3 if heard.true_peak_dbtp > MAX_TRUE_PEAK_DBTP else 0.0
    if abs(error) <= LUFS_TOLERANCE and heard.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP:
        return Mastered(heard, gain - error, ceiling, _MAX_PASSES)
    raise CheckFailed(
        f"The master is at {heard.integrated_lufs:.1f} LUFS and {heard.true_peak_dbtp:.1f} dBTP after {_MAX_PASSES} "
        f"passes; wanted {TARGET_LUFS:.0f} ±{LUFS_TOLERANCE} LUFS and at most {MAX_TRUE_PEAK_DBTP:.0f} dBTP."
    )


def _render(mix: Signal, wav: Path, gain: float, ceiling: float) -> None:
    chain = (
        f"volume={gain:.3f}dB,aresample={_OVERSAMPLING * RATE}:resampler=soxr,"
        f"alimiter=latency=1:limit={ceiling:.2f}dB:level=false:attack=5:release=60,"
        f"aresample={RATE}:resampler=soxr"
    )
    out = ["-c:a", "pcm_s24le", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "wav", str(wav)]
    ffmpeg.run([*_RAW, "-af", chain, *out], feed=_blocks(mix))


def _blocks(mix: Signal) -> Iterator[bytes]:
    """The mix as interleaved little-endian floats."""
    for start in range(0, mix.shape[1], _BLOCK):
        yield np.ascontiguousarray(mix[:, start : start + _BLOCK].T, dtype="<f4").tobytes()
