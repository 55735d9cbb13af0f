"""The part of the door about what a release carries: `door.queries.carried`, `door.commands.releases`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.command_models import Accepted
from engine.domain.clock import Clock
from engine.domain.codes import CodeKind, read_isrc, read_product_code
from engine.domain.delivery import UNTOLD, DeliveryState
from engine.domain.errors import NotAllowed
from engine.domain.rights import Carried as InPackage
from engine.domain.runs import Actor, RunState, Stage
from engine.store import advisories, albums, audit, codes, deliveries, releases, runs
from engine.store.database import Readable, Writable
from engine.store.rights_facts import carried_by


@dataclass(frozen=True, slots=True)
class Carried:
    """A run's codes, None for those that its distributor assigns; `explicit` None where no person said anything.

    `package` is what its package carries, None where there is none: until it is made anew, not what was set.
    """

    run_id: str
    isrc: str | None
    upc: str | None
    explicit: bool | None
    package: InPackage | None = None

    @property
    def mark(self) -> bool | None:
        """Whether it is explicit: as a person said, else as its package has it; None where there is neither."""
        there = self.package.explicit if self.package is not None else None
        return there if self.explicit is None else self.explicit


@dataclass(frozen=True, slots=True)
class CarriedQueries:
    """What a face can ask about codes and advisories."""

    database: Readable

    async def of_run(self, run_id: str) -> Carried:
        """What the run's release carries, or will. Raises NotFound."""
        async with self.database.read() as connection:
            await runs.get(connection, run_id)
            release = await releases.of_run(connection, run_id)
            return Carried(
                run_id,
                await codes.isrc_of(connection, run_id),
                await codes.upc_of(connection, run_id),
                await advisories.of_run(connection, run_id),
                await carried_by(release) if release is not None else None,
            )

    async def of_release(self, release_id: str) -> Carried:
        """The same by the release; an album's has no run, no ISRC and no mark of its own. Raises NotFound."""
        async with self.database.read() as connection:
            release = await releases.get(connection, release_id)
            if release.album_id:
                upc = await codes.upc_of(connection, release.album_id)
                return Carried("", None, upc, None, await carried_by(release))
        return await self.of_run(release.run_id)


@dataclass(frozen=True, slots=True)
class ReleaseCommands:
    """What a face can set of a release: codes until it is delivered, the mark while it is nowhere."""

    database: Writable
    actor: Actor
    now: Clock
    leave: Callable[[str, Mapping[str, Any]], Awaitable[Accepted]]

    async def set_codes(self, run_id: str, *, isrc: str | None = None, upc: str | None = None) -> Accepted | None:
        """Gives the run's recording this ISRC, its single this UPC or EAN; a package that is there is made anew.

        None where nothing is packaged yet. Raises NotAllowed, NotFound, UsageError.
        """
        given = {
            CodeKind.ISRC: read_isrc(isrc) if isrc else None,
            CodeKind.UPC: read_product_code(upc) if upc else None,
        }
        wanted = {kind: code for kind, code in given.items() if code}
        async with self.database.write() as connection:
            await refuse_delivered(connection, run_id)
            packaged = await self._ready(connection, run_id)
            for kind, code in wanted.items():
                await codes.set_by_hand(connection, run_id, kind, code, self.actor, self.now())
            await audit.append(
                connection,
                self.now(),
                self.actor,
                "set codes",
                run_id,
                {str(kind): code for kind, code in wanted.items()},
            )
        return await self._again(run_id) if packaged else None

    async def set_explicit(self, run_id: str, explicit: bool) -> Accepted | None:
        """Says whether the words need the explicit mark, above the list of strong words. What was withdrawn everywhere
        is corrected, too: its codes stay. Else like `set_codes`."""
        async with self.database.write() as connection:
            await refuse_there(connection, run_id, "its explicit mark can be corrected once it is withdrawn there")
            packaged = await self._ready(connection, run_id)
            await advisories.put(connection, run_id, explicit, self.actor, self.now())
            await audit.append(connection, self.now(), self.actor, "set explicit", run_id, {"explicit": explicit})
        return await self._again(run_id) if packaged else None

    async def _ready(self, connection: AsyncConnection, run_id: str) -> bool:
        """Whether there is a package that must be made anew. Raises NotAllowed where none may."""
        run = await runs.get(connection, run_id)
        if run.state is RunState.PACKAGING:
            raise NotAllowed(f"Run {run_id} is being packaged at this moment.", fix="Try again when it is packaged.")
        return has_package(run)

    async def package(self, run_id: str) -> Accepted:
        """Packages the run's release anew, from all that is set now. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            run = await runs.get(connection, run_id)
            await refuse_there(connection, run_id)
            if not has_package(run):
                raise NotAllowed(f"Run {run_id} has no package that could be made anew: it is {run.state}.")
            await audit.append(connection, self.now(), self.actor, "package anew", run_id, {})
        return await self._again(run_id)

    async def _again(self, run_id: str) -> Accepted:
        return await self.leave("package_again", {"run_id": run_id})


def has_package(run: runs.Run) -> bool:
    """Whether what was approved is packaged, and nothing changed since. Where it is asked of its deliveries."""
    if run.state is RunState.FAILED:
        return run.stage is Stage.DELIVERY
    return run.state in (RunState.PACKAGED, RunState.DELIVERING, RunState.DELIVERED, RunState.WITHDRAWN)


async def has_left(connection: AsyncConnection, owner_id: str) -> bool:
    """Whether the release of a run or of an album is or was somewhere, or is about to be: by itself or within an album.

    Then it keeps what it was known by there, be it no code: whoever got it has given it one."""
    return any(map(_has_left, await _deliveries(connection, owner_id)))


async def refuse_delivered(connection: AsyncConnection, owner_id: str) -> None:
    """Raises NotAllowed where the release of a run or an album `has_left`."""
    for each in await _deliveries(connection, owner_id):
        if _has_left(each):
            how = f"was sent to {each.target} before" if _is_nowhere(each) else f"is {each.state} at {each.target}"
            raise NotAllowed(
                f"Release {each.release_id} {how}: what it carries stays as it is.",
                fix="What was delivered under a code keeps it; a new release gets another.",
            )


async def refuse_there(connection: AsyncConnection, owner_id: str, so: str = "what it carries stays as it is") -> None:
    """Raises NotAllowed where the package of a run or album is somewhere, or may be: it is needed to take it back.
    `so` is what follows from that."""
    for each in await _deliveries(connection, owner_id):
        if each.state is not DeliveryState.WITHDRAWN and not _is_nowhere(each):
            raise NotAllowed(
                f"Release {each.release_id} is {each.state} at {each.target}: {so}.",
                fix="Wait until it is withdrawn."
                if each.state is DeliveryState.WITHDRAWING
                else f"`noktvrn releases withdraw {each.release_id} --to {each.target}` first.",
            )


async def _deliveries(connection: AsyncConnection, owner_id: str) -> list[deliveries.Delivery]:
    own = await albums.packages_of(connection, owner_id)
    if release := await releases.of_run(connection, owner_id):
        own += [release.id, *await albums.packages_with(connection, release.id)]
    return [found for one in own for found in await deliveries.of_release(connection, one)]


def _has_left(delivery: deliveries.Delivery) -> bool:
    """Whether some of it was sent in any round, or is about to be. Another round follows only upon what was sent."""
    return delivery.round > 1 or not _is_nowhere(delivery)


def _is_nowhere(delivery: deliveries.Delivery) -> bool:
    """Whether nothing was sent in this round, and nothing is about to be; what blocks had stopped before its first
    byte, too."""
    return not delivery.bytes_total and (delivery.state in UNTOLD or delivery.state is DeliveryState.FAILED)
