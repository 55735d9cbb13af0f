"""The interface between the line and whoever makes the music: order, ask, fetch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.domain.errors import NoktvrnError
from engine.domain.media import Loudness
from engine.domain.purchase import PurchaseState, Trouble
from engine.domain.song import MusicBrief, Timeline

Progress = Callable[[float, str], None]
"""Gets the share done (0..1) and what is being done."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a provider can do. Lengths in seconds; `network` says whether anything leaves the machine.

    `billable`: an order may cost money, so it is never sent twice. `keeps_length`: it is asked for a length.
    """

    vocals: bool
    min_seconds: float
    max_seconds: float
    network: bool
    billable: bool = False
    keeps_length: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `key` is ours and was saved before; `sound` are the words for how it sounds, `sung` whether the
    brief's lyrics are to be sung."""

    key: str
    brief: MusicBrief
    sound: str
    sung: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """One finished clip at the vendor's: its id there, and its address; an empty one where it came with the answer."""

    id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands: submitted, running or ready. `facts` are for the provenance record.

    Clips of a running order are there already, and the vendor said its last word on it without naming all of them:
    others may still come.
    """

    state: PurchaseState
    task_id: str = ""
    offers: tuple[Offer, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MadeTrack:
    """A finished track. `timeline` is None where the provider does not tell where things are.

    `vocals` is `none`, `sung` or `spoken`; `made_with` are facts for the provenance record, such as the version.
    """

    provider: str
    loudness: Loudness
    vocals: str
    timeline: Timeline | None
    made_with: dict[str, str] = field(default_factory=dict)


class VendorError(NoktvrnError):
    """A provider gave nothing. `lost`: what became of an order is unknown, and it may be charged.

    `retry_after_s` is the vendor's own word for when to come again, in seconds.
    """

    def __init__(
        self, message: str, trouble: Trouble, *, lost: bool = False, retry_after_s: float | None = None, fix: str = ""
    ) -> None:
        super().__init__(message, fix=fix)
        self.trouble = trouble
        self.lost = lost
        self.retry_after_s = retry_after_s


class MusicProvider(Protocol):
    """One who makes tracks. Every method raises VendorError, and nothing else, for what goes wrong at the vendor's."""

    @property
    def name(self) -> str:
        """The provider's name in settings, logs and provenance."""

    @property
    def abilities(self) -> Abilities:
        """What can be asked for."""

    def price(self, brief: MusicBrief) -> int:
        """What one order for this brief costs at most, in micro-dollars."""

    async def submit(self, order: Order, folder: Path) -> Standing:
        """Sends the order, once. A sound that comes with the answer is written whole into `folder`, named by its
        offer's id, before this returns."""

    async def poll(self, task_id: str) -> Standing:
        """How the order stands."""

    async def fetch(self, offer: Offer, folder: Path) -> Path:
        """The clip as the vendor made it, as a file in `folder` that is there whole or not at all."""


def came_along(folder: Path) -> tuple[Offer, ...]:
    """The clips that came with an answer and were written whole, by name; a crash may have kept the answer from us."""
    if not folder.is_dir():
        return ()
    return tuple(Offer(path.stem) for path in sorted(folder.iterdir()) if not path.name.startswith("."))
