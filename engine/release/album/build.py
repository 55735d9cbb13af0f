"""Builds the package of an EP or album: all of it under its final name, checked, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from engine.domain.albums import Gain, LoudnessPolicy
from engine.domain.errors import CheckFailed, FileProblem
from engine.domain.media import Loudness
from engine.media import measure
from engine.release import audio, documents, id3, lyrics, manifest, seal, wavtag
from engine.release.album import ddex, sound, tags
from engine.release.album.disclosure import answers, combine, of_cover
from engine.release.album.manifest import OF_TRACKS, SCHEMA, AlbumFile, AlbumManifest, AlbumRole, check_files, listed
from engine.release.album.metadata import (
    AlbumMetadata,
    MediaEntry,
    Sounding,
    TrackEntry,
    describe,
    entry,
)
from engine.release.album.papers import Source, open_source
from engine.release.album.provenance import SCHEMA as PROVENANCE_SCHEMA
from engine.release.album.provenance import (
    AlbumProvenance,
    TrackOrigin,
    all_materials,
    all_tools,
    disclosure_text,
    licences,
)
from engine.release.album.request import AlbumRequest
from engine.release.album.verify import verify_album
from engine.release.album.words import marked_text, process, timed_text
from engine.release.cover import cover_problems
from engine.release.ddex.package import ask_schema
from engine.release.disclosure import record_of
from engine.release.made_from import made_from
from engine.release.metadata import Approval, Metadata, Mp3, levels
from engine.release.names import file_base, folder_name
from engine.release.placing import Progress, Work, in_words, place
from engine.release.provenance import ToolRecord
from engine.release.signing import Signing, origin, sign_media
from engine.safety.files import FOLDER_MODE, sha256
from engine.safety.text import plain

SIGNED_ROLES: tuple[AlbumRole, ...] = ("audio-wav", "audio-mp3")
_WAVS, _SOUND, _TAGS, _PAPERS = 0.3, 0.55, 0.75, 0.8
"""Where each part of the work ends, as a share of all."""


@dataclass(frozen=True, slots=True)
class AlbumPackage:
    """A finished package: its folder, the number of its files, and the SHA-256 of its MANIFEST.sha256."""

    path: Path
    files: int
    manifest_sha256: str


def build_album(
    request: AlbumRequest,
    releases: Path,
    *,
    progress: Progress,
    schema: Path | None = None,
    signing: Signing | None = None,
) -> AlbumPackage:
    """The package of `request` as a folder in `releases`. Doing it twice gives the first one again.

    `progress` gets a share 0..1 and what is being done; whatever it raises stops the work and clears it away. `schema`
    is DDEX's own and `signing` what signs, as in `build_package`. Raises CheckFailed where the package of a track or
    the cover is not what was approved, or the album does not pass its own verification; MediaError, FileProblem and
    DiskFull as they come.
    """
    work = Work(
        folder_name(request.artist, request.title, request.release_id),
        made_from(request, signing),
        check_files,
        lambda: partial(_fill, request, _opened(request, progress), progress, schema, signing),
        again="package the album again",
    )
    return _package(place(releases, work, progress))


def _package(path: Path) -> AlbumPackage:
    rows = manifest.parse_checksums(manifest.read_text(path / manifest.CHECKSUMS))
    unlisted = 1 + (path / manifest.SIGNATURE).exists()
    return AlbumPackage(path, len(rows) + unlisted, sha256(path / manifest.CHECKSUMS))


def _opened(request: AlbumRequest, progress: Progress) -> list[Source]:
    progress(0.0, "checking the tracks")
    return [open_source(track.folder, track.release_id, track.manifest_sha256) for track in request.tracks]


def _fill(
    request: AlbumRequest,
    sources: list[Source],
    progress: Progress,
    schema: Path | None,
    signing: Signing | None,
    part: Path,
) -> None:
    cover = _cover(request, part)
    made = _sounds(request, sources, part, progress)
    metadata = _metadata(request, sources, made, cover, progress, signing)
    progress(_PAPERS, "writing the documents")
    _write_documents(request, sources, made, metadata, cover, signing)
    if schema is not None:
        ask_schema(part, schema)
    progress(0.85, "checking the package")
    verdict = verify_album(part)
    if not verdict.ok:
        raise CheckFailed(
            f"The package of album {request.album_id} fails its own check: {in_words(verdict.problems)}.",
            fix="Package the tracks that are named again, or take them out of the album.",
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """A track's files while the package is being made. `base` is their name without an end."""

    number: int
    part: Path
    base: str
    entry: TrackEntry

    def path(self, role: AlbumRole) -> Path:
        return self.part / f"{self.base}{OF_TRACKS[role][0]}"


def _cover(request: AlbumRequest, part: Path) -> Path:
    source, final = request.cover.file, part / f"{file_base(request.artist, request.title)}.jpg"
    if not source.path.is_file():
        raise FileProblem(f"The cover {source.path} is missing.", fix="Give or draw another: `noktvrn albums cover`.")
    shutil.copyfile(source.path, final)
    if sha256(final) != source.sha256:
        raise CheckFailed(
            f"The cover {source.path} is not the one that was approved: its SHA-256 differs.",
            fix="Give or draw another: `noktvrn albums cover`.",
        )
    if found := cover_problems(final, decode=False):
        raise CheckFailed(f"The cover cannot be released: {'; '.join(found)}.", fix="Give or draw another cover.")
    return final


def _sounds(request: AlbumRequest, sources: list[Source], part: Path, progress: Progress) -> list[_Made]:
    """Each track's WAV at its gain and with its gap, and the MP3 of it; the last track is followed by no silence."""
    masters = [source.path("audio-wav") for source in sources]
    gains = list(sound.plan(request.loudness, masters))
    gaps = [*(track.gap_s for track in request.tracks[:-1]), 0.0]
    bases = [_base(number, source.papers.metadata) for number, source in enumerate(sources, 1)]
    written = _write_wavs(request, sources, part, bases, gains, gaps, progress)
    if request.loudness is LoudnessPolicy.ALBUM and len({gain.db for gain, _ in written}) > 1:
        one = min((gain for gain, _ in written), key=lambda gain: gain.db)  # a peak held one back: it holds them all
        written = _write_wavs(request, sources, part, bases, [one] * len(sources), gaps, progress)
    made = []
    for index, (source, base, gap_s, (gain, loudness)) in enumerate(zip(sources, bases, gaps, written, strict=True)):
        progress(_WAVS + (_SOUND - _WAVS) * index / len(sources), f"encoding track {index + 1} of {len(sources)}")
        wav = part / f"{base}.wav"
        coded = audio.write_mp3(wav, part / f"{base}.mp3", loudness.true_peak_dbtp)
        sounding = _sounding(wav, gap_s, gain, loudness, coded)
        made.append(_Made(index + 1, part, base, entry(index + 1, source.papers.metadata, sounding)))
    return made


def _base(number: int, own: Metadata) -> str:
    return f"{number:02} {file_base(own.artist.name, own.title)}"


def _write_wavs(
    request: AlbumRequest,
    sources: list[Source],
    part: Path,
    bases: list[str],
    gains: Sequence[Gain],
    gaps: Sequence[float],
    progress: Progress,
) -> list[tuple[Gain, Loudness]]:
    found = []
    for index, (source, base, gain, gap_s) in enumerate(zip(sources, bases, gains, gaps, strict=True)):
        progress(0.05 + (_WAVS - 0.05) * index / len(sources), f"sound of track {index + 1} of {len(sources)}")
        day = request.release_date.isoformat()
        info = tags.wav_info(plain(request.title), index + 1, day, source.papers.metadata)
        found.append(sound.write_wav(source.path("audio-wav"), part / f"{base}.wav", gain, gap_s, info))
    return found


def _sounding(wav: Path, gap_s: float, gain: Gain, loudness: Loudness, mp3: audio.Mp3Result) -> Sounding:
    return Sounding(
        duration_s=round(audio.check_master(wav), 3),
        gap_s=gap_s,
        gain_db=gain.db,
        held=gain.held,
        loudness=levels(loudness),
        mp3=Mp3(audio.MP3_KBPS, mp3.gain_db, levels(mp3.loudness)),
    )


def _metadata(
    request: AlbumRequest,
    sources: list[Source],
    made: list[_Made],
    cover: Path,
    progress: Progress,
    signing: Signing | None,
) -> AlbumMetadata:
    """The document; writes the tags from it, and the FLACs, and lists the media files as they are then."""
    record = record_of(request.cover.maker, request.cover.tools)
    disclosure = combine(
        [source.papers.provenance.disclosure for source in sources], record, reviewed=_reviewed(request, sources)
    )
    form = (audio.SAMPLE_RATE, audio.BIT_DEPTH, audio.CHANNELS)
    together = levels(sound.together([track.path("audio-wav") for track in made]))
    entries = [track.entry for track in made]
    metadata = describe(request, entries, disclosure, together, form, _approval(request, sources))
    picture = cover.read_bytes()
    for source, track in zip(sources, made, strict=True):
        progress(_SOUND + (_TAGS - _SOUND) * track.number / len(made), f"tags of track {track.number}")
        _tag(source, track, metadata, cover, picture)
    if signing is not None:  # the last that happens to a file: what is hashed from here on is what was signed
        progress(_TAGS, "signing the media")
        sign_media(signing, metadata, of_cover(record), [("cover", cover)])
        for source, track in zip(sources, made, strict=True):
            own = source.papers
            media = [(role, track.path(role)) for role in SIGNED_ROLES]
            sign_media(signing, own.metadata, own.provenance.disclosure, media)
    roles: tuple[AlbumRole, ...] = ("audio-wav", "audio-flac", "audio-mp3")
    files = [listed(track.path(role), role, track.number) for track in made for role in roles]
    files.append(listed(cover, "cover"))
    return replace(metadata, files=tuple(MediaEntry(f.role, f.track, f.name, f.size, f.sha256) for f in files))


def _reviewed(request: AlbumRequest, sources: list[Source]) -> bool:
    """Whether a person listened to every track, and a person put the album together."""
    heard = all(source.papers.metadata.decision.reviewed_by_person for source in sources)
    return heard and request.decision.reviewed_by_person


def _approval(request: AlbumRequest, sources: list[Source]) -> Approval:
    decision = request.decision
    return Approval(
        decision="approve",
        reviewed_by_person=_reviewed(request, sources),
        actor=str(decision.actor.kind),
        actor_name=plain(decision.actor.name),
        channel=str(decision.actor.channel),
        at=documents.utc(decision.at),
        tags=(),
        text=plain(decision.text, lines=True),
    )


def _tag(source: Source, track: _Made, metadata: AlbumMetadata, cover: Path, picture: bytes) -> None:
    own = replace(source.papers.metadata, duration_s=track.entry.duration_s)
    timed = id3.read_file(source.path("audio-mp3"))[0].timed
    wav, comments = track.path("audio-wav"), tags.flac_comments(metadata, track.entry, own)
    audio.write_flac(wav, cover, comments, track.path("audio-flac"))
    try:
        audio.put_id3(track.path("audio-mp3"), id3.write(tags.id3_tag(metadata, track.entry, own, timed, picture)))
        wavtag.put(wav, id3.write(tags.id3_tag(metadata, track.entry, own, timed, None)))
    except ValueError as error:
        raise CheckFailed(f"Track {track.number} cannot be tagged: {error}.") from error


def _write_documents(
    request: AlbumRequest,
    sources: list[Source],
    made: list[_Made],
    metadata: AlbumMetadata,
    cover: Path,
    signing: Signing | None,
) -> None:
    part = cover.parent
    files = [listed(part / file.name, file.role, file.track) for file in metadata.files]
    for source, track in zip(sources, made, strict=True):
        files += _of_track(source, track, metadata)
    provenance = _provenance(request, sources, made, metadata, cover, signed=signing is not None)
    texts: dict[AlbumRole, tuple[str, str]] = {
        "metadata": (manifest.METADATA, documents.render(metadata)),
        "provenance": (manifest.PROVENANCE, documents.render(provenance)),
        "disclosure": (manifest.DISCLOSURE, disclosure_text(provenance, metadata)),
        "licences": (manifest.LICENCES, licences(provenance, sources[0].papers)),
    }
    if signing is not None:
        texts["certificates"] = (manifest.CERTIFICATES, signing.credential.chain_text)
    for role, (name, text) in texts.items():
        (part / name).write_bytes(text.encode())
        files.append(listed(part / name, role))
    papers = [source.papers for source in sources]
    for role, message in ddex.messages(metadata, papers, provenance.cover, files, request.exchange).items():
        path = part / ddex.NAMES[role]
        path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        path.write_bytes(message)
        files.append(listed(path, role, name=ddex.NAMES[role]))
    _seal_lists(part, metadata, files, made_from(request, signing))
    if signing is not None:
        seal.put(part, signing.credential)


def _seal_lists(part: Path, metadata: AlbumMetadata, files: list[AlbumFile], digest: str) -> None:
    ordered = tuple(sorted(files, key=lambda file: file.name))
    listing = AlbumManifest(SCHEMA, metadata.release_id, metadata.revision, ordered, digest)
    own = part / manifest.MANIFEST
    own.write_bytes(documents.render(listing).encode())
    pairs = [*((file.name, file.sha256) for file in ordered), (own.name, sha256(own))]
    (part / manifest.CHECKSUMS).write_bytes(manifest.checksums(pairs).encode())


def _of_track(source: Source, track: _Made, metadata: AlbumMetadata) -> list[AlbumFile]:
    """The words, and the track's own documents, word for word."""
    own = source.papers.metadata
    track.path("lyrics-text").write_bytes(lyrics.plain_text(own).encode())
    track.path("lyrics-timed").write_bytes(timed_text(own, metadata, track.entry).encode())
    track.path("lyrics-ttml").write_bytes(marked_text(own, track.entry).encode())
    copied: tuple[tuple[AlbumRole, str], ...] = (
        ("track-metadata", manifest.METADATA),
        ("track-provenance", manifest.PROVENANCE),
        ("track-prompts", manifest.PROMPTS),
    )
    for role, name in copied:
        shutil.copyfile(source.folder / name, track.path(role))
    roles: tuple[AlbumRole, ...] = ("lyrics-text", "lyrics-timed", "lyrics-ttml", *(role for role, _ in copied))
    return [listed(track.path(role), role, track.number) for role in roles]


def _provenance(
    request: AlbumRequest,
    sources: list[Source],
    made: list[_Made],
    metadata: AlbumMetadata,
    cover: Path,
    *,
    signed: bool,
) -> AlbumProvenance:
    papers = [source.papers for source in sources]
    record = record_of(request.cover.maker, request.cover.tools)
    disclosures = [each.provenance.disclosure for each in papers]
    reviewed = metadata.decision.reviewed_by_person
    tools = {
        plain(key): ToolRecord(
            plain(tool.name), plain(tool.version), plain(tool.licence), tool.notice, tool.url, dict(tool.details)
        )
        for key, tool in request.cover.tools.items()
    }
    origins, tracks = [origin(cover, request.cover.file.sha256, "copied byte for byte", signed=signed)], []
    for asked, source, track in zip(request.tracks, sources, made, strict=True):
        wav = source.path("audio-wav")
        digest = sha256(wav)
        own = source.papers.metadata
        tracks.append(
            TrackOrigin(
                track.number,
                own.release_id,
                own.run_id,
                own.revision,
                source.folder.name,
                asked.manifest_sha256,
                digest,
                measure.pcm_sha256(wav),
            )
        )
        roles: tuple[AlbumRole, ...] = ("audio-wav", "audio-flac", "audio-mp3")
        origins += [origin(track.path(role), digest, process(role, track.entry), signed=signed) for role in roles]
    disclosure = combine(disclosures, record, reviewed=reviewed)
    return AlbumProvenance(
        schema=PROVENANCE_SCHEMA,
        release_id=metadata.release_id,
        album_id=metadata.album_id,
        revision=metadata.revision,
        title=metadata.title,
        artist=metadata.artist.name,
        created_at=metadata.created_at,
        disclosure=disclosure,
        cover=record,
        cover_origin=plain(request.cover.origin),
        reviewed_by_person=reviewed,
        tools=all_tools(papers, tools),
        materials=all_materials(papers),
        tracks=tuple(tracks),
        origins=tuple(origins),
        forms=answers(disclosure),
    )
