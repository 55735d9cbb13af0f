"""Checks the package of an album against its own word: as `engine.release.verify`, over all tracks.

First every byte is compared with the manifests; only what is whole is decoded. What the documents say is made again
from the tracks' own documents and from what is measured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.albums import LoudnessPolicy
from engine.domain.clock import utc_now
from engine.domain.errors import MediaError
from engine.domain.gate import LUFS_TOLERANCE, MAX_DRIFT_S, TARGET_LUFS
from engine.domain.media import Loudness
from engine.media import ffmpeg, measure
from engine.release import audio, content, ffmetadata, hearing, id3, likeness, lyrics, manifest, seal, signed, wavtag
from engine.release import tags as track_tags
from engine.release.album import ddex, sound, tags
from engine.release.album import metadata as album_metadata
from engine.release.album import provenance as album_provenance
from engine.release.album.disclosure import answers, combine, of_cover
from engine.release.album.manifest import AlbumFile, AlbumManifest, AlbumRole, check_files
from engine.release.album.metadata import AlbumMetadata, Sounding, TrackEntry
from engine.release.album.papers import Papers, document, read_papers
from engine.release.album.provenance import AlbumProvenance, disclosure_text, licences
from engine.release.album.words import marked_text, process, timed_text
from engine.release.cover import cover_problems
from engine.release.manifest import Problem
from engine.release.metadata import Levels, summary
from engine.release.provenance import SIGNED
from engine.release.verify import Checks, Verification, judged

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_SOUNDS: tuple[AlbumRole, ...] = ("audio-wav", "audio-flac", "audio-mp3")


def verify_album(
    folder: Path,
    manifest_sha256: str = "",
    *,
    anchors: Sequence[Certificate] = (),
    now: datetime | None = None,
) -> Verification:
    """Checks the package in `folder`; see `verify`. Raises MediaError where ffmpeg itself is missing."""
    ffmpeg.executable()
    try:
        problems = check_files(folder, manifest_sha256)
        sealed = seal.Seal((), "") if problems else seal.check(folder, anchors, now or utc_now())
    except OSError as error:
        problems = [Problem(error.filename or folder.name, f"cannot be read: {error.strerror}")]
        sealed = seal.Seal((), "")
    if problems or sealed.problems:
        made = ("files",) if problems else ("files", "signature")
        return Verification(False, (*problems, *sealed.problems), made, sealed.words)
    try:
        album = _read(folder, sealed.chain)
    except (MediaError, OSError, LookupError) as error:
        return Verification(False, (Problem(folder.name, f"has a document that cannot be read: {error}"),), ("files",))
    checks: Checks[_Album] = (
        ("documents", _check_documents),
        ("c2pa", _check_signed),
        ("disclosure", _check_disclosure),
        ("wav", _check_wav),
        ("flac", _check_flac),
        ("mp3", _check_mp3),
        ("loudness", _check_together),
        ("cover", lambda found: [found.of_album("cover", what) for what in cover_problems(found.path("cover"))]),
        ("tags", _check_tags),
        ("lyrics", _check_lyrics),
        ("ddex", _check_ddex),
    )
    return judged(album, checks, sealed.words)


@dataclass(frozen=True, slots=True)
class _Album:
    """An album whose bytes are as listed, with its documents read."""

    folder: Path
    metadata: AlbumMetadata
    provenance: AlbumProvenance
    files: tuple[AlbumFile, ...]
    papers: tuple[Papers, ...]
    chain: tuple[Certificate, ...]
    _heard: dict[int, hearing.Heard] = field(default_factory=dict)

    def heard(self, track: TrackEntry) -> hearing.Heard:
        """The sound of a track's WAV, decoded once however many checks ask. Raises MediaError."""
        if track.number not in self._heard:
            self._heard[track.number] = hearing.listen(self.path("audio-wav", track.number))
        return self._heard[track.number]

    @property
    def names(self) -> dict[tuple[AlbumRole, int], str]:
        return {(file.role, file.track): file.name for file in self.files}

    def path(self, role: AlbumRole, track: int = 0) -> Path:
        return self.folder / self.names[role, track]

    def of_album(self, role: AlbumRole, what: str) -> Problem:
        return Problem(self.path(role).name, what)

    def of(self, role: AlbumRole, track: TrackEntry, what: str) -> Problem:
        return Problem(self.path(role, track.number).name, what)


def _read(folder: Path, chain: tuple[Certificate, ...]) -> _Album:
    files = document(folder, manifest.MANIFEST, AlbumManifest).files
    named = {(file.role, file.track): file.name for file in files}
    count = max(file.track for file in files)
    roles: tuple[AlbumRole, ...] = ("track-metadata", "track-provenance", "track-prompts")
    papers = [read_papers(folder, *(named[role, number] for role in roles)) for number in range(1, count + 1)]
    return _Album(
        folder,
        document(folder, manifest.METADATA, AlbumMetadata),
        document(folder, manifest.PROVENANCE, AlbumProvenance),
        files,
        tuple(papers),
        chain,
    )


# --- documents


def _check_documents(album: _Album) -> list[Problem]:
    data, origin = album.metadata, album.provenance
    problems = []
    if data.schema != album_metadata.SCHEMA:
        problems.append(album.of_album("metadata", f"has the unknown schema {data.schema!r}"))
    if origin.schema != album_provenance.SCHEMA:
        problems.append(album.of_album("provenance", f"has the unknown schema {origin.schema!r}"))
    listing = document(album.folder, manifest.MANIFEST, AlbumManifest)
    if (listing.release_id, listing.revision) != (data.release_id, data.revision):
        problems.append(Problem(manifest.MANIFEST, "speaks of another release than the metadata"))
    whole = (data.release_id, data.album_id, data.revision, data.title, data.artist.name, data.created_at)
    if whole != (
        *(origin.release_id, origin.album_id, origin.revision),
        *(origin.title, origin.artist, origin.created_at),
    ):
        problems.append(album.of_album("provenance", "speaks of another release than the metadata"))
    if len(data.tracks) != len(album.papers):
        return [*problems, album.of_album("metadata", "does not list each track once")]
    problems += _check_entries(album)
    wanted = {("cover", 0), *((role, track.number) for track in data.tracks for role in _SOUNDS)}
    if {(file.role, file.track) for file in data.files} != wanted:
        problems.append(album.of_album("metadata", "does not list each media file once"))
    # Every file was found to be as the manifest lists it: it need not be read again.
    listed = {(file.role, file.track): (file.name, file.size, file.sha256) for file in album.files}
    for file in data.files:
        there = listed[file.role, file.track]
        if (file.name, file.size, file.sha256) != there:
            problems.append(album.of_album("metadata", f"does not list {there[0]} as it is"))
    return problems + _check_origins(album)


def _check_entries(album: _Album) -> list[Problem]:
    """What is said of the tracks must be what their own documents say, and the album what its tracks come to."""
    data = album.metadata
    problems = []
    for number, (track, papers) in enumerate(zip(data.tracks, album.papers, strict=True), 1):
        sounding = Sounding(
            track.duration_s, track.gap_s, track.gain_db, track.held_by_peaks, track.loudness, track.mp3
        )
        if album_metadata.entry(number, papers.metadata, sounding) != track:
            problems.append(album.of_album("metadata", f"says of track {number} what its own document does not"))
        if papers.metadata.artist.id != data.artist.id:
            problems.append(album.of("track-metadata", track, "is of another artist"))
    again = replace(
        data,
        language=album_metadata.usual(track.language for track in data.tracks),
        explicit=any(track.explicit for track in data.tracks),
        duration_s=album_metadata.duration(data.tracks),
        credits=album_metadata.all_credits(data.tracks),
        sample_rate=audio.SAMPLE_RATE,
        bit_depth=audio.BIT_DEPTH,
        channels=audio.CHANNELS,
    )
    if again != data:
        problems.append(album.of_album("metadata", "does not come to what its tracks say"))
    return problems


def _check_origins(album: _Album) -> list[Problem]:
    origin = album.provenance
    problems = []
    known = [
        (number, papers.metadata.release_id, papers.metadata.run_id, papers.metadata.revision)
        for number, papers in enumerate(album.papers, 1)
    ]
    if [(each.number, each.release_id, each.run_id, each.revision) for each in origin.tracks] != known:
        problems.append(album.of_album("provenance", "does not name the tracks' releases as their documents do"))
    cover = album.path("cover")
    added = SIGNED if album.chain else ""
    wanted = {(cover.name, content.unsigned_sha256(cover), f"copied byte for byte{added}")}
    for track, source in zip(album.metadata.tracks, origin.tracks, strict=False):
        for role in _SOUNDS:
            done = process(role, track) + (added if role in ("audio-wav", "audio-mp3") else "")
            wanted.add((album.path(role, track.number).name, source.wav_sha256, done))
    if {(each.file, each.artefact_sha256, each.process) for each in origin.origins} != wanted:
        problems.append(album.of_album("provenance", "does not say where each media file came from"))
    return problems


def _check_signed(album: _Album) -> list[Problem]:
    record = album.provenance
    media = [signed.Medium(album.path("cover").name, "cover", album.metadata, of_cover(record.cover))]
    for track, papers in zip(album.metadata.tracks, album.papers, strict=True):
        own, disclosure = papers.metadata, papers.provenance.disclosure
        media += [signed.Medium(album.path(role, track.number).name, role, own, disclosure) for role in _SOUNDS]
    return signed.media_problems(album.folder, media, record.origins, album.chain)


def _check_disclosure(album: _Album) -> list[Problem]:
    record, data = album.provenance, album.metadata
    problems = []
    heard = all(papers.metadata.decision.reviewed_by_person for papers in album.papers)
    if record.reviewed_by_person != data.decision.reviewed_by_person or (record.reviewed_by_person and not heard):
        problems.append(album.of_album("provenance", "and the tracks differ on whether a person reviewed them"))
    disclosures = [papers.provenance.disclosure for papers in album.papers]
    if combine(disclosures, record.cover, reviewed=record.reviewed_by_person) != record.disclosure:
        problems.append(album.of_album("provenance", "does not come to what the tracks' records say"))
    if record.forms and record.forms != answers(record.disclosure):
        problems.append(album.of_album("provenance", "answers platforms otherwise than it discloses"))
    if summary(record.disclosure) != data.ai_disclosure:
        problems.append(album.of_album("metadata", "discloses something else than provenance.json"))
    if album_provenance.all_materials(album.papers) != record.materials or not all(
        tool in record.tools.values() for papers in album.papers for tool in papers.provenance.tools.values()
    ):
        problems.append(album.of_album("provenance", "does not list what the tracks were made with"))
    texts: tuple[tuple[AlbumRole, str], ...] = (
        ("disclosure", disclosure_text(record, data)),
        ("licences", licences(record, album.papers[0])),
    )
    for role, wanted in texts:
        if album.path(role).read_bytes() != wanted.encode():
            problems.append(album.of_album(role, "does not say what provenance.json says"))
    return problems


# --- sound


def _check_wav(album: _Album) -> list[Problem]:
    problems = []
    for track, source in zip(album.metadata.tracks, album.provenance.tracks, strict=True):
        path = album.path("audio-wav", track.number)
        if round(audio.check_master(path), 3) != track.duration_s:
            problems.append(album.of("audio-wav", track, f"is not {track.duration_s} s long"))
        if track.gap_s and not sound.silence_at_end(path, track.gap_s):
            problems.append(album.of("audio-wav", track, f"does not end in {track.gap_s:g} s of silence"))
        if not track.gain_db and not track.gap_s and measure.pcm_sha256(path) != source.pcm_sha256:
            problems.append(album.of("audio-wav", track, "does not hold the samples of the track's own package"))
        problems += _check_levels(album, "audio-wav", track, album.heard(track).loudness, track.loudness)
    return problems


def _check_flac(album: _Album) -> list[Problem]:
    problems = []
    for track in album.metadata.tracks:
        path = album.path("audio-flac", track.number)
        if audio.flac_format(path) != (audio.SAMPLE_RATE, audio.CHANNELS, audio.BIT_DEPTH):
            problems.append(album.of("audio-flac", track, "has another form than the WAV"))
        if measure.pcm_sha256(path, "pcm_s24le") != audio.samples_sha256(album.path("audio-wav", track.number)):
            problems.append(album.of("audio-flac", track, "does not hold the samples of the WAV"))
    return problems


def _check_mp3(album: _Album) -> list[Problem]:
    problems = []
    for track in album.metadata.tracks:
        path = album.path("audio-mp3", track.number)
        heard = hearing.listen(path)
        if track.mp3.bitrate_kbps != audio.MP3_KBPS:
            problems.append(album.of_album("metadata", f"says {track.mp3.bitrate_kbps} kbit/s of an MP3"))
        problems += [album.of("audio-mp3", track, f"does not decode: {words}") for words in heard.complaints[:1]]
        if abs(audio.mp3_seconds(path) - track.duration_s) > MAX_DRIFT_S:
            problems.append(album.of("audio-mp3", track, f"is not {track.duration_s:.2f} s long"))
        problems += _check_levels(album, "audio-mp3", track, heard.loudness, track.mp3.loudness)
        different = likeness.differences(album.heard(track).sound, heard.sound, likeness.MP3_LAG_S)
        problems += [album.of("audio-mp3", track, what) for what in different]
    return problems


def _check_levels(
    album: _Album, role: AlbumRole, track: TrackEntry, found: Loudness, declared: Levels
) -> list[Problem]:
    return [album.of(role, track, what) for what in (*hearing.too_high(found), *hearing.unlike(found, declared))]


def _check_together(album: _Album) -> list[Problem]:
    """The loudness of all tracks in a row, and that it was brought about as the policy says."""
    data, tracks = album.metadata.loudness, album.metadata.tracks
    found = sound.together([album.path("audio-wav", track.number) for track in tracks])
    problems = [album.of_album("metadata", f"of the album: {what}") for what in hearing.unlike(found, data.together)]
    gains = {track.gain_db for track in tracks}
    held = any(track.held_by_peaks for track in tracks)
    if data.policy is LoudnessPolicy.ALBUM and len(gains) > 1 and not held:
        problems.append(album.of_album("metadata", "moved the tracks by different gains under one for the album"))
    if data.policy is LoudnessPolicy.NONE and gains != {0.0}:
        problems.append(album.of_album("metadata", "moved tracks that were to stay as they are"))
    if data.policy is LoudnessPolicy.ALBUM and not held and abs(found.integrated_lufs - TARGET_LUFS) > LUFS_TOLERANCE:
        problems.append(album.of_album("metadata", f"of the album: {found.integrated_lufs} LUFS is off its target"))
    for track in tracks if data.policy is LoudnessPolicy.TRACK else ():
        if not track.held_by_peaks and abs(track.loudness.integrated_lufs - TARGET_LUFS) > LUFS_TOLERANCE:
            problems.append(album.of("audio-wav", track, f"has {track.loudness.integrated_lufs} LUFS, off its target"))
    return problems


# --- tags, words, messages


def _check_tags(album: _Album) -> list[Problem]:
    data = album.metadata
    cover = content.unsigned_bytes(album.path("cover"))
    digest = hashlib.sha256(cover).hexdigest()
    problems = []
    for track, papers in zip(data.tracks, album.papers, strict=True):
        own = replace(papers.metadata, duration_s=track.duration_s)
        mp3, _ = id3.read_file(album.path("audio-mp3", track.number))
        wav = wavtag.read(album.path("audio-wav", track.number))
        pairs: tuple[tuple[AlbumRole, id3.Tag, bytes | None], ...] = (
            ("audio-mp3", mp3, cover),
            ("audio-wav", wav, None),
        )
        for role, found, picture in pairs:
            wanted = tags.id3_tag(data, track, own, (), picture)
            problems += [album.of(role, track, what) for what in track_tags.differences(found, wanted)]
            if track_tags.timed_lines(found.timed) != track_tags.line_times(own.lyrics.lines):
                problems.append(album.of(role, track, "has other timed lyrics than the metadata"))
        flac = album.path("audio-flac", track.number)
        comments = tags.flac_comments(data, track, own)
        problems += [album.of("audio-flac", track, what) for what in ffmetadata.differences(flac, comments)]
        if audio.flac_cover_sha256(flac) != digest:
            problems.append(album.of("audio-flac", track, "does not hold the cover"))
    return problems


def _check_lyrics(album: _Album) -> list[Problem]:
    problems = []
    for track, papers in zip(album.metadata.tracks, album.papers, strict=True):
        texts: tuple[tuple[AlbumRole, str], ...] = (
            ("lyrics-text", lyrics.plain_text(papers.metadata)),
            ("lyrics-timed", timed_text(papers.metadata, album.metadata, track)),
        )
        if any(file.role == "lyrics-ttml" for file in album.files):  # albums of earlier versions have none
            texts += (("lyrics-ttml", marked_text(papers.metadata, track)),)
        for role, wanted in texts:
            if album.path(role, track.number).read_bytes() != wanted.encode():
                problems.append(album.of(role, track, "does not hold the words of the metadata"))
    return problems


def _check_ddex(album: _Album) -> list[Problem]:
    return [
        album.of_album(role, what)
        for role in ddex.NAMES
        for what in ddex.differences(
            role, album.folder, album.metadata, album.papers, album.provenance.cover, album.files
        )
    ]
