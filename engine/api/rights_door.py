"""The part of the door about rights: `door.queries.rights`, `door.commands.rights`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import rights_commands, rights_view
from engine.api.persona_edit import Names
from engine.api.rights_models import RightsSheet
from engine.domain.clock import Clock
from engine.domain.originality import Refused
from engine.domain.rights import Block
from engine.domain.runs import Actor
from engine.store.database import Readable, Writable
from engine.store.shelf import Shelf, with_papers


@dataclass(frozen=True, slots=True)
class RightsQueries:
    """What a face can ask about rights."""

    database: Readable
    names: Names
    live: bool
    """Whether DDEX messages are exchanged live."""

    async def sheet(self, release_id: str) -> RightsSheet:
        """How a release stands now. Raises FileProblem, NotFound."""
        return await self._sheet(release_id, await asyncio.to_thread(self.names))

    async def open_of(self, release_ids: Sequence[str]) -> dict[str, int]:
        """How many blocks stand against each of these releases, wherever it goes. Raises FileProblem, NotFound."""
        names, found = await asyncio.to_thread(self.names), {}
        for release_id in release_ids:
            sheet = await self._sheet(release_id, names)
            found[release_id] = len({row.kind for row in sheet.open})
        return found

    async def _sheet(self, release_id: str, names: Refused) -> RightsSheet:
        def shown(connection: AsyncConnection, shelf: Shelf) -> Awaitable[RightsSheet]:
            return rights_view.sheet(connection, release_id, names, shelf, live=self.live)

        return await with_papers(self.database.read, release_id, shown)


@dataclass(frozen=True, slots=True)
class RightsCommands:
    """What a face can decide about rights."""

    database: Writable
    actor: Actor
    now: Clock
    names: Names
    live: bool
    """As in the queries."""

    async def override(self, release_id: str, block: str, reason: str, *, name: str = "") -> str:
        """Lets a release go in spite of a block; `name` is who decides, the actor's where it is empty. Returns what
        the block said. Raises FileProblem, NotAllowed, NotFound, UsageError."""
        names = await asyncio.to_thread(self.names)

        def decided(connection: AsyncConnection, shelf: Shelf) -> Awaitable[Block]:
            return rights_commands.override(
                connection, release_id, block, reason, name, names, shelf, self.actor, self.now(), live=self.live
            )

        return (await with_papers(self.database.write, release_id, decided)).what

    async def declare(self, release_id: str, name: str, value: str) -> None:
        """Answers a question for a release. Raises NotAllowed, NotFound, UsageError."""
        async with self.database.write() as connection:
            await rights_commands.declare(connection, release_id, name, value, self.actor, self.now())
