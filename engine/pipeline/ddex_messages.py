"""The messages that go to a DDEX recipient: the package's own with the addresses of the batch, and the one that takes
it down. Both are made from the package's own, and equal each time they are made."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from engine.delivery.batch import MESSAGES
from engine.delivery.target import ParcelFile
from engine.domain.delivery import takes_ddex
from engine.domain.errors import CheckFailed, FileProblem
from engine.pipeline.line import Line
from engine.safety.files import write_whole
from engine.store.deliveries import Target
from engine.store.releases import Release

_RESOURCES = "resources/"
"""Where a batch keeps the files, as seen from its message."""


async def announcement(line: Line, release: Release, target: Target, at: datetime) -> Sequence[ParcelFile]:
    """The message that goes in place of the package's own, which names the files where the package has them; as of
    `at`, when this round was asked for.

    Raises FileProblem, CheckFailed.
    """
    if not takes_ddex(target.kind, target.options):
        return ()
    return (await asyncio.to_thread(_message, line.home.work, release, _ern(target), at, False),)


async def takedown(line: Line, release: Release, target: Target, at: datetime) -> Sequence[ParcelFile]:
    """The message that takes the release down: the release again without a deal, in the version that it was announced
    in, as of `at`. Raises FileProblem, CheckFailed."""
    if not takes_ddex(target.kind, target.options):
        return ()
    return (await asyncio.to_thread(_message, line.home.work, release, _ern(target), at, True),)


def _ern(target: Target) -> str:
    return target.options.get("ern", "4.3.2")


def _message(work: Path, release: Release, ern: str, at: datetime, down: bool) -> ParcelFile:
    from engine.release.ddex.check import check

    text = _written(Path(release.path) / MESSAGES[ern], at.replace(microsecond=0), down)
    if problems := check(text):
        raise CheckFailed(f"The DDEX message of release {release.id} {problems[0]}.")
    digest = hashlib.sha256(text).hexdigest()
    path = work / f"message-{release.id}-{digest[:16]}.xml"
    write_whole(path, text)
    name, role = (MESSAGES[ern], "ern") if not down else ("ern/Takedown.xml", "takedown")
    return ParcelFile(path, name, role, len(text), digest, "application/xml")


def _written(own: Path, at: datetime, down: bool) -> bytes:
    from engine.release.ddex.reader import Unreadable
    from engine.release.ddex.sent import addressed, taken_down

    try:
        text = addressed(own.read_bytes(), _RESOURCES, at)
        return taken_down(text, at) if down else text
    except (OSError, Unreadable) as error:
        raise FileProblem(f"{own} cannot be sent: {error}.", fix="See `noktvrn releases verify`.") from error
