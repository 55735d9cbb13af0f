"""metadata.json: everything about a release that a distributor, a player or a person may ask. Keys in this order.

Times are ISO 8601 in UTC, durations seconds, tempo beats per minute, loudness LUFS, peaks dBTP, money micro-dollars.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, Protocol

from engine.domain.clips import EXTRAS
from engine.domain.media import Loudness, StreamFacts
from engine.domain.song import Concept
from engine.release.disclosure import Disclosure, Extent
from engine.release.documents import NEWER, utc
from engine.release.names import display_name
from engine.release.request import Decision, PackageRequest, ReleaseCodes
from engine.safety.text import plain

SCHEMA = "noktvrn-release-1"
LYRICS_LIMIT = 20_000
Role = Literal[
    "audio-wav",
    "audio-flac",
    "audio-mp3",
    "clip",
    "cover",
    "lyrics-text",
    "lyrics-timed",
    "lyrics-ttml",
    "clip-9x16",
    "clip-1x1",
    "teaser",
    "canvas",
    "metadata",
    "prompts",
    "provenance",
    "disclosure",
    "licences",
    "ern",
    "ern-43",
    "certificates",
    "manifest",
    "checksums",
    "signature",
]


@dataclass(frozen=True, slots=True)
class Artist:
    """Who it is by."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Codes:
    """Recording and product codes; null where the distributor assigns them. They are never invented."""

    isrc: str | None
    upc: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Levels:
    """Loudness as measured by EBU R 128."""

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True)
class Audio:
    """The lossless files: equal samples, in WAV and in FLAC."""

    sample_rate: int
    bit_depth: int
    channels: int
    loudness: Levels


@dataclass(frozen=True, slots=True)
class Mp3:
    """The MP3. `gain_db` is what the master was turned down by, so that coding does not lift its peaks too high."""

    bitrate_kbps: int
    gain_db: float
    loudness: Levels


@dataclass(frozen=True, slots=True)
class Video:
    """The clip's picture and sound."""

    video_codec: str
    audio_codec: str
    width: int
    height: int
    fps: float


@dataclass(frozen=True, slots=True)
class Form:
    """A further form of the clip. `audio_codec` is empty where it has no sound; `loudness` is told of one whose sound
    is not the clip's own."""

    video_codec: str
    audio_codec: str
    width: int
    height: int
    fps: float
    duration_s: float
    loudness: Levels | None = field(default=None, metadata=NEWER)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured in the finished track, none of it taken from the composer.

    Key, its confidence and energy (both 0..1) are as heard; they are empty in packages that are older than that.
    """

    tempo_bpm: float
    tempo_confidence: float
    brightness_hz: float
    bass_share: float
    silence_share: float
    longest_silence_s: float
    clipped_samples: int
    stereo_width: float
    onset_rate: float
    key: str = ""
    key_confidence: float = 0.0
    energy: float = 0.0


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the song."""

    kind: str
    start_s: float
    end_s: float
    bars: int
    energy: float


@dataclass(frozen=True, slots=True)
class LyricLine:
    """One timed line."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class LyricText:
    """The words. Where `vocals` is none they are shown, not sung."""

    text: str
    lines: tuple[LyricLine, ...]


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One line of the credits."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Idea:
    """What was asked for."""

    premise: str
    mood: str
    themes: tuple[str, ...]
    energy: float
    tempo_bpm: int
    key: str
    parameters: dict[str, str]
    adjustments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookBack:
    """The reflection on the finished track. Alignment and quality run 0..1."""

    alignment: float
    quality: float
    verdict: str
    observations: tuple[str, ...]
    lesson: str


@dataclass(frozen=True, slots=True)
class Arm:
    """The run's part in one experiment."""

    experiment_id: str
    parameter: str
    variant: str


@dataclass(frozen=True, slots=True)
class Approval:
    """The decision behind the package, and whether a person had listened."""

    decision: Literal["approve"]
    reviewed_by_person: bool
    actor: str
    actor_name: str
    channel: str
    at: str
    tags: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What was paid, by purpose."""

    total_microusd: int
    items: dict[str, int]


@dataclass(frozen=True, slots=True)
class DisclosureSummary:
    """The disclosure in short; the whole record is provenance.json."""

    contains_ai: Extent
    digital_source_type: str
    statement: str
    parts: dict[str, Extent]


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One media file of the package."""

    role: Role
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """The whole document."""

    schema: str
    release_id: str
    run_id: str
    revision: str
    title: str
    artist: Artist
    label: str
    genre: str
    subgenre: str
    language: str
    explicit: bool
    vocals: str
    release_date: str
    created_at: str
    codes: Codes
    duration_s: float
    tempo_bpm: float
    key: str
    beats_per_bar: int
    audio: Audio
    mp3: Mp3
    video: Video
    measured: Measured
    structure: tuple[Section, ...]
    lyrics: LyricText
    credits: tuple[CreditLine, ...]
    concept: Idea
    reflection: LookBack | None
    experiments: tuple[Arm, ...]
    seed: int
    decision: Approval
    cost: Cost
    ai_disclosure: DisclosureSummary
    files: tuple[MediaFile, ...]
    explicit_by: str = field(default="", metadata=NEWER)
    """`rules` or `person`."""
    forms: dict[str, Form | None] = field(default_factory=dict, metadata=NEWER)
    """The further forms of the clip; null for one that was not made."""


def levels(loudness: Loudness) -> Levels:
    """The figures in the document's words."""
    return Levels(loudness.integrated_lufs, loudness.range_lu, loudness.true_peak_dbtp)


def describe(
    request: PackageRequest,
    disclosure: Disclosure,
    *,
    duration_s: float,
    audio: Audio,
    mp3: Mp3,
    clip: StreamFacts,
    forms: Mapping[str, Form] | None = None,
) -> Metadata:
    """The document for a request and what was measured of its files; `files` is still empty."""
    timeline = request.timeline
    return Metadata(
        schema=SCHEMA,
        release_id=plain(request.release_id),
        run_id=plain(request.run_id),
        revision=plain(request.revision),
        title=display_name(request.title, "Untitled"),
        artist=Artist(plain(request.artist_id), display_name(request.artist, "Unknown artist")),
        label=display_name(request.label, "Independent"),
        genre=display_name(request.genre, "Other"),
        subgenre=display_name(request.subgenre, ""),
        language=plain(request.language),
        explicit=request.explicit,
        vocals=request.vocals,
        release_date=request.release_date.isoformat(),
        created_at=utc(request.created_at),
        codes=_codes(request.codes),
        duration_s=round(duration_s, 3),
        tempo_bpm=round(timeline.tempo_bpm, 2),
        key=plain(timeline.key),
        beats_per_bar=timeline.beats_per_bar,
        audio=audio,
        mp3=mp3,
        video=Video(clip.video_codec, clip.audio_codec, clip.width, clip.height, clip.fps),
        measured=_measured(request),
        structure=_structure(request),
        lyrics=_lyrics(request),
        credits=tuple(CreditLine(display_name(item.role, ""), display_name(item.name, "")) for item in request.credits),
        concept=_idea(request.concept),
        reflection=_look_back(request),
        experiments=tuple(
            Arm(plain(item.experiment_id), plain(item.parameter), plain(item.variant)) for item in request.variants
        ),
        seed=request.seed,
        decision=_approval(request.decision),
        cost=Cost(
            sum(request.costs_microusd.values()),
            {plain(name): cost for name, cost in sorted(request.costs_microusd.items())},
        ),
        ai_disclosure=summary(disclosure),
        files=(),
        explicit_by=plain(request.explicit_by),
        forms={name: (forms or {}).get(name) for name in EXTRAS},
    )


def _codes(given: ReleaseCodes) -> Codes:
    missing = [name for name, code in (("ISRC", given.isrc), ("UPC", given.upc)) if code is None]
    note = "assigned by the distributor" if missing else ""
    return Codes(given.isrc, given.upc, f"{missing[0]}: {note}" if len(missing) == 1 else note)


def _measured(request: PackageRequest) -> Measured:
    facts = asdict(request.facts)
    found = Measured(**{name: facts[name] for name in Measured.__slots__})
    return replace(found, key=plain(found.key))


def _structure(request: PackageRequest) -> tuple[Section, ...]:
    return tuple(
        Section(str(part.kind), round(part.start, 3), round(part.end, 3), part.bars, round(part.energy, 3))
        for part in request.timeline.sections
    )


def _lyrics(request: PackageRequest) -> LyricText:
    cues = [LyricLine(round(cue.start, 3), round(cue.end, 3), lyric_line(cue.text)) for cue in request.timeline.cues]
    lines = _apart([line for line in cues if line.text])
    return LyricText(plain(request.lyrics.text(), limit=LYRICS_LIMIT, lines=True).strip(), lines)


def _apart(lines: Sequence[LyricLine]) -> tuple[LyricLine, ...]:
    """The lines such that none lasts into the next one: there is one voice, and players refuse what overlaps."""
    nexts = [*(line.start_s for line in lines[1:]), math.inf]
    ends = (max(line.start_s, min(line.end_s, after)) for line, after in zip(lines, nexts, strict=False))
    return tuple(replace(line, end_s=end) for line, end in zip(lines, ends, strict=True))


def lyric_line(text: str) -> str:
    """A sung line as it stands in every file."""
    return plain(text).strip()


def _idea(concept: Concept) -> Idea:
    return Idea(
        premise=plain(concept.premise, lines=True),
        mood=plain(concept.mood),
        themes=_texts(concept.themes),
        energy=concept.energy,
        tempo_bpm=concept.tempo_bpm,
        key=plain(concept.key),
        parameters={plain(name): plain(value) for name, value in sorted(concept.parameters.items())},
        adjustments=_texts(concept.adjustments),
    )


def _look_back(request: PackageRequest) -> LookBack | None:
    found = request.reflection
    if found is None:
        return None
    lesson = plain(found.lesson.text, lines=True)
    return LookBack(found.alignment, found.quality, plain(found.verdict), _texts(found.observations), lesson)


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(plain(text) for text in texts)


def _approval(decision: Decision) -> Approval:
    return Approval(
        decision="approve",
        reviewed_by_person=decision.reviewed_by_person,
        actor=str(decision.actor.kind),
        actor_name=plain(decision.actor.name),
        channel=str(decision.actor.channel),
        at=utc(decision.at),
        tags=tuple(str(tag) for tag in decision.tags),
        text=plain(decision.text, lines=True),
    )


class _Part(Protocol):
    @property
    def extent(self) -> Extent: ...


class _Disclosed(Protocol):
    """The record of a track, or of an album."""

    @property
    def contains_ai(self) -> Extent: ...
    @property
    def digital_source_type(self) -> str: ...
    @property
    def statement(self) -> str: ...
    @property
    def parts(self) -> Mapping[str, _Part]: ...


def summary(disclosure: _Disclosed) -> DisclosureSummary:
    """The disclosure of a track or an album in short."""
    extents = {name: record.extent for name, record in disclosure.parts.items()}
    return DisclosureSummary(disclosure.contains_ai, disclosure.digital_source_type, disclosure.statement, extents)
