"""Opens the door: the database, the queries and the commands of one home for one actor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from engine.api.access import Access
from engine.api.chat_access import allowed
from engine.api.commands import Commands
from engine.api.queries import Queries
from engine.domain.clock import Clock, utc_now
from engine.domain.runs import Actor
from engine.home import Home
from engine.safety.refused import refused_words
from engine.settings import Settings
from engine.store.database import Database, Writable, open_database

__all__ = ["Database", "Door", "Writable", "open_door"]


@dataclass(frozen=True, slots=True)
class Door:
    """What a face holds. `access` says what it may do with it."""

    queries: Queries
    commands: Commands
    database: Database
    access: Access

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[Door]:
        """The door to the label as it is now: its queries agree with each other, whatever is written meanwhile."""
        async with self.database.moment() as moment:
            yield replace(self, queries=self.queries.over(moment))


@asynccontextmanager
async def open_door(
    home: Home,
    settings: Settings,
    actor: Actor,
    *,
    readonly: bool = False,
    served: bool = False,
    now: Clock = utc_now,
) -> AsyncIterator[Door]:
    """Opens the home's database (made or migrated where needed) and closes it at the end. Raises StoreError.

    With `readonly` every command raises ReadOnly, and a database that would have to be made or migrated is refused.
    `served` marks a face in a browser, see `Access`.
    """
    database = await open_database(home.database, home.backups, readonly=readonly)
    try:
        yield Door(
            queries=Queries(database, home, settings, now=now),
            commands=Commands(
                database,
                home,
                actor,
                grace_s=settings.approval_grace_seconds,
                retirement_threshold=settings.artist_retirement_threshold,
                names=partial(refused_words, home.root, settings.refused_words_file),
                live=settings.ddex_live,
                now=now,
                named=allowed(settings).users,
                access=Access(readonly, served),
            ),
            database=database,
            access=Access(readonly, served),
        )
    finally:
        await database.close()
