"""The message that withdraws a release at a DDEX recipient: made from the very one that was delivered there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from engine.delivery.batch import MESSAGES
from engine.delivery.target import ParcelFile
from engine.domain.delivery import TargetKind
from engine.domain.errors import CheckFailed, FileProblem
from engine.pipeline.line import Line
from engine.safety.files import private_folder, sha256, write_whole
from engine.store.deliveries import Target
from engine.store.releases import Release


async def messages(line: Line, release: Release, target: Target, at: datetime) -> Sequence[ParcelFile]:
    """One message for a target that takes DDEX batches, none for any other, or where the package has none.

    Equal for every attempt at one withdrawal, whose moment is `at`. Raises FileProblem.
    """
    if target.kind is not TargetKind.SFTP or target.options.get("layout") != "ddex":
        return ()
    sent = Path(release.path) / MESSAGES[target.options["ern"]]
    if not sent.is_file():
        return ()
    name = f"{release.id}-{target.name}-{at:%Y%m%d%H%M%S}.xml"
    return (await asyncio.to_thread(_written, sent, line.home.data / "takedowns" / name, at),)


def _written(sent: Path, path: Path, at: datetime) -> ParcelFile:
    from engine.release.ddex.check import check
    from engine.release.ddex.purge import taken_down
    from engine.release.ddex.reader import Unreadable

    try:
        text = taken_down(sent.read_bytes(), at.replace(microsecond=0))
    except (OSError, Unreadable, CheckFailed) as error:
        raise FileProblem(f"{sent} {error}.", fix="See `noktvrn releases verify`.") from error
    if problems := check(text):
        raise FileProblem(f"The takedown message of {sent} {problems[0]}.", fix="See `noktvrn releases verify`.")
    private_folder(path.parent)
    write_whole(path, text)
    return ParcelFile(path, "takedown.xml", "ern", len(text), sha256(path), "application/xml")
