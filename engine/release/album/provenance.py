"""provenance.json of an album, and the two readable texts that are made from it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine.domain.plurals import many
from engine.release.album.disclosure import AlbumDisclosure
from engine.release.album.metadata import AlbumMetadata
from engine.release.album.papers import Papers
from engine.release.disclosure import PartRecord
from engine.release.documents import NEWER
from engine.release.forms import Form
from engine.release.provenance import MaterialRecord, Origin, ToolRecord, form_rows, licences_text

SCHEMA = "noktvrn-album-provenance-1"
_WIDTH = 78


@dataclass(frozen=True, slots=True)
class TrackOrigin:
    """The package that a track came from: its folder's name and the SHA-256 of its MANIFEST.sha256, of the WAV in it,
    and of that WAV's samples."""

    number: int
    release_id: str
    run_id: str
    revision: str
    folder: str
    manifest_sha256: str
    wav_sha256: str
    pcm_sha256: str


@dataclass(frozen=True, slots=True)
class AlbumProvenance:
    """The whole document. `origins` name each media file, what it was made from, by hash, and how.

    `forms` is empty in packages of earlier versions.
    """

    schema: str
    release_id: str
    album_id: str
    revision: str
    title: str
    artist: str
    created_at: str
    disclosure: AlbumDisclosure
    cover: PartRecord
    cover_origin: str
    reviewed_by_person: bool
    tools: dict[str, ToolRecord]
    materials: tuple[MaterialRecord, ...]
    tracks: tuple[TrackOrigin, ...]
    origins: tuple[Origin, ...]
    forms: tuple[Form, ...] = field(default=(), metadata=NEWER)


def all_tools(tracks: Sequence[Papers], cover: dict[str, ToolRecord]) -> dict[str, ToolRecord]:
    """Every tool once; one name that stands for two tools is told apart by its number."""
    found: dict[str, ToolRecord] = {}
    for tools in (*(track.provenance.tools for track in tracks), cover):
        for name, tool in tools.items():
            number, own = 1, name
            while own in found and found[own] != tool:
                number += 1
                own = f"{name}-{number}"
            found[own] = tool
    return dict(sorted(found.items()))


def all_materials(tracks: Sequence[Papers]) -> tuple[MaterialRecord, ...]:
    """What the sound was taken over from. Stock video is in no file of an album."""
    found = (item for track in tracks for item in track.provenance.materials if item.kind != "stock video")
    return tuple(dict.fromkeys(found))


def licences(document: AlbumProvenance, like: Papers) -> str:
    """LICENCES.txt. `like` is any track: the form is its."""
    return licences_text(replace(like.provenance, tools=document.tools, materials=document.materials))


def disclosure_text(document: AlbumProvenance, metadata: AlbumMetadata) -> str:
    """AI-DISCLOSURE.txt."""
    rows = []
    for name, part in document.disclosure.parts.items():
        how = f"{part.extent}; {', '.join(part.tools)}" if part.tools else part.extent
        rows.append(f"{name.capitalize() + ':':<17}{how if part.methods else 'not there'}")
    lines = [
        "AI disclosure",
        f"{document.artist} - {document.title} ({many(len(metadata.tracks), 'track')})",
        f"Release {document.release_id}, revision {document.revision}, {document.created_at}",
        "",
        *textwrap.wrap(document.disclosure.statement, _WIDTH),
        "",
        "Made by software, over all tracks (all, partly, none):",
        *rows,
        *form_rows(document.forms),
        "",
    ]
    for track in metadata.tracks:
        lines += [
            f"{track.number:02} {track.title}",
            *textwrap.wrap(track.statement, _WIDTH, initial_indent="   ", subsequent_indent="   "),
        ]
    return "\n".join(
        [
            *lines,
            "",
            f"Contains AI (DDEX):   {document.disclosure.contains_ai}",
            f"Source type (IPTC):   {document.disclosure.digital_source_type}",
            f"Reviewed by a person: {'yes' if document.reviewed_by_person else 'no, or not all of it'}",
            "",
            "provenance.json holds the same record for machines; each track's own is beside its sound.",
            "",
        ]
    )
