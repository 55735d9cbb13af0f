"""ID3 in a WAV: a chunk of its own behind the samples, which stay as they are."""

from __future__ import annotations

import os
from pathlib import Path

from engine.domain.errors import MediaError
from engine.release import id3

_ID3 = b"id3 "
_C2PA = b"C2PA"


class NoTag(MediaError):
    """The file has no such chunk."""


def put(path: Path, tag: bytes) -> None:
    """Appends an `id3 ` chunk: the LIST chunk has no place for disc, codes and disclosure, and players read this one.

    Raises MediaError where the file would outgrow the four bytes of its own size.
    """
    chunk = _ID3 + len(tag).to_bytes(4, "little") + tag + b"\0" * (len(tag) % 2)
    size = path.stat().st_size + len(chunk) - 8
    if size >= 1 << 32:
        raise MediaError(f"{path.name} is too large for a WAV file.")
    with path.open("r+b") as handle:
        handle.seek(0, os.SEEK_END)
        handle.write(chunk)
        handle.seek(4)
        handle.write(size.to_bytes(4, "little"))


def is_there(path: Path) -> bool:
    """Whether the file has such a chunk; packages of earlier versions do not. Raises MediaError."""
    try:
        read(path)
    except NoTag:
        return False
    return True


def read(path: Path) -> id3.Tag:
    """The tag in the `id3 ` chunk, behind which a C2PA manifest may stand. Raises MediaError for anything else."""
    whole = path.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(12)
        if head[:4] + head[8:] != b"RIFFWAVE" or int.from_bytes(head[4:8], "little") + 8 != whole:
            raise MediaError(f"{path.name} is not as long as a WAV file says.")
        while len(head := handle.read(8)) == 8:
            size = int.from_bytes(head[4:], "little")
            if head[:4] == _ID3:
                data = handle.read(size)
                handle.seek(size % 2, os.SEEK_CUR)
                behind = handle.read(8)
                if behind and (behind[:4] != _C2PA or handle.tell() + _even(behind) != whole):
                    raise MediaError(f"{path.name} goes on behind its tag.")
                tag, used = id3.read(data)
                if used != size:
                    raise MediaError(f"{path.name} has a tag of another size than its chunk.")
                return tag
            handle.seek(size + size % 2, os.SEEK_CUR)
    raise NoTag(f"{path.name} has no tag.")


def _even(head: bytes) -> int:
    size = int.from_bytes(head[4:], "little")
    return size + size % 2
