"""The package's two manifests, and the check of every file against them. Names are paths in the package.

MANIFEST.sha256 is what `sha256sum -c` reads and lists all files but itself and its signature, MANIFEST.sig.
manifest.json adds roles, types and sizes and lists all files but the two manifests and the signature.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.domain.errors import MediaError
from engine.release import documents
from engine.release.metadata import Role
from engine.safety.files import sha256

SCHEMA = "noktvrn-manifest-1"
CHECKSUMS = "MANIFEST.sha256"
MANIFEST = "manifest.json"
METADATA = "metadata.json"
PROMPTS = "prompts_used.json"
PROVENANCE = "provenance.json"
DISCLOSURE = "AI-DISCLOSURE.txt"
LICENCES = "LICENCES.txt"
LYRICS = "lyrics.txt"
TIMED_LYRICS = "lyrics.lrc"
SIGNATURE = "MANIFEST.sig"
CERTIFICATES = "CERTIFICATES.pem"
TTML_LYRICS = "lyrics.ttml"

MEDIA_TYPES: dict[Role, str] = {
    "audio-wav": "audio/wav",
    "audio-flac": "audio/flac",
    "audio-mp3": "audio/mpeg",
    "clip": "video/mp4",
    "cover": "image/jpeg",
    "lyrics-text": "text/plain; charset=utf-8",
    "lyrics-timed": "text/plain; charset=utf-8",
    "lyrics-ttml": "application/ttml+xml",
    "clip-9x16": "video/mp4",
    "clip-1x1": "video/mp4",
    "teaser": "video/mp4",
    "canvas": "video/mp4",
    "metadata": "application/json",
    "prompts": "application/json",
    "provenance": "application/json",
    "disclosure": "text/plain; charset=utf-8",
    "licences": "text/plain; charset=utf-8",
    "ern": "application/xml",
    "ern-43": "application/xml",
    "certificates": "application/pem-certificate-chain",
    "manifest": "application/json",
    "checksums": "text/plain; charset=utf-8",
    "signature": "application/octet-stream",
}
_MOST_BYTES = 1 << 20
_FOLDERS = ("ern", "ern/ern43")
_NOT_IN_ALL: frozenset[Role] = frozenset(
    {"ern", "ern-43", "lyrics-ttml", "clip-9x16", "clip-1x1", "teaser", "canvas", "certificates"}
)
"""Roles that packages of earlier versions or unsigned ones do not have, and forms of the clip that need not be."""
_ROW = re.compile(rf"([0-9a-f]{{64}})  ((?:(?:{'|'.join(_FOLDERS)})/)?[^\x00-\x1f\x7f/\\]+)")


Further = Callable[[Path, dict[str, str]], "list[Problem]"]
"""Checks manifest.json in a folder against the hashes of all files by name."""


class Listed(Protocol):
    """What the manifests of tracks and of albums both say of a file."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """One file of a package; `size` in bytes, `sha256` in lower-case hexadecimal."""

    role: Role
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """manifest.json."""

    schema: str
    release_id: str
    revision: str
    files: tuple[PackagedFile, ...]
    made_from: str = field(default="", metadata=documents.NEWER)
    """Digest of everything that the package was made from; empty in packages of earlier versions."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with which file of a package."""

    file: str
    what: str


def packaged(path: Path, role: Role, name: str = "") -> PackagedFile:
    """The file as it lies there; `name` is its path in the package, where that is not its name alone."""
    return PackagedFile(role, name or path.name, MEDIA_TYPES[role], path.stat().st_size, sha256(path))


def checksums(files: Iterable[tuple[str, str]]) -> str:
    """The text of MANIFEST.sha256 for (name, hash) pairs, sorted by name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(files))


def parse_checksums(text: str) -> dict[str, str]:
    """Name to hash. Raises MediaError for anything that `checksums` does not write: paths, repeats, another order."""
    found: dict[str, str] = {}
    for number, row in enumerate(text.split("\n")[:-1], 1):
        match = _ROW.fullmatch(row)
        if match is None or match[2].rpartition("/")[2] in (".", "..") or match[2] in (CHECKSUMS, SIGNATURE):
            raise MediaError(f"line {number} does not name a file of this folder")
        found[match[2]] = match[1]
    if not found or checksums(found.items()) != text:
        raise MediaError("is not in the form that it was written in")
    return found


def check_files(folder: Path, manifest_sha256: str = "", further: Further | None = None) -> list[Problem]:
    """Whether the folder holds exactly what its manifests list, byte for byte. Decodes nothing, follows no link.

    `manifest_sha256` is the hash of MANIFEST.sha256 that was kept elsewhere; without it a manifest that was forged as a
    whole cannot be told. `further` checks manifest.json where it is not that of a track.
    """
    present, problems = _regular_files(folder)
    if CHECKSUMS not in present:
        return [*problems, Problem(CHECKSUMS, "is missing")]
    try:
        listed = parse_checksums(read_text(folder / CHECKSUMS))
    except MediaError as error:
        return [*problems, Problem(CHECKSUMS, error.message)]
    if manifest_sha256 and sha256(folder / CHECKSUMS) != manifest_sha256:
        problems.append(Problem(CHECKSUMS, "is not the manifest that was recorded when the package was made"))
    problems += [Problem(name, "is missing") for name in listed if name not in present]
    problems += [Problem(name, "is not listed") for name in sorted(present - set(listed) - {CHECKSUMS, SIGNATURE})]
    for name, digest in listed.items():
        if name in present and sha256(folder / name) != digest:
            problems.append(Problem(name, "has another SHA-256 than the manifest says"))
    return problems or (further or _check_manifest)(folder, listed)


def _regular_files(folder: Path, within: str = "") -> tuple[set[str], list[Problem]]:
    present: set[str] = set()
    problems: list[Problem] = []
    with os.scandir(folder / within) as entries:
        for entry in sorted(entries, key=lambda item: item.name):
            name = f"{within}/{entry.name}" if within else entry.name
            if entry.is_symlink():
                problems.append(Problem(name, "is a symbolic link"))
            elif entry.is_file(follow_symlinks=False):
                present.add(name)
            elif name in _FOLDERS and entry.is_dir(follow_symlinks=False):
                deeper, found = _regular_files(folder, name)
                present |= deeper
                problems += found
            else:
                problems.append(Problem(name, "is no regular file"))
    return present, problems


def _check_manifest(folder: Path, listed: dict[str, str]) -> list[Problem]:
    if MANIFEST not in listed:
        return [Problem(MANIFEST, "is missing")]
    try:
        manifest = documents.parse(Manifest, read_text(folder / MANIFEST), MANIFEST)
    except MediaError as error:
        return [Problem(MANIFEST, error.message)]
    problems = [] if manifest.schema == SCHEMA else [Problem(MANIFEST, f"has the unknown schema {manifest.schema!r}")]
    if not same_files(manifest.files, listed):
        return [*problems, Problem(MANIFEST, f"and {CHECKSUMS} do not list the same files")]
    problems += other_sizes(folder, manifest.files)
    for file in manifest.files:
        if MEDIA_TYPES[file.role] != file.media_type:
            problems.append(Problem(file.name, f"is listed as {file.media_type} in the role {file.role}"))
    roles = [file.role for file in manifest.files]
    wanted = MEDIA_TYPES.keys() - {"manifest", "checksums", "signature"}
    if len(set(roles)) != len(roles) or not wanted - _NOT_IN_ALL <= set(roles) <= wanted:
        problems.append(Problem(MANIFEST, "does not list one file for each role"))
    return problems


def same_files(files: Iterable[Listed], hashes: Mapping[str, str]) -> bool:
    """Whether a manifest lists what `hashes` do by name: all but the manifest itself."""
    return {file.name: file.sha256 for file in files} == {k: v for k, v in hashes.items() if k != MANIFEST}


def other_sizes(folder: Path, files: Iterable[Listed]) -> list[Problem]:
    """The files that are not as long as a manifest says. Raises OSError."""
    return [
        Problem(file.name, f"is not of the {file.size} bytes that the manifest says")
        for file in files
        if file.size != (folder / file.name).stat().st_size
    ]


def read_text(path: Path, most: int = _MOST_BYTES) -> str:
    """The file's text. Raises MediaError where it is larger than `most` bytes or not UTF-8."""
    if path.stat().st_size > most:
        raise MediaError(f"is larger than {most} bytes")
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise MediaError(f"is not UTF-8 at byte {error.start}") from error
