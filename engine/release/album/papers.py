"""A track's own package, read: its documents, and the files that the album takes from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from engine.domain.errors import CheckFailed, MediaError
from engine.release import documents, manifest
from engine.release.metadata import Metadata, Role
from engine.release.prompts import PromptsUsed
from engine.release.provenance import Provenance

T = TypeVar("T")
_MOST_DOCUMENT = 64 << 20


@dataclass(frozen=True, slots=True)
class Papers:
    """The documents of one track, word for word as its package has them."""

    metadata: Metadata
    provenance: Provenance
    prompts: PromptsUsed


@dataclass(frozen=True, slots=True)
class Source:
    """A package that was found whole."""

    folder: Path
    papers: Papers
    names: dict[Role, str]

    def path(self, role: Role) -> Path:
        """The file of a role."""
        return self.folder / self.names[role]


def open_source(folder: Path, release_id: str, manifest_sha256: str) -> Source:
    """The package in `folder`, if every byte of it is the one that was made: equal bytes have passed the whole
    verification that ended its making. Raises CheckFailed with what is wrong with it."""
    fix = "See `noktvrn releases verify`; restore it from a backup, or take the track out of the album."
    try:
        problems = manifest.check_files(folder, manifest_sha256)
    except OSError as error:
        raise CheckFailed(f"The package {folder} of a track cannot be read: {error.strerror}.", fix=fix) from error
    if problems:
        first = "; ".join(f"{problem.file} {problem.what}" for problem in problems[:3])
        raise CheckFailed(f"The package {folder.name} of a track is damaged: {first}.", fix=fix)
    try:
        papers = read_papers(folder, manifest.METADATA, manifest.PROVENANCE, manifest.PROMPTS)
        found = document(folder, manifest.MANIFEST, manifest.Manifest)
    except (MediaError, OSError) as error:
        raise CheckFailed(f"The package {folder.name} of a track cannot be used: {error}.", fix=fix) from error
    if papers.metadata.release_id != release_id:
        raise CheckFailed(f"{folder.name} is the package of {papers.metadata.release_id}, not {release_id}.", fix=fix)
    return Source(folder, papers, {file.role: file.name for file in found.files})


def read_papers(folder: Path, metadata: str, provenance: str, prompts: str) -> Papers:
    """The documents under these names. Raises MediaError, OSError."""
    return Papers(
        document(folder, metadata, Metadata),
        document(folder, provenance, Provenance),
        document(folder, prompts, PromptsUsed),
    )


def document(folder: Path, name: str, kind: type[T]) -> T:
    """One document. Raises MediaError, OSError."""
    return documents.parse(kind, manifest.read_text(folder / name, _MOST_DOCUMENT), name)
