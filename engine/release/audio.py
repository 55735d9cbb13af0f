"""The package's audio files: the WAV is the master, the FLAC holds its samples, the MP3 stays below the peak limit."""

from __future__ import annotations

import hashlib
import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain.errors import CheckFailed, MediaError
from engine.domain.gate import MAX_TRUE_PEAK_DBTP
from engine.domain.media import Loudness
from engine.domain.plurals import many
from engine.media import ffmpeg, measure
from engine.release import ffmetadata, id3

SAMPLE_RATE = 44_100
CHANNELS = 2
BIT_DEPTH = 24
MP3_KBPS = 320
_PCM, _EXTENSIBLE = 1, 0xFFFE
SAME_BYTES = ("-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_chapters", "-1")
"""ffmpeg's arguments: equal sound gives equal bytes, and no chapters."""
_ATTEMPTS = 4
_MARGIN_DB = 0.1
_USUAL_LIFT_DB = 0.6
_MP3_HEADER = 4
# MPEG 1 layer III without CRC, 320 kbit/s, 44.1 kHz; the fourth byte holds stereo mode and flags.
_MP3_FRAME = 144 * MP3_KBPS * 1000 // SAMPLE_RATE
_MP3_SAMPLES = 1152
_MP3_BITRATE_320, _MP3_RATE_44100, _MP3_MONO = 14, 0, 3


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """What an uncompressed file says of itself. `seconds` is exact: counted in samples, `size` bytes from `at` on."""

    sample_rate: int
    channels: int
    bits: int
    seconds: float
    at: int
    size: int


def wav_format(path: Path) -> PcmFormat:
    """Reads the chunks of a WAV file, plain or extensible. Raises MediaError where it is none, or holds no PCM.

    After Microsoft's "Multiple channel audio data and WAVE files".
    """
    found: tuple[int, int, int] | None = None
    with path.open("rb") as handle:
        head = handle.read(12)
        if head[:4] + head[8:] != b"RIFFWAVE":
            raise MediaError(f"{path.name} does not start as a WAV file.")
        while len(head := handle.read(8)) == 8:
            name, size = head[:4], int.from_bytes(head[4:], "little")
            if name == b"fmt ":
                found = _pcm(handle.read(size))
            elif name == b"data" and found is not None:
                if handle.tell() + size > path.stat().st_size:
                    raise MediaError(f"{path.name} is cut short.")
                rate, channels, bits = found
                seconds = size / (channels * bits // 8) / rate
                return PcmFormat(rate, channels, bits, seconds, handle.tell(), size)
            else:
                handle.seek(size, os.SEEK_CUR)
            handle.seek(size % 2, os.SEEK_CUR)
    raise MediaError(f"{path.name} holds no PCM samples.")


def _pcm(chunk: bytes) -> tuple[int, int, int] | None:
    """(rate, channels, bits) of a format chunk; None where it is not whole, or not of integer samples."""
    if len(chunk) < 16:
        return None
    form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if form == _EXTENSIBLE and len(chunk) >= 40:
        form = int.from_bytes(chunk[24:26], "little")
    return (rate, channels, bits) if form == _PCM and rate and channels and bits >= 8 else None


def samples_sha256(path: Path) -> str:
    """SHA-256 of the samples of a 24-bit WAV as they stand in it, little-endian. Raises MediaError."""
    found = wav_format(path)
    if found.bits != BIT_DEPTH:
        raise MediaError(f"{path.name} has {found.bits} bits, wanted {BIT_DEPTH}.")
    digest, left = hashlib.sha256(), found.size
    with path.open("rb") as handle:
        handle.seek(found.at)
        while left > 0 and (block := handle.read(min(left, 1 << 20))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def check_master(path: Path) -> float:
    """The master's exact duration in seconds.

    Raises CheckFailed where it is not 24-bit PCM at 44.1 kHz in stereo, MediaError where it is no WAV.
    """
    found = wav_format(path)
    if (found.sample_rate, found.channels, found.bits) != (SAMPLE_RATE, CHANNELS, BIT_DEPTH):
        raise CheckFailed(
            f"The track has {found.bits} bits, {found.sample_rate} Hz and {many(found.channels, 'channel')};"
            f" a release needs {BIT_DEPTH} bits, {SAMPLE_RATE} Hz and {CHANNELS} channels.",
            fix="Make a new version of the track.",
        )
    return found.seconds


def write_flac(master: Path, cover: Path, comments: Mapping[str, str], final: Path) -> None:
    """Encodes `final` from the master, with its comments and the cover as front picture.

    Raises MediaError or DiskFull.
    """
    notes = final.with_suffix(".ffmeta")
    notes.write_text(ffmetadata.render(comments), encoding="utf-8")
    try:
        ffmpeg.run(
            [
                *("-v", "error", "-i", str(master), "-f", "jpeg_pipe", "-i", str(cover)),
                *("-f", "ffmetadata", "-i", str(notes), "-map", "0:a:0", "-map", "1:v:0", "-map_metadata", "2"),
                *("-c:v", "copy", "-disposition:v", "attached_pic", "-metadata:s:v", "comment=Cover (front)"),
                *("-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", str(BIT_DEPTH)),
                *(*SAME_BYTES, "-f", "flac", str(final)),
            ]
        )
    finally:
        notes.unlink(missing_ok=True)


def flac_format(path: Path) -> tuple[int, int, int]:
    """(sample rate, channels, bits) from the STREAMINFO block, RFC 9639 section 8.2.

    Raises MediaError where the file does not start with FLAC's own mark, an ID3 tag in front included.
    """
    with path.open("rb") as handle:
        head = handle.read(26)
    if len(head) < 26 or head[:4] != b"fLaC" or head[4] & 0x7F:
        raise MediaError(f"{path.name} does not start as a FLAC file.")
    packed = int.from_bytes(head[18:26], "big")
    return packed >> 44, (packed >> 41 & 0x7) + 1, (packed >> 36 & 0x1F) + 1


def flac_cover_sha256(path: Path) -> str:
    """SHA-256 of the picture in a FLAC. Raises MediaError where there is none."""
    args = ["-v", "error", "-i", str(path), "-map", "0:v:0", "-c", "copy", "-f", "hash", "-"]
    return ffmpeg.run(args, want_output=True).output.decode().strip().removeprefix("SHA256=")


@dataclass(frozen=True, slots=True)
class Mp3Result:
    """How the MP3 was made, and how loud it came out."""

    gain_db: float
    loudness: Loudness


def write_mp3(master: Path, final: Path, peak_dbtp: float) -> Mp3Result:
    """Encodes `final` without tags. `peak_dbtp` is the master's true peak.

    Coding lifts peaks: a master without the usual room for that is turned down before. The result is measured and, if
    need be, made again softer.

    Raises MediaError or DiskFull from ffmpeg, CheckFailed where no gain keeps the peaks in bounds.
    """
    gain = min(round(MAX_TRUE_PEAK_DBTP - _USUAL_LIFT_DB - peak_dbtp, 1), 0.0) if math.isfinite(peak_dbtp) else 0.0
    for _ in range(_ATTEMPTS):
        level = ["-af", f"volume={gain:.1f}dB:precision=double"] if gain else []
        ffmpeg.run(
            [
                *("-v", "error", "-i", str(master), "-map", "0:a:0", "-map_metadata", "-1", *level),
                *("-c:a", "libmp3lame", "-b:a", f"{MP3_KBPS}k", "-ar", str(SAMPLE_RATE), "-ac", str(CHANNELS)),
                *("-id3v2_version", "0", "-write_id3v1", "0", *SAME_BYTES, "-f", "mp3", str(final)),
            ]
        )
        loudness = measure.loudness(final)
        over = loudness.true_peak_dbtp - MAX_TRUE_PEAK_DBTP
        if over <= 0:
            return Mp3Result(gain, loudness)
        gain = round(gain - over - _MARGIN_DB, 1)
    raise CheckFailed(f"The MP3's true peak stays at {loudness.true_peak_dbtp} dBTP, above {MAX_TRUE_PEAK_DBTP}.")


def put_id3(path: Path, tag: bytes) -> None:
    """Puts the tag in front of an MP3 without one."""
    path.write_bytes(tag + path.read_bytes())


def mp3_seconds(path: Path) -> float:
    """Walks every frame behind the ID3 tag; the duration in seconds, with what the coder pads: about 0.05 too long.

    Raises MediaError where one is not MPEG 1 layer III at 320 kbit/s, 44.1 kHz, stereo, or where bytes are left over.
    """
    _, place = id3.read_file(path)
    data = path.read_bytes()
    frames = 0
    while place + _MP3_HEADER <= len(data):
        (header,) = struct.unpack_from(">I", data, place)
        bitrate, rate, padding, mode = header >> 12 & 0xF, header >> 10 & 0x3, header >> 9 & 0x1, header >> 6 & 0x3
        if (header >> 17, bitrate, rate) != (0x7FFD, _MP3_BITRATE_320, _MP3_RATE_44100) or mode == _MP3_MONO:
            raise MediaError(f"{path.name}: frame {frames} is no stereo frame at {MP3_KBPS} kbit/s, {SAMPLE_RATE} Hz.")
        place += _MP3_FRAME + padding
        frames += 1
    if place != len(data) or not frames:
        raise MediaError(f"{path.name} ends inside a frame.")
    return frames * _MP3_SAMPLES / SAMPLE_RATE
