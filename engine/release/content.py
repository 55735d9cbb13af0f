"""What is left of a media file without its C2PA manifest: the proof that signing left sound and picture alone.

WAV keeps the manifest in a chunk `C2PA`, JPEG in APP11 segments, MP3 in a frame of the ID3 tag, MP4 in a box `uuid`
(C2PA specification, "Embedding manifests").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from engine.domain.errors import MediaError
from engine.media import ffmpeg
from engine.release import id3

_CHUNK = b"C2PA"
_ADDED = (_CHUNK, b"id3 ")
_APP11, _SCAN = 0xEB, 0xDA


def unsigned_sha256(path: Path) -> str:
    """SHA-256 of a WAV, JPEG or MP3 as it was before it was signed; of any other file as it is. Raises MediaError."""
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.hexdigest()


def master_sha256(path: Path) -> str:
    """SHA-256 of a WAV as it was before it was tagged and signed: of the reviewed master. Raises MediaError."""
    digest = hashlib.sha256()
    for piece in _riff(memoryview(path.read_bytes()), path.name, _ADDED):
        digest.update(piece)
    return digest.hexdigest()


def unsigned_bytes(path: Path) -> bytes:
    """The same as bytes: for covers, not for tracks."""
    return b"".join(_pieces(path))


def content_sha256(path: Path) -> str:
    """A hash that signing must not change: of the file without the manifest, or, in MP4, of what it plays.

    That is times, sizes and checksums of all packets, as ffmpeg's framecrc writes them. Raises MediaError.
    """
    if path.suffix != ".mp4":
        return unsigned_sha256(path)
    args = ["-v", "error", "-i", str(path), "-map", "0:v", "-map", "0:a?", "-c", "copy", "-f", "framecrc", "-"]
    lines = ffmpeg.run(args, want_output=True).output.decode().splitlines()
    packets = "\n".join(line for line in lines if not line.startswith("#software"))
    return hashlib.sha256(packets.encode()).hexdigest()


def _pieces(path: Path) -> Iterator[bytes | memoryview]:
    data = memoryview(path.read_bytes())
    head = bytes(data[:12])
    if head[:4] + head[8:] == b"RIFFWAVE":
        return _riff(data, path.name)
    if head[:2] == b"\xff\xd8":
        return _jpeg(data, path.name)
    if head[:3] == b"ID3":
        size = id3.tag_size(head)
        return iter((id3.without_object(bytes(data[:size])), data[size:]))
    return iter((data,))


def _riff(data: memoryview, name: str, without: tuple[bytes, ...] = (_CHUNK,)) -> Iterator[bytes | memoryview]:
    kept: list[memoryview] = []
    place = 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        end = place + 8 + size + size % 2
        if bytes(data[place : place + 4]) not in without:
            kept.append(data[place:end])
        place = end
    if place < len(data):
        raise MediaError(f"{name} ends inside a chunk.")
    yield b"RIFF" + (4 + sum(map(len, kept))).to_bytes(4, "little") + b"WAVE"
    yield from kept


def _jpeg(data: memoryview, name: str) -> Iterator[bytes | memoryview]:
    yield data[:2]
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != _SCAN:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] != _APP11 or bytes(data[place + 4 : place + 6]) != b"JP":
            yield data[place:end]
        place = end
    if place + 4 > len(data) or data[place] != 0xFF:
        raise MediaError(f"{name} ends before its picture begins.")
    yield data[place:]
