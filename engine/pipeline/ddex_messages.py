"""The messages that go to a DDEX recipient: the package's own with the addresses of the batch, and the one that takes
it down. Both are made from the package's documents, and equal each time they are made."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.delivery.batch import MESSAGES
from engine.delivery.target import ParcelFile
from engine.domain.delivery import TargetKind
from engine.domain.errors import CheckFailed, FileProblem, MediaError
from engine.pipeline.line import Line
from engine.safety.files import write_whole
from engine.store.deliveries import Target
from engine.store.releases import Release

if TYPE_CHECKING:
    from engine.release.ddex.model import Version

_RESOURCES = "resources/"
"""Where a batch keeps the files, as seen from its message."""
_ADDRESS = re.compile(r"<URI>(?:\.\./)+")
_DEALS = re.compile(r"\s*<DealList>.*?</DealList>", re.DOTALL)
_CREATED = re.compile(r"(<MessageCreatedDateTime>)[^<]*(</MessageCreatedDateTime>)")
_ID = re.compile(r"(<MessageId>)[^<]*(</MessageId>)")


async def announcement(line: Line, release: Release, target: Target) -> Sequence[ParcelFile]:
    """The message that goes in place of the package's own, which names the files where the package has them.

    Raises FileProblem, CheckFailed.
    """
    if not _wants_messages(target):
        return ()
    return (await asyncio.to_thread(_message, line.home.work, release, _ern(target), None),)


async def takedown(line: Line, release: Release, target: Target, at: datetime) -> Sequence[ParcelFile]:
    """The message that takes the release down: the release again without a deal, in the version that it was announced
    in, as of `at`. Raises FileProblem, CheckFailed."""
    if not _wants_messages(target):
        return ()
    return (await asyncio.to_thread(_message, line.home.work, release, _ern(target), at),)


def _wants_messages(target: Target) -> bool:
    return target.kind is TargetKind.SFTP and target.options.get("layout") == "ddex"


def _ern(target: Target) -> str:
    return target.options.get("ern", "4.3.2")


def _message(work: Path, release: Release, ern: str, taken_down_at: datetime | None) -> ParcelFile:
    from engine.release.ddex.check import check
    from engine.release.ddex.model import Version

    version = Version(ern)
    try:
        if release.album_id:
            text = _rewritten(Path(release.path) / MESSAGES[ern], taken_down_at)
        else:
            text = _text(Path(release.path), version, taken_down_at)
    except (OSError, MediaError) as error:
        raise FileProblem(
            f"The package of {release.id} cannot be read: {error}.", fix="See `noktvrn releases verify`."
        ) from error
    if problems := check(text):
        raise CheckFailed(f"The DDEX message of release {release.id} {problems[0]}.")
    digest = hashlib.sha256(text).hexdigest()
    path = work / f"message-{release.id}-{digest[:16]}.xml"
    write_whole(path, text)
    name, role = (MESSAGES[ern], "ern") if taken_down_at is None else ("ern/Takedown.xml", "takedown")
    return ParcelFile(path, name, role, len(text), digest, "application/xml")


def _text(folder: Path, version: Version, taken_down_at: datetime | None) -> bytes:
    from engine.release.ddex.announced import announced
    from engine.release.ddex.messages import write
    from engine.release.ddex.purge import take_down

    message = announced(folder, version, _RESOURCES)
    return write(message if taken_down_at is None else take_down(message, taken_down_at, version), version)


def _rewritten(message: Path, taken_down_at: datetime | None) -> bytes:
    """An album's message, which is our own text: other addresses, no deal where it is taken down, an id of its own."""
    text = _ADDRESS.sub(f"<URI>{_RESOURCES}", message.read_text("utf-8"))
    if taken_down_at is not None:
        at = taken_down_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = _CREATED.sub(rf"\g<1>{at}\g<2>", _DEALS.sub("", text))
    bare = _ID.sub(r"\g<1>none\g<2>", text)
    return _ID.sub(rf"\g<1>M-{hashlib.sha256(bare.encode()).hexdigest()[:32]}\g<2>", text).encode()
