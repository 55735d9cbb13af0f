"""A message as bytes, in the version asked for, under an id that follows from what it says."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from engine.release.ddex import ern, ern43, ern432
from engine.release.ddex.model import NewRelease, Version
from engine.release.ddex.writer import render

_DIALECTS = {Version.ERN432: ern432.DIALECT, Version.ERN43: ern43.DIALECT}
NO_ID = "none"
"""Stands in place of a message's id while that is made."""


def write(message: NewRelease, version: Version) -> bytes:
    """The XML of a message. Raises CheckFailed where a value is missing or cannot be written."""
    return render(ern.new_release(message, _DIALECTS[version]))


def seal(message: NewRelease, version: Version) -> NewRelease:
    """The message under its own id: equal messages have equal ids, and whatever differs changes it."""
    bare = replace(message, header=replace(message.header, message_id=NO_ID))
    digest = hashlib.sha256(write(bare, version)).hexdigest()
    return replace(message, header=replace(message.header, message_id=name_of(digest)))


def name_of(digest: str) -> str:
    """The id of a message from the SHA-256 of what it says."""
    return f"M-{digest[:32]}"
