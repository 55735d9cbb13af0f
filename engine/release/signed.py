"""Whether the media of a package carry the manifests that they should: sound, of the package's own signer, saying what
the documents say, over the content that provenance.json names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.release import signing
from engine.release.assertions import Work
from engine.release.content import content_sha256
from engine.release.disclosure import Disclosure
from engine.release.manifest import Problem
from engine.release.provenance import Origin

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class Medium:
    """One media file, and what its manifest must follow from."""

    name: str
    role: str
    metadata: Work
    disclosure: Disclosure


def media_problems(
    folder: Path, media: Iterable[Medium], origins: Iterable[Origin], chain: Sequence[Certificate]
) -> list[Problem]:
    """What is wrong with the manifests in a package's media; `chain` is the package's own, empty where unsigned."""
    contents = {origin.file: origin.content_sha256 for origin in origins}
    there = [medium for medium in media if Path(medium.name).suffix in signing.MIME]
    if not chain:
        taken = "is signed, but the signature of the package was taken away"
        return [
            Problem(medium.name, taken)
            for medium in there
            if contents.get(medium.name) or signing.is_signed(folder / medium.name)
        ]
    return [
        Problem(medium.name, what) for medium in there for what in _flaws(folder / medium.name, medium, contents, chain)
    ]


def _flaws(path: Path, medium: Medium, contents: Mapping[str, str], chain: Sequence[Certificate]) -> list[str]:
    found = signing.read(path, chain[-1])
    flaws = list(found.flaws)
    if found.assertions is None:
        return flaws
    if found.serial != chain[0].serial_number:
        flaws.append("was signed by somebody else than the package")
    flaws += signing.differences(found, medium.metadata, medium.disclosure, medium.role)
    if contents.get(medium.name) != content_sha256(path):
        flaws.append("holds other content than provenance.json says was signed")
    return list(dict.fromkeys(flaws))
