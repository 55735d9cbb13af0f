"""Taking a release down: by a NewReleaseMessage without a deal, or by a PurgeReleaseMessage.

ERN part 1, clause 6.19.4: the ordinary way is the same release again with no deal. A purge asks the recipient to forget
a release whose entry is broken, or for good.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from xml.etree.ElementTree import Element as Read

from engine.release.ddex.ern import instant
from engine.release.ddex.messages import NO_ID, name_of, seal
from engine.release.ddex.model import NewRelease, Purge, Version
from engine.release.ddex.reader import Unreadable, read, tag
from engine.release.ddex.writer import Element, render


def take_down(message: NewRelease, at: datetime, version: Version) -> NewRelease:
    """The message that withdraws what `message` announced, as of `at` (aware); in its thread, with an id of its own."""
    return seal(replace(message, deals=(), header=replace(message.header, created_at=at)), version)


def taken_down(text: bytes, at: datetime) -> bytes:
    """The same for a message that was sent, of a single or an album: from its own bytes. Raises Unreadable."""
    root = read(text)
    if tag(root) != "NewReleaseMessage":
        raise Unreadable("is no NewReleaseMessage")
    bare = render(_without_deals(root, NO_ID, at))
    return render(_without_deals(root, name_of(hashlib.sha256(bare).hexdigest()), at))


def _without_deals(root: Read, own_id: str, at: datetime) -> Element:
    told = {"MessageId": own_id, "MessageCreatedDateTime": instant(at)}
    children = tuple(_ours(each, told) for each in root if tag(each) != "DealList")
    namespace = root.tag.rpartition("}")[0].removeprefix("{")
    return Element("ern:NewReleaseMessage", "", children, {"xmlns:ern": namespace, **root.attrib})


def _ours(element: Read, told: dict[str, str]) -> Element:
    """An element as we write it; what is told anew of the header stands in it."""
    inside = told if tag(element) == "MessageHeader" else {}
    children = tuple(
        Element(tag(each), inside[tag(each)]) if tag(each) in inside else _ours(each, {}) for each in element
    )
    return Element(tag(element), "" if children else element.text or "", children, dict(element.attrib))


def purge(message: NewRelease, at: datetime, version: Version) -> Purge:
    """The message that has the recipient forget the release, as of `at` (aware)."""
    release = message.release
    found = Purge(
        header=replace(message.header, created_at=at),
        language=message.language,
        icpn=release.icpn,
        proprietary_id=release.proprietary_id,
        title=release.title,
        artist=message.name(release.artist),
    )
    return seal(found, version)
