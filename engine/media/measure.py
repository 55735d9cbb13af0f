"""Reads media files through ffmpeg: what they are, how loud they are, whether they decode."""

from __future__ import annotations

import re
from pathlib import Path

from engine.domain.errors import MediaError
from engine.domain.media import Loudness, StreamFacts
from engine.media import ffmpeg

# Anchored to ffmpeg's own indent: a title in the tags above may read like any of these.
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d\.\d+)", re.MULTILINE)
_CONTAINER = re.compile(r"^Input #0, ([\w,]+), from", re.MULTILINE)
_AUDIO = re.compile(r"^  Stream #0.*?: Audio: (\w+).*?, (\d+) Hz, (mono|stereo|(\d+) channels)", re.MULTILINE)
_VIDEO = re.compile(r"^  Stream #0.*?: Video: (\w+).*?, (\d{2,5})x(\d{2,5})", re.MULTILINE)
_FPS = re.compile(r"^  Stream #0.*?: Video: .*, ([\d.]+) fps", re.MULTILINE)


def probe(path: Path) -> StreamFacts:
    """Container, codecs, sizes and duration, from ffmpeg's own description (no ffprobe needed). Raises MediaError."""
    log = ffmpeg.run(["-i", str(path)], accept_failure=True).log
    container = _CONTAINER.search(log)
    if container is None:
        raise MediaError(f"{path.name} is not a media file that ffmpeg can read.")
    duration, audio, video = _DURATION.search(log), _AUDIO.search(log), _VIDEO.search(log)
    fps = _FPS.search(log)
    hours, minutes, seconds = duration.groups() if duration else ("0", "0", "0")
    return StreamFacts(
        duration_s=int(hours) * 3600 + int(minutes) * 60 + float(seconds),
        container=container[1],
        audio_codec=audio[1] if audio else "",
        sample_rate=int(audio[2]) if audio else 0,
        channels=_channels(audio) if audio else 0,
        video_codec=video[1] if video else "",
        width=int(video[2]) if video else 0,
        height=int(video[3]) if video else 0,
        fps=float(fps[1]) if video and fps else 0.0,
    )


def _channels(audio: re.Match[str]) -> int:
    return {"mono": 1, "stereo": 2}.get(audio[3]) or int(audio[4])


def loudness(path: Path, *, before: str = "") -> Loudness:
    """Integrated loudness, range and true peak by EBU R 128 (ffmpeg's ebur128), of the file's first audio stream.

    `before` is a filter chain put in front. Raises MediaError where there is no sound to measure.
    """
    chain = ",".join(part for part in (before, "ebur128=peak=true:framelog=quiet") if part)
    log = ffmpeg.run(["-i", str(path), "-map", "0:a:0", "-af", chain, "-f", "null", "-"]).log
    return parse_loudness(log)


def parse_loudness(log: str) -> Loudness:
    """The figures after the last `Summary:` of ebur128's report."""
    _, found, summary = log.rpartition("Summary:")
    if not found:
        raise MediaError("ffmpeg's ebur128 printed no summary: the file holds no audio.")
    return Loudness(_figure(summary, "I"), _figure(summary, "LRA"), _figure(summary, "Peak"))


def _figure(summary: str, name: str) -> float:
    match = re.search(rf"^\s*{name}:\s+(-?inf|-?[\d.]+)", summary, re.MULTILINE)
    if match is None:
        raise MediaError(f"ffmpeg's ebur128 summary has no {name}.")
    return float(match[1])


def decodes(path: Path) -> list[str]:
    """Decodes the whole file; returns ffmpeg's complaints, empty when there are none."""
    log = ffmpeg.run(["-v", "error", "-i", str(path), "-f", "null", "-"], accept_failure=True).log
    return [line for line in log.splitlines() if line.strip()]


def pcm_sha256(path: Path, form: str = "pcm_s32le") -> str:
    """SHA-256 of the decoded samples (32-bit signed, native rate and channels): equal sound, equal hash."""
    args = ["-v", "error", "-i", str(path), "-map", "0:a:0", "-c:a", form, "-f", "hash", "-"]
    text = ffmpeg.run(args, want_output=True).output.decode()
    return text.strip().removeprefix("SHA256=")
