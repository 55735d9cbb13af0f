"""Whether two files sound the same, and how far one runs behind the other: cross-correlation of the decoded sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.errors import MediaError
from engine.media import ffmpeg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RATE = 4_000  # enough for 0.25 ms, and the band in which lossy coders change nothing
CHAIN = f"aresample={_RATE}:async=1:first_pts=0"
"""Filters after which a sound can be compared, once it is mono."""
_WINDOW_S = 30
_AS_GOOD = 0.99
MP3_LAG_S = 0.005
"""What an MP3 may run beside its WAV."""
_LEAST_ALIKE = 0.8
_QUIET = 1e-5  # root mean square below which a window holds nothing to compare


@dataclass(frozen=True, slots=True)
class Likeness:
    """`lag_s` is how much later the second file is (the larger of start and end), `alike` 0..1 (the smaller)."""

    lag_s: float
    alike: float


def sound(path: Path) -> NDArray[np.float32]:
    """The first sound stream as mono at 4 kHz, from time zero of the file. Raises MediaError."""
    import numpy as np

    args = ["-v", "error", "-i", str(path), "-map", "0:a:0", "-af", CHAIN, "-ac", "1", "-f", "f32le", "-"]
    return np.frombuffer(ffmpeg.run(args, want_output=True).output, dtype="<f4")


def compare(first: NDArray[np.float32], second: NDArray[np.float32]) -> Likeness:
    """Compares the first and the last half minute of two sounds. Raises MediaError where one holds none."""
    if not len(first) or not len(second):
        raise MediaError("One of two files to compare holds no sound.")
    window = _RATE * _WINDOW_S
    start = max(min(len(first), len(second)) - window, 0)
    found = [_match(first[:window], second[:window])]
    if start:
        found.append(_match(first[start : start + window], second[start : start + window]))
    return Likeness(max((item.lag_s for item in found), key=abs), min(item.alike for item in found))


def differences(master: NDArray[np.float32], other: NDArray[np.float32], most_lag_s: float) -> list[str]:
    """What keeps a sound from passing for the WAV's, in step with it. Raises MediaError where one holds none."""
    found = compare(master, other)
    if found.alike < _LEAST_ALIKE:
        return [f"does not sound like the WAV (likeness {found.alike:.2f})"]
    if abs(found.lag_s) > most_lag_s:
        return [f"runs {found.lag_s * 1000:+.0f} ms beside the WAV"]
    return []


def _match(first: NDArray[np.float32], second: NDArray[np.float32]) -> Likeness:
    import numpy as np

    norms = [float(np.linalg.norm(window)) for window in (first, second)]
    quiet = [norm < _QUIET * len(window) ** 0.5 for norm, window in zip(norms, (first, second), strict=True)]
    if any(quiet):
        return Likeness(0.0, 1.0 if all(quiet) else 0.0)
    size = 1 << (len(first) + len(second) - 1).bit_length()
    spectrum = np.fft.rfft(second, size) * np.conj(np.fft.rfft(first, size))
    correlation = np.fft.irfft(spectrum, size)
    place = int(np.argmax(correlation))
    if correlation[0] >= _AS_GOOD * correlation[place]:
        place = 0  # a steady tone fits as well one period later; what fits in step is in step
    lag = place - size if place > size // 2 else place
    return Likeness(lag / _RATE, min(float(correlation[place]) / (norms[0] * norms[1]), 1.0))
