"""The manifest of an album: as that of a track, but several files share a role, each with the number of its track."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.domain.errors import MediaError
from engine.release import documents, manifest
from engine.release.manifest import Problem
from engine.safety.files import sha256

SCHEMA = "noktvrn-album-manifest-1"
AlbumRole = Literal[
    "audio-wav",
    "audio-flac",
    "audio-mp3",
    "lyrics-text",
    "lyrics-timed",
    "lyrics-ttml",
    "track-metadata",
    "track-provenance",
    "track-prompts",
    "cover",
    "metadata",
    "provenance",
    "disclosure",
    "licences",
    "ern",
    "ern-43",
    "certificates",
]

OF_TRACKS: dict[AlbumRole, tuple[str, str]] = {
    "audio-wav": (".wav", "audio/wav"),
    "audio-flac": (".flac", "audio/flac"),
    "audio-mp3": (".mp3", "audio/mpeg"),
    "lyrics-text": (".txt", "text/plain; charset=utf-8"),
    "lyrics-timed": (".lrc", "text/plain; charset=utf-8"),
    "lyrics-ttml": (".ttml", "application/ttml+xml"),
    "track-metadata": (".metadata.json", "application/json"),
    "track-provenance": (".provenance.json", "application/json"),
    "track-prompts": (".prompts.json", "application/json"),
}
"""What each track has, once: the end of the file's name, and its type."""
_NEWER: AlbumRole = "lyrics-ttml"
"""Albums of earlier versions lack it for every track."""
OF_THE_ALBUM: dict[AlbumRole, str] = {
    "cover": "image/jpeg",
    "metadata": "application/json",
    "provenance": "application/json",
    "disclosure": "text/plain; charset=utf-8",
    "licences": "text/plain; charset=utf-8",
    "ern": "application/xml",
    "ern-43": "application/xml",
    "certificates": "application/pem-certificate-chain",
}
"""What the album has, once, with its type; an unsigned one has no certificates."""


@dataclass(frozen=True, slots=True)
class AlbumFile:
    """One file. `track` counts from 1, 0 for what belongs to the album; size in bytes, SHA-256 in small hexadecimal."""

    role: AlbumRole
    track: int
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class AlbumManifest:
    """manifest.json of an album."""

    schema: str
    release_id: str
    revision: str
    files: tuple[AlbumFile, ...]
    made_from: str = field(default="", metadata=documents.NEWER)
    """As that of a track's package."""


def listed(path: Path, role: AlbumRole, track: int = 0, name: str = "") -> AlbumFile:
    """The file as it lies there."""
    kind = OF_TRACKS[role][1] if track else OF_THE_ALBUM[role]
    return AlbumFile(role, track, name or path.name, kind, path.stat().st_size, sha256(path))


def check_files(folder: Path, manifest_sha256: str = "") -> list[Problem]:
    """As `manifest.check_files`, for an album. Raises OSError."""
    return manifest.check_files(folder, manifest_sha256, _check_manifest)


def _check_manifest(folder: Path, hashes: dict[str, str]) -> list[Problem]:
    name = manifest.MANIFEST
    if name not in hashes:
        return [Problem(name, "is missing")]
    try:
        found = documents.parse(AlbumManifest, manifest.read_text(folder / name), name)
    except MediaError as error:
        return [Problem(name, error.message)]
    problems = [] if found.schema == SCHEMA else [Problem(name, f"has the unknown schema {found.schema!r}")]
    if not manifest.same_files(found.files, hashes):
        return [*problems, Problem(name, f"and {manifest.CHECKSUMS} do not list the same files")]
    problems += manifest.other_sizes(folder, found.files)
    count = max((file.track for file in found.files), default=0)
    of_tracks = dict(OF_TRACKS)
    if all(file.role != _NEWER for file in found.files):
        del of_tracks[_NEWER]
    wanted = {(role, track): kind for track in range(1, count + 1) for role, (_, kind) in of_tracks.items()}
    signed = manifest.CERTIFICATES in hashes
    wanted |= {(role, 0): kind for role, kind in OF_THE_ALBUM.items() if role != "certificates" or signed}
    if sorted((file.role, file.track, file.media_type) for file in found.files) != sorted(
        (role, track, kind) for (role, track), kind in wanted.items()
    ):
        problems.append(Problem(name, "does not list one file for each role of each track"))
    return problems
