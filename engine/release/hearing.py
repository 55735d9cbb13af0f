"""One pass over a file's sound: loudness, true peak, decoding errors, and the sound to compare others with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.media import Loudness
from engine.media import ffmpeg, measure
from engine.release import likeness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEVELS = ("[error]", "[fatal]", "[panic]")


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
