"""Facts about files, as measured: what the artefact checks read and what people are shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loudness:
    """As ffmpeg's ebur128 prints it: integrated LUFS, range LU, true peak dBTP (-inf for silence)."""

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What ffmpeg says of a media file. Zero or empty where the stream is absent."""

    duration_s: float
    container: str
    audio_codec: str
    sample_rate: int
    channels: int
    video_codec: str
    width: int
    height: int
    fps: float
