"""A label with one package, and targets that a test can hold in its hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import delivery_commands
from engine.api.delivery_models import Told
from engine.delivery.target import Answer, Journal, Known, Parcel, Progress
from engine.domain.delivery import FileReceipt, Finding, Mode, Receipt, TargetKind
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.release.certificates import Credential
from engine.store import deliveries, releases, runs, shelf
from engine.store.database import Database
from engine.store.shelf import Shelf
from tests import packages
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run

PERSON = Actor(ActorKind.OPERATOR, Channel.CLI, "mara")
RUN = "r-first"


async def packaged(
    database: Database,
    home: Home,
    *,
    at: datetime = NOW,
    wav: int = 40_000,
    clip: int = 30_000,
    signer: Credential | None = None,
) -> str:
    """One run whose release is packaged, signed where there is a signer; returns the release's id."""
    folder, digest = packages.make(home.releases, wav=wav, clip=clip, signer=signer)
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_waiting_run(connection)
        for state, actor in ((RunState.APPROVED, PERSON), (RunState.PACKAGING, ENGINE), (RunState.PACKAGED, ENGINE)):
            run = await runs.move(connection, run, state, actor, at)
        names = (packages.RELEASE, RUN, "a-vesper", f"v-{RUN}", "Glass Harbour", str(folder), digest)
        await releases.add(connection, releases.Release(*names, {}, at))
    return packages.RELEASE


async def add_folder(database: Database, home: Home, name: str = "usb", mode: Mode = Mode.ASK) -> None:
    """A folder target beside the home."""
    root = home.root.parent / name
    root.mkdir(exist_ok=True)
    async with database.write() as connection:
        options = {"path": str(root)}
        await deliveries.add_target(connection, name, TargetKind.FOLDER, mode, options, {}, PERSON, NOW)


async def papers(connection: AsyncConnection, release_id: str) -> Shelf:
    """The documents of a release's package, read where nobody else writes."""
    return await shelf.read(await shelf.wanted(connection, release_id))


async def deliver(
    connection: AsyncConnection,
    release_id: str,
    names: Sequence[str],
    declarations: Mapping[str, str],
    due_at: datetime | None,
    actor: Actor,
    at: datetime,
) -> list[Told]:
    """What the door does with a release that is to be delivered, in a transaction of the test."""
    found = await papers(connection, release_id)
    return await delivery_commands.deliver(connection, release_id, names, declarations, due_at, found, actor, at)


@dataclass
class Place:
    """A target that does as it is told, and counts what was brought."""

    sends: int = 0
    withdrawals: int = 0
    has: set[str] = field(default_factory=set)
    fail: Callable[[], None] = lambda: None
    """Called before a parcel is taken; it may raise."""
    fail_after: Callable[[], None] = lambda: None
    """Called when the parcel is there and before anybody hears of it."""
    known: Known | None = None

    async def check(self) -> tuple[Finding, ...]:
        return (Finding("place", True, "is there"),)

    async def send(self, parcel: Parcel, journal: Journal, progress: Progress) -> Receipt:
        self.fail()
        await progress("a", 1)
        self.sends += 1
        self.has.add(parcel.mark)
        self.fail_after()
        return self._receipt(parcel)

    async def ask(self, parcel: Parcel, journal: Journal) -> Answer:
        if self.known is not None:
            return Answer(self.known, detail="nobody can tell")
        there = parcel.mark in self.has
        return Answer(Known.DELIVERED, self._receipt(parcel)) if there else Answer(Known.NOT_YET)

    async def withdraw(self, parcel: Parcel, journal: Journal) -> Receipt:
        self.fail()
        self.withdrawals += 1
        self.has.discard(parcel.mark)
        return Receipt("ref", "there", (), ("taken back",))

    def _receipt(self, parcel: Parcel) -> Receipt:
        files = tuple(FileReceipt(f.name, f"/{f.name}", f.size, f.sha256, NOW) for f in parcel.files)
        return Receipt("ref", "there", files)
