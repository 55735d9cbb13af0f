"""What a finished package announces, read back from its documents: the base of whatever is sent about it later."""

from __future__ import annotations

from pathlib import Path

from engine.release import documents, manifest
from engine.release.ddex.compose import Source, beside, single
from engine.release.ddex.model import NewRelease, Version
from engine.release.ddex.package import NAMES, VERSIONS, exchange_of
from engine.release.metadata import Metadata
from engine.release.provenance import Provenance

_MOST_BYTES = 8 << 20


def announced(folder: Path, version: Version, way: str) -> NewRelease:
    """The message of a package, between whom its own message goes. `way` leads from the message to the files.

    Raises MediaError for documents that are not what was written, CheckFailed, OSError.
    """
    metadata = documents.parse(Metadata, _text(folder / manifest.METADATA), manifest.METADATA)
    provenance = documents.parse(Provenance, _text(folder / manifest.PROVENANCE), manifest.PROVENANCE)
    listing = documents.parse(manifest.Manifest, _text(folder / manifest.MANIFEST), manifest.MANIFEST)
    own = next(name for role, name in NAMES.items() if VERSIONS[role] is version)
    source = Source(metadata, provenance.disclosure, {file.role: file for file in listing.files}, beside(way))
    return single(source, exchange_of((folder / own).read_bytes()), version)


def _text(path: Path) -> str:
    return manifest.read_text(path, _MOST_BYTES)
