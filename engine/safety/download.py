"""The one door through which files from outside come in.

Scheme, resolved address, redirects, size, time, announced type and first bytes are checked; the file appears under its
final name whole, private and synced, or not at all. What it holds is still foreign: ffmpeg reads it with the format of
its `FileKind` forced (see `engine.media`), and nothing else reads it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.errors import DownloadUnfit, FileProblem
from engine.safety.files import FILE_MODE, explain, part_name, private_folder, settle
from engine.safety.request import Limits, Way, answer, body, host_of
from engine.safety.signatures import HEAD_BYTES, UNTYPED, FileKind, kind_of
from engine.safety.text import plain

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that has come in: where it lies, its size in bytes, its SHA-256 in hexadecimal, and what it is."""

    path: Path
    size: int
    sha256: str
    kind: FileKind


async def download(
    url: str,
    target: Path,
    kinds: Sequence[FileKind],
    *,
    under: Path,
    way: Way,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
) -> Downloaded:
    """Fetches `url` into `target`, which is a name that we made and lies inside `under`, the home's data folder.

    The file is one of `kinds`, by the announced type and by its first bytes; that kind's suffix replaces the one of
    `target`. `headers` (a key) go to the first origin alone, not along with a redirect.
    Raises AddressRefused, DownloadBroken, DownloadStatus, DownloadUnfit; DiskFull or FileProblem for our side.
    """
    limits = limits or Limits()
    _inside(target, under)
    async with answer(url, way=way, limits=limits, headers=headers) as response:
        _announced(response, kinds)
        try:
            return await _store(response, body(response, limits), target, kinds)
        except OSError as error:
            raise explain(error, target) from error


async def _store(
    response: httpx.Response, blocks: AsyncIterator[bytes], target: Path, kinds: Sequence[FileKind]
) -> Downloaded:
    part = part_name(target)
    handle = await asyncio.to_thread(_create, part)
    digest, head, size = hashlib.sha256(), b"", 0
    try:
        with os.fdopen(handle, "wb") as file:
            async for block in blocks:
                if len(head) < HEAD_BYTES:
                    head += block[:HEAD_BYTES]
                    if len(head) >= HEAD_BYTES:
                        _fits(response, head, kinds)  # before the rest of it lands on the disk
                digest.update(block)
                file.write(block)
                size += len(block)
        kind = _fits(response, head, kinds)
        final = target.with_suffix(kind.suffix)
        await asyncio.to_thread(settle, part, final)
    finally:
        part.unlink(missing_ok=True)
    return Downloaded(final, size, digest.hexdigest(), kind)


def _create(part: Path) -> int:
    private_folder(part.parent)
    return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)


def _inside(target: Path, under: Path) -> None:
    if not target.resolve().is_relative_to(under.resolve()):
        raise FileProblem(f"{target} lies outside {under}, where fetched files belong.")


def _announced(response: httpx.Response, kinds: Sequence[FileKind]) -> None:
    announced = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if announced not in UNTYPED and not any(announced in kind.content_types for kind in kinds):
        raise _unfit(response, f"announces {plain(announced, limit=60)!r}", kinds)


def _fits(response: httpx.Response, head: bytes, kinds: Sequence[FileKind]) -> FileKind:
    kind = kind_of(head, kinds)
    if kind is None:
        raise _unfit(response, "sent a file that does not begin like one" if head else "sent an empty file", kinds)
    return kind


def _unfit(response: httpx.Response, what: str, kinds: Sequence[FileKind]) -> DownloadUnfit:
    host = host_of(response)
    wanted = " or ".join(kind.name for kind in kinds)
    return DownloadUnfit(f"{host} {what}; {wanted} was asked for.", fix="Nothing of it was kept; use another source.")
