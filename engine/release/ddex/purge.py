"""Taking a release down: by a NewReleaseMessage without a deal, or by a PurgeReleaseMessage.

ERN part 1, clause 6.19.4: the ordinary way is the same release again with no deal. A purge asks the recipient to forget
a release whose entry is broken, or for good.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine.release.ddex.messages import seal
from engine.release.ddex.model import NewRelease, Purge, Version


def take_down(message: NewRelease, at: datetime, version: Version) -> NewRelease:
    """The message that withdraws what `message` announced, as of `at` (aware); in its thread, with an id of its own."""
    return seal(replace(message, deals=(), header=replace(message.header, created_at=at)), version)


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
