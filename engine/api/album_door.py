"""The part of the door about albums and the calendar: `door.queries.albums`, `door.commands.albums`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.api import album_commands, albums_view, calendar_view
from engine.api.album_commands import Schedule
from engine.api.album_models import AlbumDetail, AlbumRow, AlbumTrackRow, CalendarSheet
from engine.api.command_models import Accepted
from engine.domain.albums import LoudnessPolicy
from engine.domain.calendar import Cadence
from engine.domain.clock import Clock
from engine.domain.runs import Actor
from engine.home import Home
from engine.store import albums
from engine.store.database import Readable, Writable


@dataclass(frozen=True, slots=True)
class AlbumQueries:
    """What a face can ask about albums and the calendar."""

    database: Readable
    home: Home
    now: Clock

    async def rows(self, artist_id: str | None = None) -> list[AlbumRow]:
        """All albums, newest first; those of one artist."""
        async with self.database.read() as connection:
            return await albums_view.rows(connection, artist_id)

    async def detail(self, album_id: str) -> AlbumDetail:
        """One album. Raises NotFound."""
        async with self.database.read() as connection:
            return await albums_view.detail(connection, self.home, album_id)

    async def addable(self, artist_id: str, album_id: str | None = None) -> list[AlbumTrackRow]:
        """The songs of an artist that could be added to an album of it."""
        async with self.database.read() as connection:
            return await albums_view.addable(connection, artist_id, album_id)

    async def calendar(self, since: date, until: date, artist_id: str | None = None) -> CalendarSheet:
        """Some days of one artist or of all."""
        async with self.database.read() as connection:
            return await calendar_view.sheet(connection, self.now(), since, until, artist_id)

    async def cadence(self, artist_id: str) -> Cadence | None:
        """The beat of an artist, None for none."""
        async with self.database.read() as connection:
            return await albums.cadence(connection, artist_id)


@dataclass(frozen=True, slots=True)
class AlbumCommands:
    """What a face can do with albums. Every change takes an approved album back to its draft."""

    database: Writable
    home: Home
    actor: Actor
    now: Clock
    leave: Callable[[str, Mapping[str, Any]], Awaitable[Accepted]]
    engine_running: Callable[[], bool]

    async def begin(
        self, artist_id: str, title: str, release_ids: Sequence[str] = (), *, seed: int | None = None
    ) -> str:
        """Begins a draft; returns its id. Raises NotAllowed, NotFound, UsageError."""
        chance = secrets.randbits(31) if seed is None else seed
        async with self.database.write() as connection:
            return await album_commands.begin(connection, artist_id, title, release_ids, chance, self.actor, self.now())

    async def add(self, album_id: str, release_ids: Sequence[str]) -> None:
        """Adds releases at the end. Raises NotAllowed, NotFound."""
        change = album_commands.added(release_ids)
        await self._tracks(album_id, change, "add to album", tracks=list(release_ids))

    async def remove(self, album_id: str, release_id: str) -> None:
        """Takes a track out. Raises NotAllowed, NotFound."""
        await self._tracks(album_id, album_commands.removed(release_id), "remove from album", track=release_id)

    async def place(self, album_id: str, release_id: str, place: int) -> None:
        """Puts a track at a place, counted from 1. Raises NotAllowed, NotFound."""
        change = album_commands.placed(release_id, place)
        await self._tracks(album_id, change, "order album", track=release_id, place=place)

    async def order(self, album_id: str, release_ids: Sequence[str]) -> None:
        """Puts all tracks in this order. Raises NotAllowed, NotFound, UsageError."""
        await self._tracks(album_id, album_commands.ordered(release_ids), "order album", tracks=list(release_ids))

    async def gap(self, album_id: str, release_id: str, seconds: float) -> None:
        """Sets the silence after a track. Raises NotAllowed, NotFound, UsageError."""
        change = album_commands.followed(release_id, seconds)
        await self._tracks(album_id, change, "set gap", track=release_id, seconds=seconds)

    async def _tracks(
        self,
        album_id: str,
        change: Callable[[album_commands.Tracks], album_commands.Tracks],
        action: str,
        **detail: Any,
    ) -> None:
        async with self.database.write() as connection:
            await album_commands.change_tracks(connection, album_id, change, self.actor, self.now(), action, **detail)

    async def edit(
        self,
        album_id: str,
        *,
        title: str | None = None,
        kind: str | None = None,
        loudness: LoudnessPolicy | None = None,
    ) -> None:
        """Gives it another title, kind (`rule` for that of its length) or loudness. Raises NotAllowed, UsageError."""
        async with self.database.write() as connection:
            await album_commands.edit(
                connection, album_id, self.actor, self.now(), title=title, kind=kind, loudness=loudness
            )

    async def give_cover(self, album_id: str, path: Path, *, made_by: str, tool: str = "") -> None:
        """Puts a picture of the operator's on the album. Raises FileProblem, NotAllowed, NotFound, UsageError."""
        async with self.database.write() as connection:  # whoever may only look is told so before anything is copied
            await albums.get(connection, album_id)
        picture = await asyncio.to_thread(album_commands.take_picture, self.home, path)
        async with self.database.write() as connection:
            await album_commands.give_cover(connection, album_id, picture, made_by, tool, self.actor, self.now())

    async def draw_cover(self, album_id: str, seed: int | None = None) -> Accepted:
        """Has the engine draw the cover, from another seed where one is given. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            await album_commands.redraw(connection, album_id, seed, self.actor, self.now())
        return await self.leave("album_cover", {"album_id": album_id})

    async def schedule(self, album_id: str, wanted: Schedule) -> list[str]:
        """Sets day and embargo; returns which releases wait for it now. Raises NotAllowed, NotFound, UsageError."""
        async with self.database.write() as connection:
            return await album_commands.schedule(connection, album_id, wanted, self.actor, self.now())

    async def approve(self, album_id: str) -> None:
        """Approves what the album holds now. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            await album_commands.approve(connection, album_id, self.actor, self.now())

    async def package(self, album_id: str) -> bool:
        """Asks for the package of an approved album, or for a packaged one's anew; True where an engine runs that makes
        it. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            await album_commands.package(connection, album_id, self.actor, self.now())
        return self.engine_running()

    async def set_upc(self, album_id: str, upc: str) -> bool:
        """Gives it this UPC or EAN; True where a package that is there is asked for anew. Raises NotAllowed, NotFound,
        UsageError."""
        async with self.database.write() as connection:
            again = await album_commands.set_upc(connection, album_id, upc, self.actor, self.now())
            if again:
                await album_commands.package(connection, album_id, self.actor, self.now())
        return again

    async def delete(self, album_id: str) -> None:
        """Forgets an album that was never packaged. Raises NotAllowed, NotFound."""
        async with self.database.write() as connection:
            await album_commands.delete(connection, album_id, self.actor, self.now())

    async def set_cadence(self, artist_id: str, beat: Cadence | None) -> None:
        """Gives an artist a beat, or takes it away. Raises NotFound."""
        async with self.database.write() as connection:
            await album_commands.set_cadence(connection, artist_id, beat, self.actor, self.now())
