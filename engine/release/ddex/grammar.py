"""What may stand where in a message of ours: elements, their order and number, and the form of values.

A closed part of the standard: only what we write. One line for each element with children. A child's name may be
followed by `:` and the name of its own line or form, and by `?` (at most once), `*` (any number) or `+` (one or more).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.release.ddex.model import Version

_COMMON = {
    "NewReleaseMessage": "MessageHeader PartyList ResourceList ReleaseList DealList?",
    "MessageHeader": "MessageThreadId MessageId MessageSender:Correspondent MessageRecipient:Correspondent"
    " MessageCreatedDateTime:instant MessageControlType:control",
    "Correspondent": "PartyId:dpid PartyName?",
    "PartyName": "FullName",
    "PartyList": "Party+",
    "Party": "PartyReference:P PartyName",
    "ResourceList": "SoundRecording+ Video* Image Text*",
    "SoundRecording": "ResourceReference:A Type:recording SoundRecordingEdition DisplayTitleText DisplayTitle"
    " DisplayArtistName DisplayArtist Contributor* Duration:duration ParentalWarningType:warning {ai}"
    " HasVocalPerformance:flag IsInstrumental:flag LanguageOfPerformance:language?",
    "SoundRecordingEdition": "ResourceId:RecordingId PLine TechnicalDetails:AudioDetails",
    "RecordingId": "ISRC? ProprietaryId",
    "OwnId": "ProprietaryId",
    "AudioDetails": "TechnicalResourceDetailsReference:T DeliveryFile:AudioFile",
    "AudioFile": "Type:audiofile ContainerFormat:wav AudioCodecType:pcm NumberOfChannels:count SamplingRate:count"
    " BitsPerSample:count File",
    "Video": "ResourceReference:A Type:video VideoEdition DisplayTitleText DisplayTitle DisplayArtistName"
    " DisplayArtist Contributor* Duration:duration ParentalWarningType:warning {ai} HasVocalPerformance:flag"
    " IsInstrumental:flag LanguageOfPerformance:language?",
    "VideoEdition": "ResourceId:OwnId PLine TechnicalDetails:VideoDetails",
    "VideoDetails": "TechnicalResourceDetailsReference:T DeliveryFile:VideoFile",
    "VideoFile": "Type:videofile ContainerFormat:mp4 VideoCodecType:avc FrameRate:decimal ImageHeight:count"
    " ImageWidth:count AudioCodecType:aac File",
    "Image": "ResourceReference:A Type:cover ResourceId:OwnId Contributor* ParentalWarningType:warning {ai}"
    " TechnicalDetails:ImageDetails",
    "ImageDetails": "TechnicalResourceDetailsReference:T ImageCodecType:jpeg ImageHeight:count ImageWidth:count File",
    "Text": "ResourceReference:A Type:lyrics ResourceId:OwnId DisplayTitleText DisplayTitle Contributor* {ai}"
    " TechnicalDetails:TextDetails LanguageOfText:language",
    "TextDetails": "TechnicalResourceDetailsReference:T TextCodecType:textcodec File",
    "File": "URI HashSum FileSize:count",
    "HashSum": "Algorithm:algorithm HashSumValue:sha256",
    "DisplayTitle": "TitleText",
    "DisplayArtist": "ArtistPartyReference:P DisplayArtistRole:mainartist",
    "PLine": "Year:year PLineText",
    "CLine": "Year:year CLineText",
    "ReleaseList": "Release TrackRelease+",
    "Release": "ReleaseReference:R ReleaseType:kind ReleaseId DisplayTitleText DisplayTitle DisplayArtistName"
    " DisplayArtist ReleaseLabelReference:P PLine CLine Duration:duration {genre} ReleaseDate:day"
    " ParentalWarningType:warning ResourceGroup {ai}",
    "ReleaseId": "ICPN? ProprietaryId",
    "ResourceGroup": "ResourceGroupContentItem+ LinkedReleaseResourceReference:A",
    "ResourceGroupContentItem": "SequenceNumber:count ReleaseResourceReference:A LinkedReleaseResourceReference:A*"
    " IsBonusResource:flag?",
    "TrackRelease": "ReleaseReference:R ReleaseId ReleaseResourceReference:A ReleaseLabelReference:P {genre}",
    "Genre": "GenreText SubGenre?",
    "DealList": "ReleaseDeal",
    "ReleaseDeal": "DealReleaseReference:R+ Deal+",
    "Deal": "DealTerms",
    "DealTerms": "TerritoryCode:territory ValidityPeriod CommercialModelType:model UseType:use+",
    "ValidityPeriod": "StartDate:day",
}
_OWN: dict[Version, dict[str, str]] = {
    Version.ERN432: {
        "Contributor": "ContributorPartyReference:P? SpecialContributor:special? Role AiContribution:extent",
        "Role": "Value:word",
    },
    Version.ERN43: {"Contributor": "ContributorPartyReference:P Role:word"},
}
_FILLED = {
    Version.ERN432: {"ai": "ContainsAI:extent", "genre": "DisplayGenre:Genre"},
    Version.ERN43: {"ai": "", "genre": "Genre"},
}

FORMS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "words": r"(?s).*\S.*",
        "P": r"P[A-Za-z0-9_-]+",
        "A": r"A[A-Za-z0-9_-]+",
        "T": r"T[A-Za-z0-9_-]+",
        "R": r"R[A-Za-z0-9_-]+",
        "dpid": r"PADPIDA[A-Za-z0-9]+",
        "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        "day": r"\d{4}-\d\d-\d\d",
        "year": r"\d{4}",
        "duration": r"PT\d+M\d+(\.\d{1,3})?S",
        "count": r"[1-9]\d*",
        "decimal": r"\d+(\.\d+)?",
        "flag": r"true|false",
        "language": r"[a-z]{2,3}",
        "sha256": r"[0-9a-f]{64}",
        "algorithm": r"SHA-256",
        "control": r"TestMessage|LiveMessage",
        "kind": r"Single|EP|Album",
        "extent": r"None|Partly|All",
        "special": r"GenerativeAI",
        "word": r"[A-Z][A-Za-z]+",
        "warning": r"Explicit|NotExplicit",
        "recording": r"MusicalWorkSoundRecording",
        "video": r"ShortFormMusicalWorkVideo",
        "cover": r"FrontCoverImage",
        "lyrics": r"LyricText",
        "mainartist": r"MainArtist",
        "audiofile": r"AudioFile",
        "videofile": r"AudioVisualFile",
        "wav": r"WAV",
        "pcm": r"PCM",
        "mp4": r"MP4",
        "avc": r"AVC",
        "aac": r"AAC",
        "jpeg": r"JPEG",
        "textcodec": r"UTF8Text|SimpleLRC|TTML",
        "territory": r"Worldwide",
        "model": r"AdvertisementSupportedModel|SubscriptionModel|PayAsYouGoModel",
        "use": r"NonInteractiveStream|OnDemandStream|PermanentDownload|ConditionalDownload",
    }.items()
}

_EVERYWHERE = {"ApplicableTerritoryCode": "Worldwide", "IsDefault": "true"}
ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "NewReleaseMessage": {
        "ReleaseProfileVersionId": "Audio",
        "LanguageAndScriptCode": r"[a-z]{2,3}",
        "AvsVersionId": r"\d+",
    },
    "DisplayTitleText": _EVERYWHERE,
    "DisplayTitle": _EVERYWHERE,
    "DisplayArtistName": _EVERYWHERE,
    "DisplayArtist": {"SequenceNumber": r"[1-9]\d*"},
    "Contributor": {"SequenceNumber": r"[1-9]\d*"},
    "ReleaseLabelReference": _EVERYWHERE,
    "Genre": _EVERYWHERE,
    "ReleaseDate": _EVERYWHERE,
    "ProprietaryId": {"Namespace": r"PADPIDA[A-Za-z0-9]+"},
    "LinkedReleaseResourceReference": {"LinkDescription": r"Lyrics|CoverArt"},
    "SamplingRate": {"UnitOfMeasure": "Hz"},
    "FrameRate": {"UnitOfMeasure": r"Hz\(non-interlaced\)"},
    "ImageHeight": {"UnitOfMeasure": "Pixel"},
    "ImageWidth": {"UnitOfMeasure": "Pixel"},
}
"""Attributes that an element must have, by its line or its own name, with the form of their values; no others may."""


@dataclass(frozen=True, slots=True)
class Child:
    """One kind of child. `rule` is a line of the grammar or a form; `most` is None for any number."""

    name: str
    rule: str
    least: int
    most: int | None


def grammar(version: Version) -> dict[str, tuple[Child, ...]]:
    """Children by rule, in their order."""
    lines = {name: line.format_map(_FILLED[version]) for name, line in (_COMMON | _OWN[version]).items()}
    return {name: tuple(_child(token, lines) for token in line.split()) for name, line in lines.items()}


def _child(token: str, lines: Mapping[str, str]) -> Child:
    bounds = {"?": (0, 1), "*": (0, None), "+": (1, None)}
    least, most = bounds.get(token[-1], (1, 1))
    name, _, rule = token.rstrip("?*+").partition(":")
    return Child(name, rule or (name if name in lines else "words"), least, most)
