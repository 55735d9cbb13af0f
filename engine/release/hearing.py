"""One pass over a file's sound: loudness, true peak, decoding errors, and the sound to compare others with; and whether
that is as loud as it was said to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.gate import MAX_TRUE_PEAK_DBTP
from engine.domain.media import Loudness
from engine.media import ffmpeg, measure
from engine.release import likeness
from engine.release.metadata import Levels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEVELS = ("[error]", "[fatal]", "[panic]")
_LEVEL_TOLERANCE = 0.15


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard: `sound` as `likeness.sound` gives it; `complaints` of the decoder, empty where it had none."""

    loudness: Loudness
    sound: NDArray[np.float32]
    complaints: tuple[str, ...]


def listen(path: Path) -> Heard:
    """Decodes the first sound stream once. Raises MediaError where there is no sound to measure."""
    import numpy as np

    # A line's level stands in it, so that what the decoder complains of can be told from what the meter reports.
    graph = f"[0:a:0]asplit[a][b];[a]ebur128=peak=true:framelog=quiet[m];[b]{likeness.CHAIN}[s]"
    args = ["-v", "repeat+level+info", "-i", str(path), "-filter_complex", graph]
    outputs = ["-map", "[m]", "-f", "null", "-", "-map", "[s]", "-ac", "1", "-f", "f32le", "pipe:1"]
    done = ffmpeg.run([*args, *outputs], want_output=True)
    lines = done.log.splitlines()
    complaints = tuple(line for line in lines if any(level in line for level in _LEVELS))
    words = "\n".join(line.replace("[info] ", "", 1) for line in lines)
    return Heard(measure.parse_loudness(words), np.frombuffer(done.output, dtype="<f4"), complaints)


def too_high(found: Loudness) -> list[str]:
    """What is wrong with the true peak."""
    if found.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP:
        return []
    return [f"has a true peak of {found.true_peak_dbtp} dBTP, at most {MAX_TRUE_PEAK_DBTP:.0f}"]


def unlike(found: Loudness, declared: Levels) -> list[str]:
    """Where what was measured is not what metadata.json says."""
    pairs = (
        ("LUFS", found.integrated_lufs, declared.integrated_lufs),
        ("LU of range", found.range_lu, declared.range_lu),
        ("dBTP", found.true_peak_dbtp, declared.true_peak_dbtp),
    )
    return [
        f"has {measured} {unit}, metadata.json says {said}"
        for unit, measured, said in pairs
        if abs(measured - said) > _LEVEL_TOLERANCE
    ]
