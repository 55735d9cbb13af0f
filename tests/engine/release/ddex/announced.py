"""Sources of messages without any file: the documents of the small release, as they would be packaged."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from engine.domain.media import StreamFacts
from engine.release import disclosure
from engine.release.ddex.compose import Collection, Source, announce, beside, single
from engine.release.ddex.messages import write
from engine.release.ddex.model import Exchange, NewRelease, ReleaseKind, Version
from engine.release.manifest import MEDIA_TYPES, PackagedFile
from engine.release.metadata import Audio, Codes, Mp3, Role, describe, levels
from engine.release.request import Credit, Maker, Method, PackageRequest, Part
from tests.engine.release.conftest import bare_request

HERE = Path(__file__).parent
LATER = datetime(2032, 1, 2, 3, 4, 5, tzinfo=UTC)
_CLIP = StreamFacts(7.0, "mov", "aac", 44_100, 2, "h264", 1280, 720, 30.0)
_FILES: dict[Role, str] = {
    "audio-wav": "Mira Vale - Neon Water.wav",
    "clip": "Mira Vale - Neon Water.mp4",
    "cover": "Mira Vale - Neon Water.jpg",
    "lyrics-text": "lyrics.txt",
    "lyrics-timed": "lyrics.lrc",
}


def sung(request: PackageRequest) -> PackageRequest:
    """The request with a singer, and words by a model that the singer edited."""
    shares = {Part.VOCALS: Maker(Method.PERSON), Part.LYRICS: Maker(Method.MODEL, "writer", "w-1", "edited two lines")}
    credits = (Credit("Vocalist", "Kim Öst"), Credit("Lyricist", "Kim Öst"))
    return replace(request, makers={**request.makers, **shares}, credits=credits)


def source_of(request: PackageRequest, *, isrc: str | None = None, upc: str | None = None) -> Source:
    """A package's documents; sizes and hashes of its files are made up from their names."""
    record = disclosure.disclose(request)
    loud = levels(request.facts.loudness)
    data = describe(
        request,
        record,
        duration_s=request.timeline.duration_s,
        audio=Audio(44_100, 24, 2, loud),
        mp3=Mp3(320, 0.0, loud),
        clip=_CLIP,
    )
    files: dict[str, PackagedFile] = {
        role: PackagedFile(role, name, MEDIA_TYPES[role], len(name), hashlib.sha256(name.encode()).hexdigest())
        for role, name in _FILES.items()
    }
    return Source(replace(data, codes=Codes(isrc, upc, "")), record, files, beside("../"))


def announced(version: Version = Version.ERN432, request: PackageRequest | None = None, **codes: str) -> NewRelease:
    """The message of the small release, sung unless a request is given."""
    return single(source_of(request or sung(bare_request()), **codes), Exchange(), version)


@cache
def written(version: Version = Version.ERN432) -> bytes:
    """Its bytes."""
    return write(announced(version), version)


def collected(kind: ReleaseKind, number: int, version: Version = Version.ERN432, upc: str | None = None) -> NewRelease:
    """An EP or album of so many tracks, every other one sung."""
    base = bare_request()
    requests = [replace(base, release_id=f"p-track{n}", title=f"Neon Water {n}") for n in range(1, number + 1)]
    sources = [source_of(sung(item) if n % 2 else item) for n, item in enumerate(requests)]
    cover = source_of(base)
    facts = Collection(
        kind=kind,
        release_id="l-9x8y7z6w5v",
        title="All Waters",
        artist=base.artist,
        label=base.label,
        genre=base.genre,
        subgenre="",
        language="en",
        release_date=date(2031, 9, 1),
        approved_at=LATER,
        upc=upc,
        cover=cover.files["cover"],
        cover_disclosure=cover.disclosure,
    )
    return announce(facts, sources, Exchange(), version)


def judge(text: bytes, version: Version) -> list[str]:
    """What the grammar that was written by hand beside this file says."""
    from lxml import etree

    document = etree.fromstring(text, etree.XMLParser(no_network=True, resolve_entities=False))
    grammar = _grammar(version)
    return [] if grammar.validate(document) else [str(error.message) for error in grammar.error_log]


@cache
def _grammar(version: Version) -> Any:
    from lxml import etree

    return etree.RelaxNG(etree.parse(str(HERE / f"ern{version.value.replace('.', '')}.rng")))


def resealed(text: bytes) -> bytes:
    """The message under the id that follows from what it says now."""
    bare = re.sub(rb"<MessageId>[^<]*<", b"<MessageId>none<", text)
    return bare.replace(b"<MessageId>none<", b"<MessageId>M-%s<" % hashlib.sha256(bare).hexdigest()[:32].encode())
