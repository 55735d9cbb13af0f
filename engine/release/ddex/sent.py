"""A package's message as it is sent: from the package's own bytes, of a single as of an album.

What is changed is the way to the files, or the deals and the time; the id follows from what the message says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from xml.etree.ElementTree import Element as Read

from engine.release.ddex.ern import instant
from engine.release.ddex.messages import NO_ID, name_of
from engine.release.ddex.reader import Unreadable, read, tag
from engine.release.ddex.writer import Element, render

_Told = Callable[[Read], str]
"""The text that an element without children has in what is sent."""


def addressed(text: bytes, way: str, at: datetime) -> bytes:
    """The message as of `at` (aware) with its files beside it at `way`, such as `resources/`. Sent again after a
    takedown it is newer than that, and another message. Raises Unreadable."""

    def told(element: Read) -> str:
        own = instant(at) if tag(element) == "MessageCreatedDateTime" else element.text or ""
        return f"{way}{own.rpartition('../')[2]}" if tag(element) == "URI" else own

    return _sealed(_announcing(text), told)


def taken_down(text: bytes, at: datetime) -> bytes:
    """The message again without a deal, as of `at` (aware): what withdraws it (part 1, 6.19.4). Raises Unreadable."""
    root = _announcing(text)
    for deals in root.findall("DealList"):
        root.remove(deals)

    def told(element: Read) -> str:
        return instant(at) if tag(element) == "MessageCreatedDateTime" else element.text or ""

    return _sealed(root, told)


def _announcing(text: bytes) -> Read:
    root = read(text)
    if tag(root) != "NewReleaseMessage":
        raise Unreadable("is no NewReleaseMessage")
    return root


def _sealed(root: Read, told: _Told) -> bytes:
    bare = render(_written(root, told, NO_ID))
    return render(_written(root, told, name_of(hashlib.sha256(bare).hexdigest())))


def _written(root: Read, told: _Told, own_id: str) -> Element:
    namespace = root.tag.rpartition("}")[0].removeprefix("{")
    children = tuple(_ours(each, told, own_id) for each in root)
    return Element("ern:NewReleaseMessage", "", children, {"xmlns:ern": namespace, **root.attrib})


def _ours(element: Read, told: _Told, own_id: str) -> Element:
    """An element as we write it."""
    if tag(element) == "MessageId":
        return Element("MessageId", own_id)
    children = tuple(_ours(each, told, own_id) for each in element)
    return Element(tag(element), "" if children else told(element), children, dict(element.attrib))
