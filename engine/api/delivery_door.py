"""The part of the door about targets and deliveries: `door.queries.deliveries`, `door.commands.deliveries`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import delivery_commands, delivery_view, rights_commands, target_places
from engine.api.command_models import Accepted
from engine.api.delivery_models import AskedRow, DeliveryDetail, DeliveryRow, SecretState, TargetRow, Told
from engine.api.persona_edit import Names
from engine.domain.clock import Clock
from engine.domain.delivery import DeliveryState, Finding, Mode, TargetKind, checked_options
from engine.domain.runs import Actor
from engine.home import Home
from engine.store import deliveries
from engine.store.database import Readable, Writable
from engine.store.shelf import Shelf, with_papers


@dataclass(frozen=True, slots=True)
class DeliveryQueries:
    """What a face can ask about targets and deliveries."""

    database: Readable
    home: Home

    async def targets(self) -> list[TargetRow]:
        """Every target, by name."""
        async with self.database.read() as connection:
            return await delivery_view.target_rows(connection)

    async def target(self, name: str) -> TargetRow:
        """One target. Raises NotFound."""
        async with self.database.read() as connection:
            return await delivery_view.target_row(connection, name)

    def secrets(self, name: str, kind: TargetKind) -> tuple[SecretState, ...]:
        """The variables that a target of this name reads, and which of them hold something; never what."""
        return delivery_view.secret_states(self.home, name, kind)

    def can_try(self, name: str, kind: TargetKind, options: Mapping[str, str]) -> bool:
        """Whether the secrets are there that a dry run by the engine needs. A folder has none, and is tried as it is
        added."""
        states = self.secrets(name, kind)
        if kind is TargetKind.SFTP:
            return bool(options.get("key_file")) or states[0].is_set
        return kind is not TargetKind.FOLDER and all(each.is_set for each in states if each.needed)

    async def rows(
        self,
        *,
        release_id: str | None = None,
        target: str | None = None,
        states: Sequence[DeliveryState] = (),
        limit: int = 200,
    ) -> list[DeliveryRow]:
        """Deliveries, what moved last first; of one release by target. `limit` 0 for all."""
        async with self.database.read() as connection:
            return await delivery_view.delivery_rows(
                connection, release_id=release_id, target=target, states=states, limit=limit
            )

    async def states_of(self, release_ids: Sequence[str]) -> dict[str, list[DeliveryState]]:
        """The state of each delivery of these releases; those that were sent nowhere are absent."""
        async with self.database.read() as connection:
            return await delivery_view.states_of(connection, release_ids)

    async def asked_of(self, release_id: str) -> list[AskedRow]:
        """What each target asks of a release, by its name. Raises NotFound."""
        async with self.database.read() as connection:
            return await delivery_view.asked_of(connection, release_id)

    async def detail(self, delivery_id: str) -> DeliveryDetail:
        """One delivery with its receipts. Raises NotFound."""
        async with self.database.read() as connection:
            return await delivery_view.detail(connection, delivery_id)

    async def between(self, release_id: str, target: str) -> DeliveryDetail | None:
        """The delivery of a release to a target, None where there is none."""
        async with self.database.read() as connection:
            found = await deliveries.between(connection, release_id, target)
            return None if found is None else await delivery_view.detail(connection, found.id)


@dataclass(frozen=True, slots=True)
class DeliveryCommands:
    """What a face can do with targets and deliveries."""

    database: Writable
    home: Home
    actor: Actor
    now: Clock
    leave: Callable[[str, Mapping[str, Any]], Awaitable[Accepted]]
    engine_running: Callable[[], bool]
    names: Names
    live: bool
    """Whether DDEX messages are exchanged live."""

    async def look_at_server(self, host: str, port: int) -> Accepted:
        """Asks the engine for the host key that a server shows: `rows` of the result hold key and fingerprint."""
        return await self.leave("target_look", {"host": host, "port": port})

    async def test_target(self, name: str) -> Accepted:
        """Asks the engine for a dry run; its findings are kept with the target. Raises NotFound."""
        async with self.database.write() as connection:  # whoever may only look is told so first
            await deliveries.target(connection, name)
        return await self.leave("target_test", {"name": name})

    async def add_target(
        self,
        name: str,
        kind: TargetKind,
        options: Mapping[str, str],
        *,
        mode: Mode = Mode.ASK,
        declarations: Mapping[str, str] | None = None,
    ) -> None:
        """Adds a target; an SFTP one with the `host_key` that a person accepted. A folder is tried at once, and not
        added where nothing can be brought there. Raises NotAllowed, UsageError."""
        async with self.database.write():  # whoever may only look is told so first
            delivery_commands.not_by_chat(self.actor)
        checked: tuple[Finding, ...] = ()
        if kind is TargetKind.FOLDER:
            checked = await target_places.tried(self.home, checked_options(kind, options), self.now)
        async with self.database.write() as connection:
            await delivery_commands.add_target(
                connection, name, kind, mode, options, declarations or {}, self.actor, self.now()
            )
            if checked:
                await deliveries.checked(connection, name, checked, self.now())

    async def set_target(
        self, name: str, *, mode: Mode | None = None, declarations: Mapping[str, str] | None = None
    ) -> None:
        """Gives a target another mode or other answers. Raises NotAllowed, NotFound, UsageError."""
        async with self.database.write() as connection:
            await delivery_commands.set_target(connection, name, mode, declarations or {}, self.actor, self.now())

    async def remove_target(self, name: str) -> int:
        """Removes a target; returns how many open questions end with it. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            return await delivery_commands.remove_target(connection, name, self.actor, self.now())

    async def deliver(
        self,
        release_id: str,
        targets: Sequence[str] = (),
        *,
        declarations: Mapping[str, str] | None = None,
        due_at: datetime | None = None,
        shelf: Shelf | None = None,
    ) -> list[Told]:
        """Has a release delivered to these targets, now or at `due_at`. Raises NotAllowed, NotFound, UsageError; and
        FileProblem. What must be known, and what stands against it, is asked now; on its day it is asked again.
        `shelf` holds the package's documents where a transaction is open already: within one, nothing is read."""
        names = await asyncio.to_thread(self.names)

        async def asked(connection: AsyncConnection, papers: Shelf) -> list[Told]:
            told = await delivery_commands.deliver(
                connection, release_id, targets, declarations or {}, due_at, papers, self.actor, self.now()
            )
            if due_at is None:
                await rights_commands.require_clear(
                    connection, release_id, [each.target for each in told], names, papers, live=self.live
                )
            return told

        if shelf is None:
            return await with_papers(self.database.write, release_id, asked)
        async with self.database.write() as connection:
            return await asked(connection, shelf)

    async def withdraw(self, release_id: str, targets: Sequence[str] = ()) -> list[Told]:
        """Takes a release back from these targets, or all. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            return await delivery_commands.withdraw(connection, release_id, targets, self.actor, self.now())

    async def again(self, delivery_id: str) -> Told:
        """Has what failed tried now; an unknown outcome is asked about first. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            return await delivery_commands.again(connection, delivery_id, self.actor, self.now())

    async def settle(self, release_id: str, target: str, *, arrived: bool) -> Told:
        """Says of an unknown outcome what was found at the target. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            return await delivery_commands.settle(connection, release_id, target, arrived, self.actor, self.now())
