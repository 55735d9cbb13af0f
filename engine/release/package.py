"""Builds a release package: all of it under its final name, checked, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from engine.domain.errors import CheckFailed, FileProblem
from engine.media import measure
from engine.release import audio, clip, documents, extras, id3, lyrics, manifest, seal, tags, ttml, wavtag
from engine.release.cover import cover_problems
from engine.release.ddex import package as ddex
from engine.release.disclosure import Disclosure, disclose
from engine.release.made_from import made_from
from engine.release.manifest import PackagedFile, check_files, packaged, read_text
from engine.release.metadata import Audio, MediaFile, Metadata, Mp3, Role, describe, levels
from engine.release.names import file_base, folder_name
from engine.release.placing import Progress, Work, in_words, place
from engine.release.prompts import list_prompts
from engine.release.provenance import Origin, disclosure_text, licences_text, trace
from engine.release.request import PackageRequest, SourceFile
from engine.release.signing import Signing, origin, sign_media
from engine.release.verify import verify
from engine.safety.files import FOLDER_MODE, sha256


@dataclass(frozen=True, slots=True)
class Package:
    """A finished package: its folder, its files sorted by name, and the SHA-256 of its MANIFEST.sha256."""

    path: Path
    files: tuple[PackagedFile, ...]
    manifest_sha256: str


def build_package(
    request: PackageRequest,
    releases: Path,
    *,
    progress: Progress,
    schema: Path | None = None,
    signing: Signing | None = None,
) -> Package:
    """The package of `request` as a folder in `releases`. Doing it twice gives the first one again; another request, or
    another signer, gives another one.

    `progress` gets a share 0..1 and what is being done; whatever it raises stops the work and clears it away. `schema`
    is DDEX's own, or the folder that holds it: the messages must pass it, where it can be read. Without `signing` the
    package is unsigned. Raises
    CheckFailed where a source is not what was reviewed, or the package does not pass its own verification; MediaError,
    FileProblem and DiskFull as they come.
    """
    work = Work(
        folder_name(request.artist, request.title, request.release_id),
        made_from(request, signing),
        check_files,
        lambda: partial(_fill, request, progress, schema, signing),
        again="retry the release",
    )
    return _package(place(releases, work, progress))


def _package(path: Path) -> Package:
    listing = documents.parse(manifest.Manifest, read_text(path / manifest.MANIFEST), manifest.MANIFEST)
    own = [packaged(path / manifest.MANIFEST, "manifest"), packaged(path / manifest.CHECKSUMS, "checksums")]
    if (path / manifest.SIGNATURE).exists():
        own.append(packaged(path / manifest.SIGNATURE, "signature"))
    files = sorted((*listing.files, *own), key=lambda file: file.name)
    return Package(path, tuple(files), sha256(path / manifest.CHECKSUMS))


def _fill(
    request: PackageRequest, progress: Progress, schema: Path | None, signing: Signing | None, part: Path
) -> None:
    media = _Media(part, file_base(request.artist, request.title), request.extras)
    metadata, disclosure = _write_media(request, media, progress)
    if signing is not None:  # the last that happens to a file: what is hashed from here on is what was signed
        progress(0.55, "signing the media")
        sign_media(signing, metadata, disclosure, media.by_role.items())
    progress(0.6, "writing the documents")
    files = media.listed()  # tags first, hashes last
    entries = tuple(MediaFile(file.role, file.name, file.size, file.sha256) for file in files)
    _write_documents(request, media, replace(metadata, files=entries), disclosure, files, signing)
    if schema is not None:
        progress(0.65, "checking the DDEX messages")
        ddex.ask_schema(part, schema)
    progress(0.7, "checking the package")
    verdict = verify(part, decode_clip=False)
    if not verdict.ok:
        raise CheckFailed(
            f"The package of release {request.release_id} fails its own check: {in_words(verdict.problems)}.",
            fix="Make a new version of what is named.",
        )


class _Media:
    """The media files of one attempt by role."""

    def __init__(self, part: Path, base: str, further: Iterable[str] = ()) -> None:
        suffixes: dict[Role, str] = {
            "audio-wav": ".wav",
            "audio-flac": ".flac",
            "audio-mp3": ".mp3",
            "clip": ".mp4",
            "cover": ".jpg",
        }
        self.part = part
        self.by_role = {role: part / f"{base}{suffix}" for role, suffix in suffixes.items()}
        wanted = set(further)
        self.by_role |= {
            shape.role: part / extras.file_name(base, name) for name, shape in extras.FORMS.items() if name in wanted
        }

    def __getitem__(self, role: Role) -> Path:
        return self.by_role[role]

    def listed(self) -> list[PackagedFile]:
        """The files as they lie there, each read once more for its hash."""
        return [packaged(path, role) for role, path in self.by_role.items()]


def _write_media(request: PackageRequest, media: _Media, progress: Progress) -> tuple[Metadata, Disclosure]:
    progress(0.0, "copying track and cover")
    wav, cover = media["audio-wav"], media["cover"]
    _copy(request.master, wav)
    _copy(request.cover, cover)
    _check_hash(request.clip, request.clip.path)
    duration_s = audio.check_master(wav)
    if found := cover_problems(cover, decode=False):
        raise CheckFailed(f"The cover cannot be released: {'; '.join(found)}.", fix="Make a new version of the cover.")
    forms = {}
    for name, source in request.extras.items():
        _check_hash(source, source.path)
        forms[name] = extras.check(name, source.path, duration_s)
    progress(0.1, "encoding the MP3")
    mp3 = audio.write_mp3(wav, media["audio-mp3"], request.facts.loudness.true_peak_dbtp)
    disclosure = disclose(request)
    metadata = describe(
        request,
        disclosure,
        duration_s=duration_s,
        audio=Audio(audio.SAMPLE_RATE, audio.BIT_DEPTH, audio.CHANNELS, levels(request.facts.loudness)),
        mp3=Mp3(audio.MP3_KBPS, mp3.gain_db, levels(mp3.loudness)),
        clip=measure.probe(request.clip.path),
        forms=forms,
    )
    audio.put_id3(media["audio-mp3"], _id3(request, metadata, cover.read_bytes()))
    progress(0.4, "encoding the FLAC")
    audio.write_flac(wav, cover, tags.flac_comments(metadata), media["audio-flac"])
    wavtag.put(wav, _id3(request, metadata, None))
    progress(0.5, "copying the clip")
    words = tags.mp4_tags(metadata)
    clip.write_clip(request.clip.path, words, media["clip"])
    for name, source in request.extras.items():
        extras.write(name, source.path, words, media[extras.FORMS[name].role])
    return metadata, disclosure


def _copy(source: SourceFile, final: Path) -> None:
    """Copies the artefact, which must be the one that was reviewed."""
    _check_there(source)
    shutil.copyfile(source.path, final)
    _check_hash(source, final)


def _check_there(source: SourceFile) -> None:
    if not source.path.is_file():
        raise FileProblem(f"The artefact {source.path} is missing.", fix="Restore it from a backup, or make it anew.")


def _check_hash(source: SourceFile, path: Path) -> None:
    _check_there(source)
    if sha256(path) != source.sha256:
        raise CheckFailed(
            f"The artefact {source.path} is not the file that was reviewed: its SHA-256 differs.",
            fix="Restore it from a backup, or make a new version.",
        )


def _id3(request: PackageRequest, metadata: Metadata, cover: bytes | None) -> bytes:
    try:
        return id3.write(tags.id3_tag(metadata, request.timeline.cues, cover))
    except ValueError as error:
        raise CheckFailed(f"MP3 and WAV cannot be tagged: {error}.") from error


def _write_documents(
    request: PackageRequest,
    media: _Media,
    metadata: Metadata,
    disclosure: Disclosure,
    files: list[PackagedFile],
    signing: Signing | None,
) -> None:
    part = media.part
    provenance = trace(request, metadata, disclosure, _origins(request, media, signed=signing is not None))
    texts: dict[Role, tuple[str, str]] = {
        "lyrics-text": (manifest.LYRICS, lyrics.plain_text(metadata)),
        "lyrics-timed": (manifest.TIMED_LYRICS, lyrics.timed_text(metadata)),
        "lyrics-ttml": (manifest.TTML_LYRICS, ttml.write(metadata)),
        "metadata": (manifest.METADATA, documents.render(metadata)),
        "prompts": (manifest.PROMPTS, documents.render(list_prompts(request, metadata))),
        "provenance": (manifest.PROVENANCE, documents.render(provenance)),
        "disclosure": (manifest.DISCLOSURE, disclosure_text(provenance)),
        "licences": (manifest.LICENCES, licences_text(provenance)),
    }
    if signing is not None:
        texts["certificates"] = (manifest.CERTIFICATES, signing.credential.chain_text)
    for name, text in texts.values():
        (part / name).write_bytes(text.encode())
    files = [*files, *(packaged(part / name, role) for role, (name, _) in texts.items())]
    for role, message in ddex.messages(metadata, disclosure, _by_role(files), request.exchange).items():
        path = part / ddex.NAMES[role]
        path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        path.write_bytes(message)
        files.append(packaged(path, role, ddex.NAMES[role]))
    ordered = tuple(sorted(files, key=lambda file: file.name))
    made = made_from(request, signing)
    listing = manifest.Manifest(manifest.SCHEMA, metadata.release_id, metadata.revision, ordered, made)
    (part / manifest.MANIFEST).write_bytes(documents.render(listing).encode())
    pairs = [(file.name, file.sha256) for file in (*ordered, packaged(part / manifest.MANIFEST, "manifest"))]
    (part / manifest.CHECKSUMS).write_bytes(manifest.checksums(pairs).encode())
    if signing is not None:
        seal.put(part, signing.credential)


def _by_role(files: list[PackagedFile]) -> dict[str, PackagedFile]:
    return {file.role: file for file in files}


def _origins(request: PackageRequest, media: _Media, *, signed: bool) -> tuple[Origin, ...]:
    rows: tuple[tuple[Role, SourceFile, str], ...] = (
        ("audio-wav", request.master, "copied byte for byte; tags added in a chunk of their own"),
        ("audio-flac", request.master, "encoded without loss; tags added"),
        ("audio-mp3", request.master, "encoded with loss; tags added"),
        ("clip", request.clip, "streams copied packet by packet; tags added"),
        ("cover", request.cover, "copied byte for byte"),
    )
    rows += tuple(
        (extras.FORMS[name].role, source, "streams copied packet by packet; tags added")
        for name, source in request.extras.items()
    )
    return tuple(origin(media[role], source.sha256, process, signed=signed) for role, source, process in rows)
