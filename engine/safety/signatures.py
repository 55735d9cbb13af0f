"""What a fetched file may be: types that a server may announce, its first bytes, the one format that ffmpeg reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

HEAD_BYTES = 16
"""As many first bytes as every `begins` needs."""

UNTYPED = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""What storage servers say of files that they know nothing about; the first bytes decide then."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One type of file. `demuxer` is the only format that ffmpeg may read it as (`-f`)."""

    name: str
    suffix: str
    content_types: frozenset[str]
    demuxer: str
    begins: Callable[[bytes], bool]


def kind_of(head: bytes, kinds: Iterable[FileKind]) -> FileKind | None:
    """The first of `kinds` that a file with these first bytes can be."""
    return next((kind for kind in kinds if kind.begins(head)), None)


def _mp3(head: bytes) -> bool:
    """An ID3v2 tag, or a frame header of MPEG layer III that is no free format."""
    if head.startswith(b"ID3"):
        return True
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 not in (0x00, 0xF0)


def _iso(head: bytes) -> bool:
    """ISO base media, sound or video: a `ftyp` box comes first."""
    return head[4:8] == b"ftyp"


def _kind(name: str, types: str, demuxer: str, begins: Callable[[bytes], bool]) -> FileKind:
    return FileKind(name, f".{name}", frozenset(types.split()), demuxer, begins)


MP3 = _kind("mp3", "audio/mpeg audio/mp3 audio/x-mpeg audio/mpeg3", "mp3", _mp3)
WAV = _kind(
    "wav", "audio/wav audio/x-wav audio/wave audio/vnd.wave", "wav", lambda head: head[:4] + head[8:12] == b"RIFFWAVE"
)
FLAC = _kind("flac", "audio/flac audio/x-flac", "flac", lambda head: head.startswith(b"fLaC"))
OGG = _kind("ogg", "audio/ogg application/ogg audio/opus", "ogg", lambda head: head.startswith(b"OggS"))
M4A = _kind("m4a", "audio/mp4 audio/x-m4a audio/m4a audio/aac", "mov", _iso)
MP4 = _kind("mp4", "video/mp4 video/x-m4v", "mov", _iso)
JPEG = _kind("jpg", "image/jpeg image/jpg", "jpeg_pipe", lambda head: head.startswith(b"\xff\xd8\xff"))
PNG = _kind("png", "image/png", "png_pipe", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"))

SOUND = (MP3, WAV, FLAC, OGG, M4A)
VIDEO = (MP4,)
PICTURES = (JPEG, PNG)
