"""The messages of ERN 4 as trees of elements; what differs between its versions comes in as a dialect.

Order of elements is that of the standard and strict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from engine.release.ddex.model import (
    Contribution,
    Correspondent,
    Deal,
    Extent,
    File,
    Header,
    Image,
    NewRelease,
    SoundRecording,
    Text,
    Track,
    Version,
    Video,
)
from engine.release.ddex.writer import Element, branch, leaf

PROFILE = "Audio"
"""Recordings with one cover; clip and words are bonus and linked resources (ERN part 2, clause 6.2)."""
_EVERYWHERE = {"ApplicableTerritoryCode": "Worldwide", "IsDefault": "true"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one version writes in its own way."""

    version: Version
    genre: str
    contributors: Callable[[Iterable[Contribution]], list[Element]]
    contains_ai: Callable[[Extent], Element | None]
    vocals: Callable[[bool, bool], Element | None]
    """From whether there is no voice at all, and whether a human one is heard."""


def new_release(message: NewRelease, dialect: Dialect) -> Element:
    """A NewReleaseMessage."""
    release = message.release
    recordings = [_recording(message, track.recording, dialect) for track in release.tracks]
    videos = [_video(message, track.video, dialect) for track in release.tracks if track.video]
    texts = [_words(message, text, dialect) for track in release.tracks for text in track.texts]
    return branch(
        "ern:NewReleaseMessage",
        _header(message.header),
        branch("PartyList", (_party(party.reference, party.name) for party in message.parties)),
        branch("ResourceList", recordings, videos, _image(message, release.cover, dialect), texts),
        branch("ReleaseList", _main_release(message, dialect), _track_releases(message, dialect)),
        _deals(message) if message.deals else None,
        **{"xmlns:ern": dialect.version.namespace, "ReleaseProfileVersionId": PROFILE},
        LanguageAndScriptCode=message.language,
        AvsVersionId=message.header.exchange.avs_of(dialect.version),
    )


# --- message and parties


def _header(header: Header) -> Element:
    exchange = header.exchange
    return branch(
        "MessageHeader",
        leaf("MessageThreadId", header.thread_id),
        leaf("MessageId", header.message_id),
        _correspondent("MessageSender", exchange.sender),
        _correspondent("MessageRecipient", exchange.recipient),
        leaf("MessageCreatedDateTime", instant(header.created_at)),
        leaf("MessageControlType", "LiveMessage" if exchange.live else "TestMessage"),
    )


def _correspondent(name: str, who: Correspondent) -> Element:
    spoken = branch("PartyName", leaf("FullName", who.name)) if who.name else None
    return branch(name, leaf("PartyId", who.dpid), spoken)


def _party(reference: str, name: str) -> Element:
    return branch("Party", leaf("PartyReference", reference), branch("PartyName", leaf("FullName", name)))


# --- resources


def _recording(message: NewRelease, item: SoundRecording, dialect: Dialect) -> Element:
    sender = message.header.exchange.sender.dpid
    file = branch(
        "DeliveryFile",
        leaf("Type", "AudioFile"),
        leaf("ContainerFormat", "WAV"),
        leaf("AudioCodecType", "PCM"),
        leaf("NumberOfChannels", item.channels),
        leaf("SamplingRate", item.sample_rate, UnitOfMeasure="Hz"),
        leaf("BitsPerSample", item.bits),
        _file(item.file),
    )
    edition = branch(
        "SoundRecordingEdition",
        _resource_id(item.isrc, item.proprietary_id, sender),
        _line("PLine", item.year, item.owner),
        _technical(item.reference, file),
    )
    return branch(
        "SoundRecording",
        leaf("ResourceReference", item.reference),
        leaf("Type", "MusicalWorkSoundRecording"),
        edition,
        _titles(item.title),
        _artists(message, item.artist),
        dialect.contributors(item.contributions),
        leaf("Duration", duration(item.duration_s)),
        _warning(item.explicit),
        dialect.contains_ai(item.contains_ai),
        dialect.vocals(item.instrumental, item.human_vocals),
        leaf("IsInstrumental", _flag(item.instrumental)),
        leaf("LanguageOfPerformance", item.language) if item.language else None,
    )


def _video(message: NewRelease, item: Video, dialect: Dialect) -> Element:
    sender = message.header.exchange.sender.dpid
    file = branch(
        "DeliveryFile",
        leaf("Type", "AudioVisualFile"),
        leaf("ContainerFormat", "MP4"),
        leaf("VideoCodecType", "AVC"),
        leaf("FrameRate", _decimal(item.fps), UnitOfMeasure="Hz(non-interlaced)"),
        leaf("ImageHeight", item.height, UnitOfMeasure="Pixel"),
        leaf("ImageWidth", item.width, UnitOfMeasure="Pixel"),
        leaf("AudioCodecType", "AAC"),
        _file(item.file),
    )
    edition = branch(
        "VideoEdition",
        _resource_id("", item.proprietary_id, sender),
        _line("PLine", item.year, item.owner),
        _technical(item.reference, file),
    )
    return branch(
        "Video",
        leaf("ResourceReference", item.reference),
        leaf("Type", "ShortFormMusicalWorkVideo"),
        edition,
        _titles(item.title),
        _artists(message, item.artist),
        dialect.contributors(item.contributions),
        leaf("Duration", duration(item.duration_s)),
        _warning(item.explicit),
        dialect.contains_ai(item.contains_ai),
        dialect.vocals(item.instrumental, item.human_vocals),
        leaf("IsInstrumental", _flag(item.instrumental)),
        leaf("LanguageOfPerformance", item.language) if item.language else None,
    )


def _image(message: NewRelease, item: Image, dialect: Dialect) -> Element:
    return branch(
        "Image",
        leaf("ResourceReference", item.reference),
        leaf("Type", "FrontCoverImage"),
        _resource_id("", item.proprietary_id, message.header.exchange.sender.dpid),
        dialect.contributors(item.contributions),
        _warning(item.explicit),
        dialect.contains_ai(item.contains_ai),
        branch(
            "TechnicalDetails",
            leaf("TechnicalResourceDetailsReference", technical_reference(item.reference)),
            leaf("ImageCodecType", "JPEG"),
            leaf("ImageHeight", item.pixels, UnitOfMeasure="Pixel"),
            leaf("ImageWidth", item.pixels, UnitOfMeasure="Pixel"),
            _file(item.file),
        ),
    )


def _words(message: NewRelease, item: Text, dialect: Dialect) -> Element:
    return branch(
        "Text",
        leaf("ResourceReference", item.reference),
        leaf("Type", "LyricText"),
        _resource_id("", item.proprietary_id, message.header.exchange.sender.dpid),
        _titles(item.title),
        dialect.contributors(item.contributions),
        dialect.contains_ai(item.contains_ai),
        branch(
            "TechnicalDetails",
            leaf("TechnicalResourceDetailsReference", technical_reference(item.reference)),
            leaf("TextCodecType", item.codec),
            _file(item.file),
        ),
        leaf("LanguageOfText", item.language),
    )


def _technical(reference: str, file: Element) -> Element:
    return branch("TechnicalDetails", leaf("TechnicalResourceDetailsReference", technical_reference(reference)), file)


def technical_reference(reference: str) -> str:
    """`T3` of the resource `A3`."""
    return f"T{reference[1:]}"


def _file(item: File) -> Element:
    digest = branch("HashSum", leaf("Algorithm", "SHA-256"), leaf("HashSumValue", item.sha256))
    return branch("File", leaf("URI", item.uri), digest, leaf("FileSize", item.size))


# --- releases and deals


def _main_release(message: NewRelease, dialect: Dialect) -> Element:
    item = message.release
    return branch(
        "Release",
        leaf("ReleaseReference", "R0"),
        leaf("ReleaseType", item.kind),
        _release_id(item.icpn, item.proprietary_id, message.header.exchange.sender.dpid),
        _titles(item.title),
        _artists(message, item.artist),
        leaf("ReleaseLabelReference", item.label, **_EVERYWHERE),
        _line("PLine", item.year, item.owner),
        _line("CLine", item.year, item.owner),
        leaf("Duration", duration(item.duration_s)),
        _genre(dialect, item.genre, item.subgenre),
        leaf("ReleaseDate", item.release_date.isoformat(), **_EVERYWHERE),
        _warning(item.explicit),
        branch("ResourceGroup", _contents(item.tracks), _linked(item.cover.reference, "CoverArt")),
        dialect.contains_ai(item.contains_ai),
    )


def _contents(tracks: tuple[Track, ...]) -> Iterable[Element]:
    number = 0
    for number, track in enumerate(tracks, 1):
        yield branch(
            "ResourceGroupContentItem",
            leaf("SequenceNumber", number),
            leaf("ReleaseResourceReference", track.recording.reference),
            (_linked(text.reference, "Lyrics") for text in track.texts),
        )
    videos = [track.video for track in tracks if track.video]
    for place, video in enumerate(videos, number + 1):
        yield branch(
            "ResourceGroupContentItem",
            leaf("SequenceNumber", place),
            leaf("ReleaseResourceReference", video.reference),
            leaf("IsBonusResource", "true"),
        )


def _linked(reference: str, what: str) -> Element:
    return leaf("LinkedReleaseResourceReference", reference, LinkDescription=what)


def _track_releases(message: NewRelease, dialect: Dialect) -> Iterable[Element]:
    release = message.release
    for number, track in enumerate(release.tracks, 1):
        own = f"{release.icpn or release.proprietary_id}-{track.recording.isrc or number}"
        yield branch(
            "TrackRelease",
            leaf("ReleaseReference", f"R{number}"),
            _release_id("", own, message.header.exchange.sender.dpid),
            leaf("ReleaseResourceReference", track.recording.reference),
            leaf("ReleaseLabelReference", release.label, **_EVERYWHERE),
            _genre(dialect, track.genre or release.genre, track.subgenre if track.genre else release.subgenre),
        )


def _deals(message: NewRelease) -> Element:
    releases = [leaf("DealReleaseReference", f"R{number}") for number in range(len(message.release.tracks) + 1)]
    return branch("DealList", branch("ReleaseDeal", releases, (_deal(deal) for deal in message.deals)))


def _deal(deal: Deal) -> Element:
    return branch(
        "Deal",
        branch(
            "DealTerms",
            leaf("TerritoryCode", "Worldwide"),
            branch("ValidityPeriod", leaf("StartDate", deal.start.isoformat())),
            leaf("CommercialModelType", deal.commercial_model),
            (leaf("UseType", use) for use in deal.use_types),
        ),
    )


# --- what several of them share


def _release_id(icpn: str, proprietary_id: str, namespace: str) -> Element:
    own = leaf("ProprietaryId", proprietary_id, Namespace=namespace)
    return branch("ReleaseId", leaf("ICPN", icpn) if icpn else None, own)


def _resource_id(isrc: str, proprietary_id: str, namespace: str) -> Element:
    own = leaf("ProprietaryId", proprietary_id, Namespace=namespace)
    return branch("ResourceId", leaf("ISRC", isrc) if isrc else None, own)


def _titles(title: str) -> list[Element]:
    return [
        leaf("DisplayTitleText", title, **_EVERYWHERE),
        branch("DisplayTitle", leaf("TitleText", title), **_EVERYWHERE),
    ]


def _artists(message: NewRelease, reference: str) -> list[Element]:
    person = (leaf("ArtistPartyReference", reference), leaf("DisplayArtistRole", "MainArtist"))
    return [
        leaf("DisplayArtistName", message.name(reference), **_EVERYWHERE),
        branch("DisplayArtist", person, SequenceNumber="1"),
    ]


def _line(kind: str, year: int, owner: str) -> Element:
    return branch(kind, leaf("Year", f"{year:04d}"), leaf(f"{kind}Text", f"{year} {owner}"))


def _genre(dialect: Dialect, genre: str, subgenre: str) -> Element:
    finer = leaf("SubGenre", subgenre) if subgenre else None
    return branch(dialect.genre, leaf("GenreText", genre), finer, **_EVERYWHERE)


def _warning(explicit: bool) -> Element:
    return leaf("ParentalWarningType", "Explicit" if explicit else "NotExplicit")


def _flag(value: bool) -> str:
    return "true" if value else "false"


def instant(at: datetime) -> str:
    """`2031-05-04T10:20:30Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """ISO 8601 to the millisecond, such as `PT3M4.5S`."""
    minutes, rest = divmod(round(Fraction(seconds) * 1000), 60_000)
    return f"PT{minutes}M{_decimal(rest / 1000)}S"


def _decimal(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
