"""What a delivery carries: the files of a release folder as its manifest lists them, and what a form asks of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from engine.delivery.target import Parcel, ParcelFile, require_untouched
from engine.domain.delivery import Turn
from engine.domain.errors import FileProblem
from engine.release import seal
from engine.safety.files import sha256
from engine.store.deliveries import Delivery
from engine.store.releases import Release

_MANIFEST, _CHECKSUMS, _METADATA = "manifest.json", "MANIFEST.sha256", "metadata.json"
_PROVENANCE, _SIGNATURE = "provenance.json", "MANIFEST.sig"
_FORM = ("YouTube", "altered or synthetic content")
_MOST_BYTES = 4 << 20
_FIX = "See `noktvrn releases verify`; packaging again may help."


async def parcel_of(delivery: Delivery, release: Release, answers: Mapping[str, str], turn: Turn) -> Parcel:
    """The parcel of a delivery. Every byte is compared with the manifest that the store knows of, so that nothing is
    sent that was changed after its approval. Raises FileProblem."""
    return await asyncio.to_thread(_parcel, delivery, release, answers, turn)


async def require_sealed(release: Release) -> None:
    """Raises FileProblem where the package is signed and its signature does not hold. Unsigned ones are older."""
    folder = Path(release.path)
    try:
        problems = await asyncio.to_thread(seal.tampered, folder)
    except OSError as error:
        raise FileProblem(f"The package in {folder} cannot be read.", fix=_FIX) from error
    if problems:
        told = "; ".join(f"{each.file} {each.what}" for each in problems)
        raise FileProblem(
            f"The signature of the package in {folder} does not hold, and it is not sent: {told}.",
            fix=f"Bring the folder back from a backup. `noktvrn releases verify {release.id}` says more.",
        )


def _parcel(delivery: Delivery, release: Release, answers: Mapping[str, str], turn: Turn) -> Parcel:
    folder = Path(release.path)
    try:
        files = _files(folder, release.manifest_sha256)
        texts = _texts(folder, release)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileProblem(f"The package in {folder} cannot be read.", fix=_FIX) from error
    for file in files:
        require_untouched(file)
    return Parcel(
        mark=delivery.mark,
        release_id=release.id,
        folder=folder.name,
        turn=turn,
        files=files,
        declarations=answers,
        texts=texts,
    )


def _files(folder: Path, recorded: str) -> tuple[ParcelFile, ...]:
    checksums = folder / _CHECKSUMS
    if sha256(checksums) != recorded:
        raise FileProblem(f"The manifest in {folder} is not the one that was made at packaging.", fix=_FIX)
    listed = dict(row.split("  ", 1)[::-1] for row in checksums.read_text("utf-8").splitlines())
    found = []
    for item in _document(folder / _MANIFEST)["files"]:
        name = _inside(item["name"])
        if listed[name] != item["sha256"]:
            raise FileProblem(f"The manifests in {folder} do not agree about {name}.", fix=_FIX)
        found.append(
            ParcelFile(folder / name, name, item["role"], int(item["size"]), item["sha256"], item["media_type"])
        )
    for role, name in (("manifest", _MANIFEST), ("checksums", _CHECKSUMS)):
        path = folder / name
        digest = recorded if role == "checksums" else listed[name]
        kind = "application/json" if role == "manifest" else "text/plain; charset=utf-8"
        found.append(ParcelFile(path, name, role, path.stat().st_size, digest, kind))
    signature = folder / _SIGNATURE
    if signature.exists():
        size, kind = signature.stat().st_size, "application/octet-stream"
        found.append(ParcelFile(signature, _SIGNATURE, "signature", size, sha256(signature), kind))
    return tuple(found)


def _inside(name: str) -> str:
    """A name that stays in the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\x00" in name or not path.parts or str(path) != name:
        raise FileProblem(f"The manifest names {name[:80]!r}, which is no file of the package.", fix=_FIX)
    return name


def _document(path: Path) -> dict[str, Any]:
    with path.open("rb") as handle:
        data = handle.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError
    found = json.loads(data)
    if not isinstance(found, dict):
        raise TypeError
    return found


def _texts(folder: Path, release: Release) -> dict[str, Any]:
    """What a platform's form asks: title, artist, description, tags, language."""
    document = _document(folder / _METADATA) if (folder / _METADATA).exists() else {}
    artist = (document.get("artist") or {}).get("name", "")
    title = document.get("title", release.title)
    statement = (document.get("ai_disclosure") or {}).get("statement", "")
    tags = [word for word in (artist, document.get("genre"), document.get("subgenre"), "AI-generated music") if word]
    by = f"{title} by {artist}" if artist else str(title)
    return {
        "title": title,
        "artist": artist,
        "description": "\n\n".join(part for part in (by, statement, _attributions(document)) if part),
        "tags": tags,
        "language": document.get("language", ""),
        "explicit": bool(document.get("explicit", False)),
        "synthetic": _synthetic(folder),
    }


def _synthetic(folder: Path) -> bool:
    """What the package answers to a platform that asks; yes where it is older than the question."""
    document = _document(folder / _PROVENANCE) if (folder / _PROVENANCE).exists() else {}
    forms = [form for form in document.get("forms") or () if isinstance(form, dict)]
    answers = [form.get("answer") for form in forms if (form.get("platform"), form.get("question")) == _FORM]
    return answers != ["no"]


def _attributions(document: Mapping[str, Any]) -> str:
    """Credits, a line each: some licences ask for their names to stand with the work."""
    rows = [row for row in document.get("credits") or () if isinstance(row, dict)]
    return "\n".join(f"{row.get('role', '')}: {row.get('name', '')}" for row in rows)
