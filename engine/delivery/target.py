"""What a target is: a place that takes a parcel, says whether it has it, and gives it back.

A target knows neither the store nor the settings. Each of its methods may be ended at any moment and called again: what
it must remember across a kill it writes through the journal before it acts on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from engine.domain.delivery import FileReceipt, Finding, Receipt, Turn
from engine.domain.errors import FileProblem

CHUNK = 1 << 20
"""Bytes that are read, sent and told of at once."""
LAST_ROLES = ("manifest", "signature", "checksums")
"""Roles of what tells a reader that a folder is complete: they go last, in this order."""

_MISSING = "not found"
Progress = Callable[[str, int], Awaitable[None]]
"""Says how many bytes of a file are there. It raises to stop: a pause, or an engine that ends."""
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class ParcelFile:
    """One file of a parcel: `name` is its path inside the package, `size` bytes, `sha256` as the manifest says."""

    path: Path
    name: str
    role: str
    size: int
    sha256: str
    media_type: str = "application/octet-stream"

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """The content from byte `start`, in pieces of `CHUNK`."""
        with self.path.open("rb") as handle:
            handle.seek(start)
            while block := handle.read(CHUNK):
                yield block


@dataclass(frozen=True, slots=True)
class Parcel:
    """One release on its way to one target.

    `mark` names the delivery and its round: equal marks are the same delivery, however often it is tried. `texts` hold
    title, artist, description and the like for a platform's form; `declarations` the sender's answers.
    """

    mark: str
    release_id: str
    folder: str
    turn: Turn
    """Of this round: dates and numbers what tells of it."""
    files: tuple[ParcelFile, ...]
    declarations: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Any] = field(default_factory=dict)
    takedown: tuple[ParcelFile, ...] = ()
    """Messages that withdraw the release, where the target wants such."""
    takedown_turn: Turn | None = None
    """Of the withdrawal, where it is one."""

    def ordered(self) -> tuple[ParcelFile, ...]:
        """The files in the order in which they go: what says that all is there comes last."""
        return tuple(sorted(self.files, key=lambda file: (_place(file.role), file.name)))

    def of(self, role: str) -> ParcelFile | None:
        """The first file of this role."""
        return next((file for file in self.files if file.role == role), None)


def _place(role: str) -> int:
    return LAST_ROLES.index(role) + 1 if role in LAST_ROLES else 0


class Journal(Protocol):
    """A delivery's memory, durable before a call returns."""

    async def recall(self) -> Mapping[str, Any]:
        """What was noted, in this attempt or an earlier one."""

    async def note(self, **values: Any) -> None:
        """Keeps these values; None forgets one."""

    async def receipts(self) -> Mapping[str, FileReceipt]:
        """The files that are there, by their name in the parcel."""

    async def has(self, receipt: FileReceipt) -> None:
        """A file is there, whole and compared."""


class Known(StrEnum):
    """What a target says of a parcel."""

    DELIVERED = "delivered"
    NOT_YET = "not yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` found: the receipt where it is delivered, words for a person where it is unknown."""

    known: Known
    receipt: Receipt | None = None
    detail: str = ""


class Target(Protocol):
    """The one interface of all targets. Every method raises DeliveryError."""

    # What follows self is given by place: a target that needs no journal may call it what it likes.

    async def check(self) -> tuple[Finding, ...]:
        """A dry run: whether a parcel could go there now. Leaves nothing there, and raises nothing."""

    async def send(self, parcel: Parcel, journal: Journal, progress: Progress, /) -> Receipt:
        """Brings the parcel there, from where an earlier attempt stopped. Called again after it ended well, it finds
        everything there and gives the same receipt."""

    async def ask(self, parcel: Parcel, journal: Journal, /) -> Answer:
        """Whether the target has the parcel. Sends nothing."""

    async def withdraw(self, parcel: Parcel, journal: Journal, /) -> Receipt:
        """Takes the parcel back, as this target does; again is harmless."""


def sha256_of(file: ParcelFile) -> str:
    """The content's SHA-256 as it lies here now."""
    whole = hashlib.sha256()
    for block in file.chunks():
        whole.update(block)
    return whole.hexdigest()


async def missing(
    names: Sequence[str], journal: Journal, there: Callable[[str], Awaitable[bool]], where: str
) -> tuple[str, ...]:
    """A note where files that were brought are not to be found, as it was when taking back began: by now some of the
    others are gone too. `names` of the files in the parcel; those without a receipt count where none has one."""
    kept = (await journal.recall()).get(_MISSING)
    if kept is None:
        brought = await journal.receipts()
        wanted = [name for name in names if name in brought] or list(names)
        kept = [sum([not await there(name) for name in wanted]), len(wanted)]
        await journal.note(**{_MISSING: kept})
    gone, whole = kept
    return (f"{gone} of {whole} files were not found at {where}: they were not taken back.",) if gone else ()


def require_untouched(file: ParcelFile) -> None:
    """Raises FileProblem where the file is no longer what the manifest says."""
    try:
        same = file.path.stat().st_size == file.size and sha256_of(file) == file.sha256
    except OSError as error:
        raise FileProblem(
            f"{file.path} cannot be read: {error.strerror}.", fix="See `noktvrn releases verify`."
        ) from error
    if not same:
        raise FileProblem(
            f"{file.name} is not what its package says: it was changed after packaging, and is not sent.",
            fix="See `noktvrn releases verify`.",
        )
