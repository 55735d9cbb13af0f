"""The DDEX messages of an EP or album: where they lie, how they are made from its documents, that they still say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from engine.domain.albums import AlbumKind
from engine.domain.errors import CheckFailed
from engine.release.album.disclosure import of_cover
from engine.release.album.manifest import AlbumFile, AlbumRole
from engine.release.album.metadata import AlbumMetadata, TrackEntry
from engine.release.album.papers import Papers
from engine.release.ddex.check import check
from engine.release.ddex.compose import Collection, Source, announce, beside
from engine.release.ddex.messages import write
from engine.release.ddex.model import Exchange, ReleaseKind, Version
from engine.release.ddex.package import exchange_of
from engine.release.disclosure import PartRecord
from engine.release.metadata import Metadata

NAMES: dict[AlbumRole, str] = {"ern": "ern/NewReleaseMessage.xml", "ern-43": "ern/ern43/NewReleaseMessage.xml"}
VERSIONS: dict[AlbumRole, Version] = {"ern": Version.ERN432, "ern-43": Version.ERN43}
_KINDS: dict[AlbumKind, ReleaseKind] = {
    AlbumKind.SINGLE: "Single",
    AlbumKind.EP: "EP",
    AlbumKind.ALBUM: "Album",
}


def messages(
    album: AlbumMetadata, tracks: Sequence[Papers], cover: PartRecord, files: Sequence[AlbumFile], exchange: Exchange
) -> dict[AlbumRole, bytes]:
    """Both messages. Raises CheckFailed where one cannot be written or does not pass our own check."""
    found = {}
    for role, version in VERSIONS.items():
        address = beside("../" * NAMES[role].count("/"))
        sources = [
            Source(
                _as_here(papers.metadata, entry),
                papers.provenance.disclosure,
                {file.role: file for file in files if file.track == entry.number},
                address,
            )
            for papers, entry in zip(tracks, album.tracks, strict=True)
        ]
        facts = Collection(
            kind=_KINDS[album.kind],
            release_id=album.release_id,
            title=album.title,
            artist=album.artist.name,
            label=album.label,
            genre=album.genre,
            subgenre=album.subgenre,
            language=album.language,
            release_date=date.fromisoformat(album.release_date),
            approved_at=datetime.strptime(album.decision.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            upc=album.codes.upc,
            cover=next(file for file in files if file.role == "cover"),
            cover_disclosure=of_cover(cover),
            address=address,
        )
        found[role] = write(announce(facts, sources, exchange, version), version)
        if problems := check(found[role]):
            raise CheckFailed(f"The DDEX message of release {album.release_id} {problems[0]}.")
    return found


def _as_here(own: Metadata, entry: TrackEntry) -> Metadata:
    """The track's document with the length that its file has in the album."""
    return replace(own, duration_s=entry.duration_s)


def differences(
    role: AlbumRole,
    folder: Path,
    album: AlbumMetadata,
    tracks: Sequence[Papers],
    cover: PartRecord,
    files: Sequence[AlbumFile],
) -> list[str]:
    """What is wrong with a message: in itself, against the files, against the documents. Raises OSError."""
    path = folder / NAMES[role]
    text = path.read_bytes()
    if problems := check(text, lies_in=path.parent, package=folder):
        return problems
    try:
        wanted = messages(album, tracks, cover, files, exchange_of(text))[role]
    except CheckFailed as error:
        return [f"cannot be made from the package's documents: {error.message}"]
    return [] if text == wanted else ["does not say what the package's documents say"]
