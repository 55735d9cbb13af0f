"""The package's clip: the reviewed streams in a container of our own words, and where they lie in time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from engine.domain.errors import CheckFailed, MediaError
from engine.media import ffmpeg
from engine.release import ffmetadata

_BASE = re.compile(r"#tb (\d+): (\d+)/(\d+)")
_KIND = re.compile(r"#media_type (\d+): (\w+)")


def write_clip(source: Path, tags: Mapping[str, str], final: Path, *, sound: bool = True) -> None:
    """Copies the first picture and sound stream of `source` to `final`, packet by packet, with tags.

    Without `sound` there is a picture alone.

    Raises MediaError or DiskFull from ffmpeg, CheckFailed where a packet or its time changed on the way.
    """
    notes = final.with_suffix(".ffmeta")
    notes.write_text(ffmetadata.render(tags), encoding="utf-8")
    try:
        ffmpeg.run(
            [
                *("-v", "error", "-i", str(source), "-f", "ffmetadata", "-i", str(notes)),
                *(*_maps(sound), "-map_metadata", "1", "-map_chapters", "-1", "-c", "copy"),
                *("-movflags", "+faststart", "-fflags", "+bitexact", "-f", "mp4", str(final)),
            ]
        )
    finally:
        notes.unlink(missing_ok=True)
    if packets(source, sound=sound) != packets(final, sound=sound):
        raise CheckFailed("The clip's packets or their times changed while its tags were written.")


def _maps(sound: bool) -> tuple[str, ...]:
    return ("-map", "0:v:0", *(("-map", "0:a:0") if sound else ()))


def packets(path: Path, *, sound: bool = True) -> list[str]:
    """One line for each packet of the first picture and sound: times, size and checksum (ffmpeg's framecrc).

    Nothing is decoded. Raises MediaError where one of the two streams is missing.
    """
    args = ["-v", "error", "-i", str(path), *_maps(sound), "-c", "copy", "-f", "framecrc", "-"]
    lines = ffmpeg.run(args, want_output=True).output.decode().splitlines()
    return [line for line in lines if not line.startswith("#software")]


@dataclass(frozen=True, slots=True)
class Span:
    """When a stream starts and ends, in seconds on the file's clock."""

    start: float
    end: float


def spans(path: Path, *, sound: bool = True) -> dict[str, Span]:
    """The spans of `video` and, with `sound`, `audio`; what a decoder drops before time zero not counted.

    Raises MediaError.
    """
    bases: dict[str, Fraction] = {}
    kinds: dict[str, str] = {}
    ends: dict[str, tuple[int, int]] = {}
    for line in packets(path, sound=sound):
        if base := _BASE.fullmatch(line):
            bases[base[1]] = Fraction(int(base[2]), int(base[3]))
        elif kind := _KIND.fullmatch(line):
            kinds[kind[1]] = kind[2]
        elif not line.startswith("#"):
            stream, _, shown, length, *_ = (field.strip() for field in line.split(","))
            start, end = int(shown), int(shown) + int(length)
            before = ends.get(stream, (start, end))
            ends[stream] = (min(start, before[0]), max(end, before[1]))
    if sorted(kinds[stream] for stream in ends) != (["audio", "video"] if sound else ["video"]):
        raise MediaError(f"{path.name} does not hold one picture{' and one sound stream' if sound else ' stream'}.")
    return {
        kinds[stream]: Span(max(float(start * bases[stream]), 0.0), float(end * bases[stream]))
        for stream, (start, end) in ends.items()
    }
