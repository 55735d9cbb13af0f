"""What the form of a message cannot say: that references resolve, codes are codes, and shares of machines add up."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fractions import Fraction
from xml.etree.ElementTree import Element

from engine.domain.dpid import PLACEHOLDERS, is_dpid
from engine.release.ddex.model import Version

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_ICPN = re.compile(r"\d{12,14}")
_DURATION = re.compile(r"PT(\d+)M(\d+(?:\.\d+)?)S")
_MESSAGE_ID = re.compile(rb"<MessageId>[^<]*</MessageId>")
_RESOURCES = ("SoundRecording", "Video", "Image", "Text")


def problems(root: Element, name: str, version: Version, text: bytes) -> Iterator[str]:
    """What is wrong with a message whose form is right."""
    yield from _header(root, text)
    yield from _codes(root)
    yield from _times(root)
    if name == "NewReleaseMessage":
        yield from _references(root)
        yield from _contents(root)
        yield from _durations(root)
        yield from _voices(root, version)
        yield from _shares(root) if version.tells_ai else ()


def is_isrc(text: str) -> bool:
    """Whether `text` has the form of a recording code (ISO 3901)."""
    return _ISRC.fullmatch(text) is not None


def is_icpn(text: str) -> bool:
    """Whether `text` is a product code (UPC, EAN or GTIN-14): digits with the check digit of GS1."""
    if not _ICPN.fullmatch(text) or not text.strip("0"):
        return False
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(text[:-1])))
    return (total + int(text[-1])) % 10 == 0


def _header(root: Element, text: bytes) -> Iterator[str]:
    live = root.findtext("MessageHeader/MessageControlType") == "LiveMessage"
    for role in ("MessageSender", "MessageRecipient"):
        dpid = root.findtext(f"MessageHeader/{role}/PartyId", "")
        if dpid in PLACEHOLDERS:
            if live:
                yield f"is live, but its {role} is a placeholder"
        elif not is_dpid(dpid):
            yield f"has {dpid!r} as its {role}, which is no DDEX party identifier"
    found = root.findtext("MessageHeader/MessageId")
    digest = hashlib.sha256(_MESSAGE_ID.sub(b"<MessageId>none</MessageId>", text, count=1)).hexdigest()
    if found != f"M-{digest[:32]}":
        yield "has an id that does not follow from what it says"


def _codes(root: Element) -> Iterator[str]:
    yield from (f"has {code.text!r} as an ISRC" for code in root.iter("ISRC") if not is_isrc(code.text or ""))
    yield from (f"has {code.text!r} as an ICPN" for code in root.iter("ICPN") if not is_icpn(code.text or ""))
    sender = root.findtext("MessageHeader/MessageSender/PartyId")
    if any(own.get("Namespace") != sender for own in root.iter("ProprietaryId")):
        yield "has an id of its own in a namespace that is not the sender's"
    yield from _twice((code.text for code in root.iter("ISRC")), "ISRC")
    yield from _twice((own.text for own in root.iter("ProprietaryId")), "ProprietaryId")


def _times(root: Element) -> Iterator[str]:
    for kind in ("StartDate", "ReleaseDate"):
        for found in root.iter(kind):
            try:
                date.fromisoformat(found.text or "")
            except ValueError:
                yield f"has {found.text!r} as its {kind}"
    at = root.findtext("MessageHeader/MessageCreatedDateTime", "")
    try:
        datetime.fromisoformat(at)
    except ValueError:
        yield f"has {at!r} as its time"


def _references(root: Element) -> Iterator[str]:
    defined: dict[str, set[str | None]] = {}
    for anchor in ("PartyReference", "ResourceReference", "TechnicalResourceDetailsReference", "ReleaseReference"):
        found = [element.text for element in root.iter(anchor)]
        yield from _twice(found, anchor)
        defined[anchor] = set(found)
    uses = {
        "ArtistPartyReference": "PartyReference",
        "ContributorPartyReference": "PartyReference",
        "ReleaseLabelReference": "PartyReference",
        "ReleaseResourceReference": "ResourceReference",
        "LinkedReleaseResourceReference": "ResourceReference",
        "DealReleaseReference": "ReleaseReference",
    }
    used: dict[str, set[str | None]] = {anchor: set() for anchor in defined}
    for use, anchor in uses.items():
        for element in root.iter(use):
            used[anchor].add(element.text)
            if element.text not in defined[anchor]:
                yield f"refers to {element.text} by {use}, which it does not define"
    for anchor in ("PartyReference", "ResourceReference"):
        for left in sorted(str(name) for name in defined[anchor] - used[anchor]):
            yield f"defines {left}, which nothing refers to"
    if root.find("DealList") is not None and used["ReleaseReference"] != defined["ReleaseReference"]:
        yield "has releases without a deal beside others with one"


def _contents(root: Element) -> Iterator[str]:
    of = {kind: [item.findtext("ResourceReference") for item in root.iter(kind)] for kind in _RESOURCES}
    group = root.find("ReleaseList/Release/ResourceGroup")
    items = [] if group is None else group.findall("ResourceGroupContentItem")
    if [item.findtext("SequenceNumber") for item in items] != [str(n) for n in range(1, len(items) + 1)]:
        yield "does not number what the release holds from 1 on"
    plain = [item.findtext("ReleaseResourceReference") for item in items if item.find("IsBonusResource") is None]
    bonus = [item.findtext("ReleaseResourceReference") for item in items if item.find("IsBonusResource") is not None]
    if plain != of["SoundRecording"] or bonus != of["Video"]:
        yield "does not hold its recordings, then its videos as bonus, in their order"
    if [item.text for item in root.iterfind("ReleaseList/Release/ResourceGroup/LinkedReleaseResourceReference")] != (
        of["Image"]
    ):
        yield "does not link its cover to the release"
    words = [link.text for item in items for link in item.findall("LinkedReleaseResourceReference")]
    if words != of["Text"]:
        yield "does not link each text to one recording"
    if [item.findtext("ReleaseResourceReference") for item in root.iter("TrackRelease")] != of["SoundRecording"]:
        yield "does not have one TrackRelease for each recording"


def _durations(root: Element) -> Iterator[str]:
    lengths = [_seconds(item) for item in root.iter("SoundRecording")]
    if not all(length > 0 for length in (*lengths, *(_seconds(item) for item in root.iter("Video")))):
        yield "has a resource that lasts no time"
    whole = root.find("ReleaseList/Release")
    # Each is rounded to the millisecond.
    if whole is not None and abs(_seconds(whole) - sum(lengths)) > Fraction(len(lengths) + 1, 2000):
        yield "has a release that is not as long as its recordings"


def _seconds(item: Element) -> Fraction:
    match = _DURATION.fullmatch(item.findtext("Duration", ""))
    return int(match[1]) * 60 + Fraction(match[2]) if match else Fraction(0)


def _voices(root: Element, version: Version) -> Iterator[str]:
    for kind in ("SoundRecording", "Video"):
        for item in root.iter(kind):
            who = item.findtext("ResourceReference")
            silent = item.findtext("IsInstrumental") == "true"
            sung = item.findtext("HasVocalPerformance") == "true"
            if silent == (item.find("LanguageOfPerformance") is not None):
                yield f"says of {who} a language of what is sung, and that nothing is; or neither"
            # From 4.3.2 on a vocal performance is a person's; before, anybody's or anything's.
            if (silent and sung) or (not version.tells_ai and silent == sung):
                yield f"contradicts itself on the voices of {who}"


def _shares(root: Element) -> Iterator[str]:
    extents = []
    for kind in _RESOURCES:
        for item in root.iter(kind):
            extents.append(item.findtext("ContainsAI"))
            yield from _share(item)
    whole = root.findtext("ReleaseList/Release/ContainsAI")
    if whole in ("All", "None") and set(extents) != {whole}:
        yield f"says {whole} of the release, but something else of what it holds"


def _share(item: Element) -> Iterator[str]:
    who, extent = item.findtext("ResourceReference"), item.findtext("ContainsAI")
    for contributor in item.findall("Contributor"):
        by_software = contributor.find("SpecialContributor") is not None
        by_party = contributor.find("ContributorPartyReference") is not None
        part = contributor.findtext("AiContribution")
        if by_software == by_party:
            yield f"has a contributor to {who} who is not either a party or software"
        if by_software != (part == "All"):
            yield f"has a contributor to {who} with a share of {part}"
        if extent == "All" and not by_software:
            yield f"says that {who} is all made by software, but names a person"
        if extent == "None" and part != "None":
            yield f"says that nothing in {who} was made by software, but names some"


def _twice(values: Iterable[str | None], what: str) -> Iterator[str]:
    for value, number in Counter(values).items():
        if number > 1:
            yield f"has the {what} {value!r} {number} times"
