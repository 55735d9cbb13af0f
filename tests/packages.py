"""A small package in the form that a release has: its files are bytes that only claim to be media."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from engine.delivery.target import Parcel, ParcelFile
from engine.domain.delivery import FileReceipt, Turn
from engine.release import manifest, seal
from engine.release.certificates import Credential
from tests.conftest import NOW

RELEASE = "p-6c1t8n4ebw"
FOLDER = f"vesper-lane-glass-harbour-{RELEASE}"
BASE = "Vesper Lane - Glass Harbour"
ERN = """<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/432" AvsVersionId="4">
  <MessageHeader>
    <MessageId>m-1</MessageId>
    <MessageSender><PartyId>PADPIDA2026112701A</PartyId></MessageSender>
    <MessageRecipient><PartyId>PADPIDA2026112702B</PartyId></MessageRecipient>
    <MessageControlType>TestMessage</MessageControlType>
  </MessageHeader>
  <ResourceList>
    <File><URI>resources/{base}.wav</URI></File>
    <File><URI>resources/{base}.jpg</URI></File>
  </ResourceList>
  <ReleaseList><Release><ReleaseId>{code}</ReleaseId></Release></ReleaseList>
</ern:NewReleaseMessage>
"""
PURGE = """<ern:PurgeReleaseMessage xmlns:ern="http://ddex.net/xml/ern/432"><MessageHeader><MessageId>m-2</MessageId>
<MessageSender><PartyId>PADPIDA2026112701A</PartyId></MessageSender></MessageHeader></ern:PurgeReleaseMessage>
"""


def make(
    releases: Path, *, wav: int = 40_000, clip: int = 30_000, code: str = "", signer: Credential | None = None
) -> tuple[Path, str]:
    """Writes the package, its list signed where there is a signer; returns its folder and the hash of its manifest.

    Sizes in bytes.
    """
    folder = releases / FOLDER
    (folder / "ern").mkdir(parents=True)
    noise = Random(7)
    contents: dict[str, tuple[str, str, bytes]] = {
        f"{BASE}.wav": ("audio-wav", "audio/wav", noise.randbytes(wav)),
        f"{BASE}.mp4": ("clip", "video/mp4", noise.randbytes(clip)),
        f"{BASE}.jpg": ("cover", "image/jpeg", noise.randbytes(2_000)),
        "lyrics.txt": ("lyrics-text", "text/plain; charset=utf-8", "Glass harbour ☾\n".encode()),
        "ern/NewReleaseMessage.xml": ("ern", "application/xml", ERN.format(base=BASE, code=code).encode()),
        "provenance.json": ("provenance", "application/json", json.dumps(provenance()).encode()),
        "metadata.json": ("metadata", "application/json", json.dumps(_metadata()).encode()),
    }
    if signer:
        chain = signer.chain_text.encode()
        contents[manifest.CERTIFICATES] = ("certificates", "application/pem-certificate-chain", chain)
    for name, (_, _, data) in contents.items():
        (folder / name).write_bytes(data)
    files = [
        {"role": role, "name": name, "media_type": kind, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, (role, kind, data) in contents.items()
    ]
    whole = json.dumps(
        {"schema": "noktvrn-manifest-1", "release_id": RELEASE, "revision": "r", "files": files}
    ).encode()
    (folder / "manifest.json").write_bytes(whole)
    listed = [(str(each["name"]), str(each["sha256"])) for each in files]
    text = manifest.checksums([*listed, ("manifest.json", hashlib.sha256(whole).hexdigest())])
    (folder / "MANIFEST.sha256").write_text(text)
    if signer:
        seal.put(folder, signer)
    return folder, hashlib.sha256(text.encode()).hexdigest()


def provenance() -> dict[str, Any]:
    """What the embedded studio's packages say of their sources."""
    by_rules = {"extent": "all", "method": "rules", "tool": "noktvrn", "licence": "MIT"}
    absent = {"extent": "none", "method": "absent", "tool": "", "licence": ""}
    parts = dict.fromkeys(("lyrics", "composition", "instrumentation", "mastering", "artwork", "video"), by_rules)
    return {
        "disclosure": {"parts": {"vocals": absent, **parts}},
        "tools": {"typefaces": {"name": "Jost", "licence": "OFL-1.1", "notice": ""}},
        "materials": [],
    }


def _metadata() -> dict[str, Any]:
    return {
        "title": "Glass Harbour",
        "artist": {"id": "a-vesper", "name": "Vesper Lane"},
        "genre": "Synthwave",
        "subgenre": "outrun",
        "language": "en",
        "explicit": False,
        "credits": [{"role": "Main artist", "name": "Vesper Lane"}],
        "ai_disclosure": {"statement": "Made with software: all music and pictures are generated."},
    }


def parcel(folder: Path, *, mark: str = "s-1:1", declarations: Mapping[str, str] | None = None) -> Parcel:
    """The parcel of such a package."""
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    files = [
        ParcelFile(folder / each["name"], each["name"], each["role"], each["size"], each["sha256"], each["media_type"])
        for each in listed
    ]
    for role, name in (("manifest", "manifest.json"), ("checksums", "MANIFEST.sha256")):
        data = (folder / name).read_bytes()
        files.append(ParcelFile(folder / name, name, role, len(data), hashlib.sha256(data).hexdigest()))
    texts = {
        "title": "Glass Harbour",
        "artist": "Vesper Lane",
        "description": "Made with software.",
        "tags": ["outrun"],
    }
    return Parcel(mark, RELEASE, folder.name, Turn(NOW), tuple(files), declarations or {}, texts)


def takedown(folder: Path) -> tuple[ParcelFile, ...]:
    """A message that withdraws the release."""
    path = folder.parent / "PurgeReleaseMessage.xml"
    path.write_text(PURGE)
    data = path.read_bytes()
    return (ParcelFile(path, path.name, "takedown", len(data), hashlib.sha256(data).hexdigest()),)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class Memory:
    """A delivery's memory that lives as long as the test, and outlives each attempt in it."""

    notes: dict[str, Any] = field(default_factory=dict)
    there: dict[str, FileReceipt] = field(default_factory=dict)

    async def recall(self) -> Mapping[str, Any]:
        return dict(self.notes)

    async def note(self, **values: Any) -> None:
        self.notes = {name: value for name, value in {**self.notes, **values}.items() if value is not None}

    async def receipts(self) -> Mapping[str, FileReceipt]:
        return dict(self.there)

    async def has(self, receipt: FileReceipt) -> None:
        self.there[receipt.name] = receipt


class Stop(Exception):
    """What a test stops a delivery with."""


@dataclass
class StopAfter:
    """Progress that stops at the given call, and never again."""

    calls: int

    async def __call__(self, name: str, size: int) -> None:
        self.calls -= 1
        if self.calls == 0:
            raise Stop


async def quietly(_name: str, _size: int) -> None:
    """Progress that nobody looks at."""
