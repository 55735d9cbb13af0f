"""metadata.json of an album. Keys in this order; what a track's own documents say is said again, so that they agree.

Times are ISO 8601 in UTC, durations and gaps seconds, loudness LUFS, peaks dBTP, gains dB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.domain.albums import AlbumKind, LoudnessPolicy
from engine.domain.gate import TARGET_LUFS
from engine.release.album.disclosure import AlbumDisclosure
from engine.release.album.manifest import AlbumRole
from engine.release.album.request import AlbumRequest
from engine.release.documents import utc
from engine.release.metadata import (
    Approval,
    Artist,
    CreditLine,
    DisclosureSummary,
    Levels,
    LyricText,
    Metadata,
    Mp3,
    summary,
)
from engine.release.names import display_name
from engine.safety.text import plain

SCHEMA = "noktvrn-album-1"


@dataclass(frozen=True, slots=True)
class AlbumCodes:
    """The product code; null until it is allocated from the operator's range, or assigned. Never invented."""

    upc: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Loudness:
    """How the tracks were brought to one loudness. `together` is all of them in a row, as measured in the WAV files."""

    policy: LoudnessPolicy
    target_lufs: float
    together: Levels


@dataclass(frozen=True, slots=True)
class TrackEntry:
    """One track. `duration_s` is that of its file: with the silence of `gap_s` at its end. `gain_db` is what it was
    moved by; `held_by_peaks` says that its target needed more than peaks allow."""

    number: int
    release_id: str
    run_id: str
    revision: str
    title: str
    isrc: str | None
    duration_s: float
    gap_s: float
    gain_db: float
    held_by_peaks: bool
    loudness: Levels
    mp3: Mp3
    tempo_bpm: float
    key: str
    language: str
    explicit: bool
    vocals: str
    genre: str
    subgenre: str
    lyrics: LyricText
    credits: tuple[CreditLine, ...]
    seed: int
    statement: str


@dataclass(frozen=True, slots=True)
class MediaEntry:
    """One media file of the package."""

    role: AlbumRole
    track: int
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class AlbumMetadata:
    """The whole document."""

    schema: str
    release_id: str
    album_id: str
    revision: str
    kind: AlbumKind
    title: str
    artist: Artist
    label: str
    genre: str
    subgenre: str
    language: str
    explicit: bool
    release_date: str
    created_at: str
    codes: AlbumCodes
    duration_s: float
    sample_rate: int
    bit_depth: int
    channels: int
    loudness: Loudness
    tracks: tuple[TrackEntry, ...]
    credits: tuple[CreditLine, ...]
    decision: Approval
    ai_disclosure: DisclosureSummary
    files: tuple[MediaEntry, ...]


@dataclass(frozen=True, slots=True)
class Sounding:
    """What was made of a track's sound."""

    duration_s: float
    gap_s: float
    gain_db: float
    held: bool
    loudness: Levels
    mp3: Mp3


def entry(number: int, track: Metadata, sound: Sounding) -> TrackEntry:
    """A track's entry: its own document, and what became of its sound."""
    return TrackEntry(
        number=number,
        release_id=track.release_id,
        run_id=track.run_id,
        revision=track.revision,
        title=track.title,
        isrc=track.codes.isrc,
        duration_s=sound.duration_s,
        gap_s=sound.gap_s,
        gain_db=sound.gain_db,
        held_by_peaks=sound.held,
        loudness=sound.loudness,
        mp3=sound.mp3,
        tempo_bpm=track.tempo_bpm,
        key=track.key,
        language=track.language,
        explicit=track.explicit,
        vocals=track.vocals,
        genre=track.genre,
        subgenre=track.subgenre,
        lyrics=track.lyrics,
        credits=track.credits,
        seed=track.seed,
        statement=track.ai_disclosure.statement,
    )


def describe(
    request: AlbumRequest,
    tracks: Sequence[TrackEntry],
    disclosure: AlbumDisclosure,
    together: Levels,
    form: tuple[int, int, int],
    approval: Approval,
) -> AlbumMetadata:
    """The document; `form` is (sample rate, bits, channels); `files` is still empty."""
    return AlbumMetadata(
        schema=SCHEMA,
        release_id=plain(request.release_id),
        album_id=plain(request.album_id),
        revision=plain(request.revision),
        kind=request.kind,
        title=display_name(request.title, "Untitled"),
        artist=Artist(plain(request.artist_id), display_name(request.artist, "Unknown artist")),
        label=display_name(request.label, "Independent"),
        genre=display_name(request.genre, "Other"),
        subgenre=display_name(request.subgenre, ""),
        language=usual(track.language for track in tracks),
        explicit=any(track.explicit for track in tracks),
        release_date=request.release_date.isoformat(),
        created_at=utc(request.created_at),
        codes=AlbumCodes(request.upc or None, "" if request.upc else "assigned by the distributor"),
        duration_s=duration(tracks),
        sample_rate=form[0],
        bit_depth=form[1],
        channels=form[2],
        loudness=Loudness(request.loudness, TARGET_LUFS, together),
        tracks=tuple(tracks),
        credits=all_credits(tracks),
        decision=approval,
        ai_disclosure=summary(disclosure),
        files=(),
    )


def usual(languages: Iterable[str]) -> str:
    """The language of most tracks, the first of those that share the place."""
    return Counter(languages).most_common(1)[0][0]


def duration(tracks: Sequence[TrackEntry]) -> float:
    """All tracks with their gaps."""
    return round(sum(track.duration_s for track in tracks), 3)


def all_credits(tracks: Sequence[TrackEntry]) -> tuple[CreditLine, ...]:
    """Each line of the tracks' credits once, in the order of the tracks."""
    return tuple(dict.fromkeys(line for track in tracks for line in track.credits))
