"""What a DDEX message says, in plain values; the same for every version of the standard.

References are those of one message: `P...` a party, `A...` a resource, `T...` its technical details, `R...` a release.
Durations are seconds, sizes bytes, SHA-256 lower-case hexadecimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from engine.domain.dpid import RECIPIENT_PLACEHOLDER, SENDER_PLACEHOLDER


class Version(StrEnum):
    """The versions of the Electronic Release Notification that are written."""

    ERN432 = "4.3.2"
    ERN43 = "4.3"

    @property
    def namespace(self) -> str:
        """The XML namespace of the root element."""
        return f"http://ddex.net/xml/ern/{self.replace('.', '')}"

    @property
    def tells_ai(self) -> bool:
        """Whether this version has fields for what machines made."""
        return self is Version.ERN432


class Extent(StrEnum):
    """DDEX's allowed values for ContainsAI and AiContribution."""

    NONE = "None"
    PARTLY = "Partly"
    ALL = "All"


ReleaseKind = Literal["Single", "EP", "Album"]


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Sender or recipient of a message. `dpid` is the DDEX party identifier, such as `PADPIDA2007050901U`."""

    dpid: str
    name: str = ""


AVS_VERSION = "9"
"""The edition of the allowed value sets that our values were taken from; it has those for ContainsAI."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Between whom a message goes. Unless `live`, it is a test message, and placeholders may stand for identifiers."""

    sender: Correspondent = Correspondent(SENDER_PLACEHOLDER)
    recipient: Correspondent = Correspondent(RECIPIENT_PLACEHOLDER)
    live: bool = False
    avs: str = AVS_VERSION
    avs_43: str = AVS_VERSION
    """The editions of DDEX's allowed value sets, for ERN 4.3.2 and for 4.3."""

    def avs_of(self, version: Version) -> str:
        """The edition for messages of a version."""
        return self.avs_43 if version is Version.ERN43 else self.avs


@dataclass(frozen=True, slots=True)
class Header:
    """The identity of one message. `created_at` is aware: the time of what it tells, not of its writing."""

    message_id: str
    thread_id: str
    created_at: datetime
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody that the message names."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """One role in a resource. Without a `party` it is generative software's; `ai` says how much of it is."""

    role: str
    ai: Extent
    party: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file beside the message. `uri` is relative to the message and percent-encoded."""

    uri: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class SoundRecording:
    """One track. `proprietary_id` stands where the operator has allocated no ISRC; `isrc` is then empty."""

    reference: str
    isrc: str
    proprietary_id: str
    title: str
    artist: str
    contributions: tuple[Contribution, ...]
    year: int
    owner: str
    duration_s: float
    explicit: bool
    contains_ai: Extent
    instrumental: bool
    human_vocals: bool
    language: str
    sample_rate: int
    bits: int
    channels: int
    file: File


@dataclass(frozen=True, slots=True)
class Image:
    """The cover: a square JPEG, `pixels` wide and high."""

    reference: str
    proprietary_id: str
    contributions: tuple[Contribution, ...]
    explicit: bool
    contains_ai: Extent
    pixels: int
    file: File


@dataclass(frozen=True, slots=True)
class Video:
    """The clip of one track: H.264 and AAC in an MP4."""

    reference: str
    proprietary_id: str
    title: str
    artist: str
    contributions: tuple[Contribution, ...]
    year: int
    owner: str
    duration_s: float
    explicit: bool
    contains_ai: Extent
    instrumental: bool
    human_vocals: bool
    language: str
    width: int
    height: int
    fps: float
    file: File


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one track. `codec` is DDEX's name of the form, such as `UTF8Text`, `SimpleLRC` or `TTML`."""

    reference: str
    proprietary_id: str
    title: str
    contributions: tuple[Contribution, ...]
    contains_ai: Extent
    language: str
    codec: str
    file: File


@dataclass(frozen=True, slots=True)
class Track:
    """A recording's place in the release, with the resources that belong to it."""

    recording: SoundRecording
    texts: tuple[Text, ...] = ()
    video: Video | None = None
    genre: str = ""
    subgenre: str = ""

    @property
    def resources(self) -> tuple[SoundRecording | Video | Text, ...]:
        """All that belongs to the track."""
        return (self.recording, *([self.video] if self.video else []), *self.texts)


@dataclass(frozen=True, slots=True)
class Deal:
    """What the recipient may do, worldwide from `start` on."""

    start: date
    commercial_model: str
    use_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """A single, an EP or an album. `icpn` (UPC or EAN) is empty until allocated; `artist` and `label` are parties."""

    kind: ReleaseKind
    icpn: str
    proprietary_id: str
    title: str
    artist: str
    label: str
    genre: str
    subgenre: str
    release_date: date
    year: int
    owner: str
    explicit: bool
    contains_ai: Extent
    cover: Image
    tracks: tuple[Track, ...]

    @property
    def duration_s(self) -> float:
        """The tracks together."""
        return sum(track.recording.duration_s for track in self.tracks)


@dataclass(frozen=True, slots=True)
class NewRelease:
    """A NewReleaseMessage. Without deals it takes the release down, as ERN 4 has it."""

    header: Header
    language: str
    parties: tuple[Party, ...]
    release: Release
    deals: tuple[Deal, ...]

    def name(self, reference: str) -> str:
        """The name of a party. Raises KeyError where the message does not list it."""
        return {party.reference: party.name for party in self.parties}[reference]
