"""Whether the media of a package carry the manifests that they should: sound, of the package's own signer, saying what
the documents say, over the content that provenance.json names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.release import signing
from engine.release.content import content_sha256
from engine.release.manifest import Manifest, Problem
from engine.release.metadata import Metadata
from engine.release.provenance import Provenance

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


def media_problems(
    folder: Path, listing: Manifest, metadata: Metadata, provenance: Provenance, chain: Sequence[Certificate]
) -> list[Problem]:
    """What is wrong with the manifests in the package's media; `chain` is the package's own, empty where unsigned."""
    contents = {origin.file: origin.content_sha256 for origin in provenance.origins}
    problems = []
    for file in listing.files:
        path = folder / file.name
        if path.suffix not in signing.MIME:
            continue
        if not chain:
            if contents.get(file.name) or signing.is_signed(path):
                problems.append(Problem(file.name, "is signed, but the signature of the package was taken away"))
            continue
        found = signing.read(path, chain[-1])
        problems += [Problem(file.name, flaw) for flaw in found.flaws]
        if found.assertions is None:
            continue
        if found.serial != chain[0].serial_number:
            problems.append(Problem(file.name, "was signed by somebody else than the package"))
        differing = signing.differences(found, metadata, provenance.disclosure, file.role)
        problems += [Problem(file.name, what) for what in differing]
        if contents.get(file.name) != content_sha256(path):
            problems.append(Problem(file.name, "holds other content than provenance.json says was signed"))
    return problems
