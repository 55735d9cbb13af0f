"""Facts about files, as measured: what the artefact checks read and what people are shown."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.song import Section


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


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What was measured in a finished track, none of it taken from the composer.

    Times in seconds, tempo in beats per minute with a confidence 0..1, brightness as the mean spectral centroid in Hz,
    shares 0..1. `waveform` holds the peak of each of 240 equal slices, 0..1. Key, energy (0..1) and parts are heard in
    every track alike, whoever made it; they are empty in facts that are older than that.
    """

    duration_s: float
    sample_rate: int
    channels: int
    loudness: Loudness
    tempo_bpm: float
    tempo_confidence: float
    brightness_hz: float
    bass_share: float
    silence_share: float
    longest_silence_s: float
    clipped_samples: int
    stereo_width: float
    onset_rate: float
    """Note onsets a second."""
    waveform: tuple[float, ...]
    key: str = ""
    key_confidence: float = 0.0
    energy: float = 0.0
    parts: tuple[Section, ...] = ()


STORYBOARD_COLUMNS, STORYBOARD_ROWS = 4, 2
"""How a storyboard's stills lie on their sheet, by row; a sheet that is not full ends with empty places."""
