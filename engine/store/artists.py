"""Artists as rows; every change of one leaves a before/after row."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain import record
from engine.domain.artists import ArtistState, Candidate, check_transition
from engine.domain.codec import dump, load
from engine.domain.errors import NotAllowed, NotFound
from engine.domain.models import Byline
from engine.domain.naming import who
from engine.domain.persona import FIELDS, Persona, changed
from engine.domain.record import Change
from engine.domain.runs import Actor
from engine.store import actors, feed, tallies
from engine.store.runs import open_runs_by_artist
from engine.store.tables import artist_changes, artists

_BY = "persona_by"
"""The field of the change that says who invented a persona."""


@dataclass(frozen=True, slots=True)
class Artist:
    """One artist as stored. Budget in micro-dollars a run."""

    id: str
    name: str
    genre: str
    state: ArtistState
    persona: Persona
    autopilot: bool
    budget_microusd: int
    rejections_in_a_row: int
    seed: int
    created_at: datetime
    last_run_at: datetime | None


def name_key(name: str) -> str:
    """The name folded: case, width and accents do not make a second artist."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c) and c.isalnum())


def _artist(row: Row[Any]) -> Artist:
    values = {name: row._mapping[name] for name in Artist.__dataclass_fields__}
    values["state"] = ArtistState(values["state"])
    values["persona"] = load(values["persona"], Persona)
    return Artist(**values)


async def add(
    connection: AsyncConnection,
    artist_id: str,
    persona: Persona,
    seed: int,
    actor: Actor,
    at: datetime,
    reason: str,
    by: Byline | None = None,
) -> bool:
    """Stores a candidate once; False if this id is known. Raises NotAllowed where the name is taken.

    `by` is who invented the persona, where a writer did.
    """
    if (await connection.execute(select(artists.c.id).where(artists.c.id == artist_id))).first():
        return False
    statement = upsert(artists).values(
        id=artist_id,
        name=persona.name,
        name_key=name_key(persona.name) or artist_id,
        genre=persona.genre,
        state=ArtistState.CANDIDATE,
        persona=dump(persona),
        autopilot=False,
        budget_microusd=0,
        rejections_in_a_row=0,
        seed=seed,
        created_at=at,
    )
    if not (await connection.execute(statement.on_conflict_do_nothing(index_elements=["name_key"]))).rowcount:
        raise NotAllowed(f"The fleet already has an artist called {persona.name!r}.", fix="Choose another name.")
    if by is not None:
        await _changed(connection, artist_id, _BY, None, dump(by), actor, at, reason)
    await _changed(connection, artist_id, "persona", None, dump(persona), actor, at, reason)
    return True


async def invented_by(connection: AsyncConnection, artist_id: str) -> Byline | None:
    """Who invented the persona; None where nobody wrote that down."""
    query = select(artist_changes.c.after).where(artist_changes.c.artist_id == artist_id, artist_changes.c.field == _BY)
    found = (await connection.execute(query)).scalar_one_or_none()
    return None if found is None else load(found, Byline)


async def get(connection: AsyncConnection, artist_id: str) -> Artist:
    """The artist. Raises NotFound."""
    row = (await connection.execute(select(artists).where(artists.c.id == artist_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no artist {artist_id!r}.", fix="See `noktvrn artists list`.")
    return _artist(row)


async def exists(connection: AsyncConnection, artist_id: str) -> bool:
    """Whether there is such an artist."""
    return (await connection.execute(select(artists.c.id).where(artists.c.id == artist_id))).first() is not None


async def personas(connection: AsyncConnection) -> list[Persona]:
    """Every persona of the fleet, oldest first, retired ones too: names and styles are never given out twice."""
    query = select(artists.c.persona).order_by(artists.c.created_at, artists.c.id)
    return [load(row.persona, Persona) for row in await connection.execute(query)]


async def fleet(connection: AsyncConnection) -> list[Candidate]:
    """What selection needs to know of everybody."""
    open_runs = await open_runs_by_artist(connection)
    query = select(artists.c.id, artists.c.state, artists.c.created_at, artists.c.last_run_at)
    return [
        Candidate(row.id, ArtistState(row.state), row.created_at, row.last_run_at, open_runs.get(row.id, 0))
        for row in await connection.execute(query)
    ]


async def change(
    connection: AsyncConnection,
    artist: Artist,
    actor: Actor,
    at: datetime,
    reason: str,
    *,
    undoing: bool = False,
    **columns: Any,
) -> None:
    """Changes columns of an artist; each that differs leaves a before/after row. States follow their machine.

    `undoing` a decision has steps of its own there.
    """
    if "state" in columns and columns["state"] != artist.state:
        check_transition(artist.id, artist.state, columns["state"], undoing=undoing)
    for name, after in columns.items():
        before = getattr(artist, name)
        if before != after:
            await _changed(connection, artist.id, name, before, after, actor, at, reason)
    await connection.execute(update(artists).where(artists.c.id == artist.id).values(**columns))


async def change_persona(
    connection: AsyncConnection, artist: Artist, persona: Persona, actor: Actor, at: datetime, reason: str
) -> None:
    """Gives the artist another persona; each field that differs leaves a before/after row.

    Raises NotAllowed where the name is taken.
    """
    taken = select(artists.c.name).where(artists.c.name_key == name_key(persona.name), artists.c.id != artist.id)
    if (await connection.execute(taken)).first():
        raise NotAllowed(f"The fleet already has an artist called {persona.name!r}.", fix="Choose another name.")
    for path, (before, after) in changed(artist.persona, persona).items():
        await _changed(connection, artist.id, path, before, after, actor, at, reason)
    columns = {"name": persona.name, "name_key": name_key(persona.name) or artist.id, "genre": persona.genre}
    await connection.execute(update(artists).where(artists.c.id == artist.id).values(persona=dump(persona), **columns))


async def others(
    connection: AsyncConnection, artist_id: str, *, after_change: int = 0, at_once: int = 1000
) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Every other persona of the fleet as it is stored (`codec.dump`), in pieces of `at_once`.

    Those alone that were made or changed after this change, where one is named.
    """
    query = select(artists.c.persona).where(artists.c.id != artist_id)
    if after_change:
        moved = select(artist_changes.c.artist_id).where(artist_changes.c.id > after_change)
        query = query.where(artists.c.id.in_(moved))
    found = (await connection.stream(query)).scalars()
    async for piece in found.partitions(at_once):
        yield list(piece)


async def newest_change(connection: AsyncConnection) -> int:
    """The number of the fleet's newest change, 0 for none."""
    return int((await connection.execute(select(func.coalesce(func.max(artist_changes.c.id), 0)))).scalar_one())


async def name_taken(connection: AsyncConnection, name: str, *, but: str) -> bool:
    """Whether another artist has this name."""
    query = select(artists.c.id).where(artists.c.name_key == name_key(name), artists.c.id != but)
    return (await connection.execute(query)).first() is not None


async def last_edit(connection: AsyncConnection, artist_id: str) -> Row[Any] | None:
    """The newest change of the artist's persona after the first one."""
    query = (
        select(artist_changes)
        .where(artist_changes.c.artist_id == artist_id, artist_changes.c.field.in_(list(FIELDS)))
        .order_by(artist_changes.c.id.desc())
        .limit(1)
    )
    return (await connection.execute(query)).one_or_none()


async def _changed(
    connection: AsyncConnection,
    artist_id: str,
    field: str,
    before: Any,
    after: Any,
    actor: Actor,
    at: datetime,
    reason: str,
) -> None:
    await connection.execute(
        insert(artist_changes).values(
            artist_id=artist_id,
            at=at,
            field=field,
            before=before,
            after=after,
            reason=reason,
            **actors.columns(actor),
        )
    )
    await feed.record(connection, "artist", artist_id)


async def history(connection: AsyncConnection, artist_id: str, limit: int = 200) -> list[Row[Any]]:
    """The artist's changes, newest first."""
    query = (
        select(artist_changes)
        .where(artist_changes.c.artist_id == artist_id, artist_changes.c.field != _BY)
        .order_by(artist_changes.c.id.desc())
        .limit(limit)
    )
    return list(await connection.execute(query))


async def record_changes(connection: AsyncConnection, artist_id: str) -> list[Change]:
    """Every change of what decisions change of an artist, oldest first."""
    query = (
        select(artist_changes)
        .where(artist_changes.c.artist_id == artist_id, artist_changes.c.field.in_([record.STATE, record.COUNT]))
        .order_by(artist_changes.c.id)
    )
    return [
        Change(row.at, row.field, row.before, row.after, who(row.actor, row.actor_name))
        for row in await connection.execute(query)
    ]


async def count_by_state(connection: AsyncConnection) -> Mapping[str, int]:
    """How many artists are in each state."""
    return await tallies.by_state(connection, "artist")
