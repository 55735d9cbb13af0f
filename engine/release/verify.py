"""Checks a release package against its own word: files, documents, sound, picture, clip, tags, lyrics.

First every byte is compared with the manifests; only what is whole is decoded. Everything is measured again: nothing
that a document says is believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.domain.clips import EXTRAS
from engine.domain.clock import utc_now
from engine.domain.errors import MediaError, NoktvrnError
from engine.domain.gate import LUFS_TOLERANCE, MAX_DRIFT_S, TARGET_LUFS
from engine.domain.media import Loudness
from engine.domain.plurals import many
from engine.media import ffmpeg, measure
from engine.release import (
    audio,
    clip,
    content,
    documents,
    extras,
    ffmetadata,
    forms,
    hearing,
    id3,
    likeness,
    lrc,
    lyrics,
    manifest,
    metadata,
    seal,
    signed,
    tags,
    ttml,
    wavtag,
)
from engine.release.cover import cover_problems
from engine.release.ddex import package as ddex
from engine.release.disclosure import contradictions
from engine.release.manifest import Problem, check_files, read_text
from engine.release.metadata import Levels, Metadata, Role
from engine.release.prompts import SCHEMA as PROMPTS_SCHEMA
from engine.release.prompts import PromptsUsed
from engine.release.provenance import SCHEMA as PROVENANCE_SCHEMA
from engine.release.provenance import Provenance, disclosure_text, licences_text
from engine.release.request import Part, vocals_word

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

T = TypeVar("T")
Checks = tuple[tuple[str, Callable[[T], list[Problem]]], ...]
_MOST_DOCUMENT = 64 << 20
ALBUM = b'"noktvrn-album-manifest-'


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `checked` names the checks that were made, in order; `ok` means that none found a problem.

    `signature` says who signed the package, or that nobody did; empty where it was not looked at or does not hold.
    """

    ok: bool
    problems: tuple[Problem, ...]
    checked: tuple[str, ...]
    signature: str = ""


def verify(
    folder: Path,
    *,
    manifest_sha256: str = "",
    decode_clip: bool = True,
    anchors: Sequence[Certificate] = (),
    now: datetime | None = None,
) -> Verification:
    """Checks the package in `folder`.

    `manifest_sha256` is the hash of MANIFEST.sha256 that the store keeps; without it, a package that was changed and
    listed anew as a whole cannot be told from the first, where it is unsigned or its issuer is not among `anchors`:
    the authorities that this machine knows. `now` (aware) is when certificates must count; without it, now.
    `decode_clip=False` leaves out the one slow step: decoding every picture of the clip. Raises MediaError where ffmpeg
    itself is missing; a bad package never raises.
    """
    ffmpeg.executable()
    if not folder.is_dir():
        return Verification(False, (Problem(folder.name, "is no folder"),), ())
    if is_album(folder):
        from engine.release.album.verify import verify_album

        return verify_album(folder, manifest_sha256, anchors=anchors, now=now)
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
        package = _read(folder)
    except _Unreadable as error:
        return Verification(False, (error.problem,), ("files", "signature", "documents"))
    checks: Checks[_Package] = (
        ("documents", _check_documents),
        ("c2pa", lambda found: _check_signed(found, sealed.chain)),
        ("disclosure", _check_disclosure),
        ("wav", _check_wav),
        ("flac", _check_flac),
        ("mp3", _check_mp3),
        ("cover", _check_cover),
        ("clip", lambda found: _check_clip(found, decode=decode_clip)),
        ("forms", lambda found: _check_forms(found, decode=decode_clip)),
        ("likeness", _check_likeness),
        ("tags", _check_tags),
        ("lyrics", _check_lyrics),
        ("ddex", _check_ddex),
    )
    return judged(package, checks, sealed.words)


def judged(package: T, checks: Checks[T], signature: str) -> Verification:
    """What these checks find in a package whose files are as listed, under a signature that holds."""
    problems = []
    for name, check in checks:
        try:
            problems += check(package)
        except (NoktvrnError, OSError, ValueError, ArithmeticError, LookupError) as error:
            # Listed and hashed, yet not what anything of ours wrote: whatever it trips over is its own fault.
            problems.append(Problem(name, f"cannot be checked: {error}"))
    names = ("files", "signature", *(name for name, _ in checks))
    return Verification(not problems, tuple(problems), names, signature)


def is_album(folder: Path) -> bool:
    """Whether a package says of itself that it is an album's; its manifests are then held against that."""
    try:
        with (folder / manifest.MANIFEST).open("rb") as handle:
            return ALBUM in handle.read(200)
    except OSError:
        return False


class _Unreadable(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class _Package:
    """A package whose bytes are as listed, with its documents read."""

    folder: Path
    metadata: Metadata
    prompts: PromptsUsed
    provenance: Provenance
    listing: manifest.Manifest
    _heard: dict[Role, hearing.Heard] = field(default_factory=dict)

    def heard(self, role: Role) -> hearing.Heard:
        """The sound of a file, decoded once however many checks ask. Raises MediaError."""
        if role not in self._heard:
            self._heard[role] = hearing.listen(self.path(role))
        return self._heard[role]

    @property
    def names(self) -> dict[Role, str]:
        return {file.role: file.name for file in self.listing.files}

    def path(self, role: Role) -> Path:
        return self.folder / self.names[role]

    def problem(self, role: Role, what: str) -> Problem:
        return Problem(self.names[role], what)


def _read(folder: Path) -> _Package:
    return _Package(
        folder,
        _document(folder, manifest.METADATA, Metadata),
        _document(folder, manifest.PROMPTS, PromptsUsed),
        _document(folder, manifest.PROVENANCE, Provenance),
        _document(folder, manifest.MANIFEST, manifest.Manifest),
    )


def _document(folder: Path, name: str, kind: type[T]) -> T:
    try:
        return documents.parse(kind, read_text(folder / name, _MOST_DOCUMENT), name)
    except (MediaError, OSError) as error:
        raise _Unreadable(Problem(name, str(error))) from error


# --- documents


def _check_documents(package: _Package) -> list[Problem]:
    data, prompts, origin = package.metadata, package.prompts, package.provenance
    problems = []
    schemas: tuple[tuple[Role, str, str], ...] = (
        ("metadata", data.schema, metadata.SCHEMA),
        ("prompts", prompts.schema, PROMPTS_SCHEMA),
        ("provenance", origin.schema, PROVENANCE_SCHEMA),
    )
    problems += [
        package.problem(role, f"has the unknown schema {found!r}") for role, found, known in schemas if found != known
    ]
    if (package.listing.release_id, package.listing.revision) != (data.release_id, data.revision):
        problems.append(Problem(manifest.MANIFEST, "speaks of another release than the metadata"))
    same = (data.release_id, data.run_id, data.seed)
    if (prompts.release_id, prompts.run_id, prompts.seed) != same:
        problems.append(package.problem("prompts", "speaks of another release than the metadata"))
    whole = (*same, data.revision, data.title, data.artist.name, data.created_at)
    if (
        *(origin.release_id, origin.run_id, origin.seed),
        *(origin.revision, origin.title, origin.artist, origin.created_at),
    ) != whole:
        problems.append(package.problem("provenance", "speaks of another release than the metadata"))
    # Every file was found to be as the manifest lists it: it need not be read again.
    listed = {file.role: (file.name, file.size, file.sha256) for file in package.listing.files}
    for file in data.files:
        if (file.name, file.size, file.sha256) != listed[file.role]:
            problems.append(package.problem("metadata", f"does not list {listed[file.role][0]} as it is"))
    return problems + _check_origins(package)


def _check_origins(package: _Package) -> list[Problem]:
    media: tuple[Role, ...] = ("audio-wav", "audio-flac", "audio-mp3", "clip", "cover", *_forms(package))
    problems = []
    if {file.role for file in package.metadata.files} != set(media):
        problems.append(package.problem("metadata", "does not list each media file once"))
    origins = {origin.file: origin.artefact_sha256 for origin in package.provenance.origins}
    if set(origins) != {package.names[role] for role in media}:
        problems.append(package.problem("provenance", "does not say where each media file came from"))
    copies: tuple[tuple[Role, Callable[[Path], str]], ...] = (
        ("audio-wav", content.master_sha256),
        ("cover", content.unsigned_sha256),
    )
    for role, digest in copies:
        if origins.get(package.names[role]) != digest(package.path(role)):
            problems.append(package.problem(role, "is not the artefact that provenance.json names"))
    return problems + _check_lineage(package)


def _check_lineage(package: _Package) -> list[Problem]:
    """The chain names makers before what they made, and ends in the media. Earlier packages have no chain."""
    chain = package.provenance.lineage
    if not any(item.made_from for item in chain):
        return []
    known: set[str] = set()
    for item in chain:
        if not set(item.made_from) <= known:
            return [package.problem("provenance", f"does not say where the {item.kind} came from")]
        known.add(item.kind)
    hashes = {item.sha256 for item in chain}
    loose = [origin.file for origin in package.provenance.origins if origin.artefact_sha256 not in hashes]
    return [package.problem("provenance", f"has no lineage of {loose[0]}")] if loose else []


def _check_signed(package: _Package, chain: Sequence[Certificate]) -> list[Problem]:
    record = package.provenance
    media = [signed.Medium(file.name, file.role, package.metadata, record.disclosure) for file in package.listing.files]
    return signed.media_problems(package.folder, media, record.origins, chain)


def _check_disclosure(package: _Package) -> list[Problem]:
    record = package.provenance
    problems = []
    if metadata.summary(record.disclosure) != package.metadata.ai_disclosure:
        problems.append(package.problem("metadata", "discloses something else than provenance.json"))
    if record.reviewed_by_person != package.metadata.decision.reviewed_by_person:
        problems.append(package.problem("provenance", "and metadata.json differ on whether a person reviewed it"))
    found = contradictions(record.disclosure, reviewed=record.reviewed_by_person)
    problems += [package.problem("provenance", what) for what in found]
    vocals = record.disclosure.parts.get(Part.VOCALS)
    if vocals is not None and package.metadata.vocals != vocals_word(vocals.method):
        problems.append(package.problem("provenance", "and metadata.json differ on the vocals"))
    if record.forms and record.forms != forms.answers(record.disclosure):
        problems.append(package.problem("provenance", "answers platforms otherwise than it discloses"))
    texts: tuple[tuple[Role, str], ...] = (
        ("disclosure", disclosure_text(record)),
        ("licences", licences_text(record)),
    )
    for role, wanted in texts:
        if package.path(role).read_bytes() != wanted.encode():
            problems.append(package.problem(role, "does not say what provenance.json says"))
    return problems


# --- sound


def _check_wav(package: _Package) -> list[Problem]:
    path, data = package.path("audio-wav"), package.metadata
    problems = []
    found = audio.wav_format(path)
    form = (audio.SAMPLE_RATE, audio.CHANNELS, audio.BIT_DEPTH)
    if (found.sample_rate, found.channels, found.bits) != form:
        what = f"has {found.bits} bits, {found.sample_rate} Hz, {many(found.channels, 'channel')}"
        problems.append(package.problem("audio-wav", what))
    if (data.audio.sample_rate, data.audio.channels, data.audio.bit_depth) != form:
        problems.append(package.problem("metadata", "declares another form of audio"))
    if round(found.seconds, 3) != data.duration_s:
        problems.append(package.problem("audio-wav", f"is {found.seconds:.3f} s, metadata.json says {data.duration_s}"))
    loud = package.heard("audio-wav").loudness
    if abs(loud.integrated_lufs - TARGET_LUFS) > LUFS_TOLERANCE:
        what = f"has {loud.integrated_lufs} LUFS, wanted {TARGET_LUFS:.0f} ±{LUFS_TOLERANCE}"
        problems.append(package.problem("audio-wav", what))
    return problems + _check_levels(package, "audio-wav", loud, data.audio.loudness)


def _check_flac(package: _Package) -> list[Problem]:
    path = package.path("audio-flac")
    problems = []
    found = audio.flac_format(path)
    if found != (audio.SAMPLE_RATE, audio.CHANNELS, audio.BIT_DEPTH):
        problems.append(
            package.problem("audio-flac", f"has {found[2]} bits, {found[0]} Hz, {many(found[1], 'channel')}")
        )
    if measure.pcm_sha256(path, "pcm_s24le") != audio.samples_sha256(package.path("audio-wav")):
        problems.append(package.problem("audio-flac", "does not hold the samples of the WAV"))
    return problems


def _check_mp3(package: _Package) -> list[Problem]:
    path, data = package.path("audio-mp3"), package.metadata
    heard = package.heard("audio-mp3")
    problems = [package.problem("audio-mp3", f"does not decode: {words}") for words in heard.complaints[:1]]
    if data.mp3.bitrate_kbps != audio.MP3_KBPS:
        problems.append(package.problem("metadata", f"says {data.mp3.bitrate_kbps} kbit/s of the MP3"))
    if abs(audio.mp3_seconds(path) - data.duration_s) > MAX_DRIFT_S:
        problems.append(package.problem("audio-mp3", f"is not {data.duration_s:.2f} s long"))
    return problems + _check_levels(package, "audio-mp3", heard.loudness, data.mp3.loudness)


def _decodes(package: _Package, role: Role) -> list[Problem]:
    return [package.problem(role, f"does not decode: {words}") for words in measure.decodes(package.path(role))[:1]]


def _check_levels(package: _Package, role: Role, found: Loudness, declared: Levels) -> list[Problem]:
    return [package.problem(role, what) for what in (*hearing.too_high(found), *hearing.unlike(found, declared))]


def _check_likeness(package: _Package) -> list[Problem]:
    """MP3 and clip must carry the WAV's sound, in step with it."""
    problems = []
    master = package.heard("audio-wav").sound
    whole = (role for role in _forms(package) if extras.FORMS[role].seconds is None)
    limits = {"audio-mp3": likeness.MP3_LAG_S, **dict.fromkeys(("clip", *whole), MAX_DRIFT_S)}
    for role, most_lag_s in limits.items():
        sound = package.heard(role).sound if role == "audio-mp3" else likeness.sound(package.path(role))
        problems += [package.problem(role, what) for what in likeness.differences(master, sound, most_lag_s)]
    return problems


# --- pictures


def _check_cover(package: _Package) -> list[Problem]:
    return [package.problem("cover", what) for what in cover_problems(package.path("cover"))]


def _check_clip(package: _Package, *, decode: bool) -> list[Problem]:
    path, data = package.path("clip"), package.metadata
    problems = _decodes(package, "clip") if decode else []
    facts = measure.probe(path)
    found = metadata.Video(facts.video_codec, facts.audio_codec, facts.width, facts.height, facts.fps)
    if found != data.video:
        problems.append(package.problem("clip", f"is {_in_words(found)}, metadata.json says {_in_words(data.video)}"))
    for kind, span in clip.spans(path).items():
        if max(span.start, abs(span.end - data.duration_s)) > MAX_DRIFT_S:
            what = f"has {kind} from {span.start:.2f} to {span.end:.2f} s, the track is {data.duration_s:.2f} s"
            problems.append(package.problem("clip", what))
    return problems


def _in_words(video: metadata.Video) -> str:
    return f"{video.video_codec}/{video.audio_codec} {video.width}x{video.height} at {video.fps:g} fps"


def _forms(package: _Package) -> list[Role]:
    """The further forms of the clip that the package lists."""
    return [shape.role for shape in extras.FORMS.values() if shape.role in package.names]


def _check_forms(package: _Package, *, decode: bool) -> list[Problem]:
    """Upright, square, teaser and canvas: what is there is what its name says, and the rest is said to be absent."""
    data, there = package.metadata, _forms(package)
    problems = []
    if data.forms and (list(data.forms) != list(EXTRAS) or {n for n, form in data.forms.items() if form} != set(there)):
        problems.append(package.problem("metadata", "does not say which forms of the clip there are"))
    for role in there:
        path = package.path(role)
        problems += [package.problem(role, what) for what in extras.problems(role, path, data.duration_s)]
        if not extras.same(path, role, data.forms.get(role)):
            problems.append(package.problem(role, "is not as metadata.json describes it"))
        problems += _decodes(package, role) if decode else []
    return problems


# --- tags and lyrics


def _check_tags(package: _Package) -> list[Problem]:
    data = package.metadata
    problems = []
    cover = content.unsigned_bytes(package.path("cover"))
    found, _ = id3.read_file(package.path("audio-mp3"))
    # Syllables are not in the metadata: compare them line by line, and all the rest as a whole.
    tagged: list[tuple[Role, id3.Tag, bytes | None]] = [("audio-mp3", found, cover)]
    if wavtag.is_there(package.path("audio-wav")):
        tagged.append(("audio-wav", wavtag.read(package.path("audio-wav")), None))
    for role, tag, picture_of in tagged:
        wanted = tags.id3_tag(data, (), picture_of)
        problems += [package.problem(role, what) for what in tags.differences(tag, wanted)]
        if tags.timed_lines(tag.timed) != tags.line_times(data.lyrics.lines):
            problems.append(package.problem(role, "has other timed lyrics than the metadata"))
        if tag.timed and tag.timed[-1].at_ms > data.duration_s * 1000:
            problems.append(package.problem(role, "has lyrics after its end"))
    containers: tuple[tuple[Role, dict[str, str]], ...] = (
        ("audio-flac", tags.flac_comments(data)),
        *((role, tags.mp4_tags(data)) for role in ("clip", *_forms(package))),
    )
    for role, comments in containers:
        problems += [package.problem(role, what) for what in ffmetadata.differences(package.path(role), comments)]
    if audio.flac_cover_sha256(package.path("audio-flac")) != hashlib.sha256(cover).hexdigest():
        problems.append(package.problem("audio-flac", "does not hold the cover"))
    return problems


def _check_lyrics(package: _Package) -> list[Problem]:
    data = package.metadata
    problems = []
    if package.path("lyrics-text").read_bytes() != lyrics.plain_text(data).encode():
        problems.append(package.problem("lyrics-text", "does not hold the words of the metadata"))
    text = read_text(package.path("lyrics-timed"))
    if text != lyrics.timed_text(data):
        problems.append(package.problem("lyrics-timed", "does not hold the lines of the metadata"))
    found = lrc.parse(text)
    if found.lines and found.lines[-1].at > round(data.duration_s * 100):
        problems.append(package.problem("lyrics-timed", "goes on after the end of the track"))
    if "lyrics-ttml" in package.names and package.path("lyrics-ttml").read_bytes() != ttml.write(data).encode():
        problems.append(package.problem("lyrics-ttml", "does not hold the lines of the metadata"))
    return problems


# --- messages


def _check_ddex(package: _Package) -> list[Problem]:
    """The messages, where there are any: packages of earlier versions have none."""
    files: dict[str, manifest.PackagedFile] = {file.role: file for file in package.listing.files}
    disclosure = package.provenance.disclosure
    return [
        package.problem(role, what)
        for role in ddex.NAMES
        if role in files
        for what in ddex.differences(role, package.folder, package.metadata, disclosure, files)
    ]
