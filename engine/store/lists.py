"""Windows of long lists: the ids that stand at some place of an order, without reading what stands before them.

The ids come from an index alone; a place in the second half is reached from the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.artists import ArtistState
from engine.domain.listing import ArtistOrder, RunOrder, Wanted
from engine.domain.runs import RunState
from engine.store import search, tallies
from engine.store.tables import artists, runs, search_words

REACH = 2_000
"""At most so many rows hold what was searched for; then the words are to be narrowed."""

_RUN_ORDERS: dict[RunOrder, tuple[Any, ...]] = {
    RunOrder.NEWEST: (runs.c.created_at.desc(), runs.c.id.desc()),
    RunOrder.OLDEST: (runs.c.created_at, runs.c.id),
    RunOrder.TITLE: (runs.c.title, runs.c.created_at, runs.c.id),
    RunOrder.ARTIST: (artists.c.name, artists.c.id, runs.c.created_at, runs.c.id),
    RunOrder.STATE: (runs.c.state, runs.c.created_at, runs.c.id),
    RunOrder.LONGEST: (runs.c.work_s.desc(), runs.c.created_at.desc(), runs.c.id.desc()),
}
_RATE = artists.c.approved * 1.0 / func.nullif(artists.c.approved + artists.c.rejected, 0)
_ARTIST_ORDERS: dict[ArtistOrder, tuple[Any, ...]] = {
    ArtistOrder.BIRTH: (artists.c.created_at, artists.c.id),
    ArtistOrder.NAME: (artists.c.name, artists.c.id),
    ArtistOrder.STATE: (artists.c.state, artists.c.name, artists.c.id),
    ArtistOrder.GENRE: (artists.c.genre, artists.c.name, artists.c.id),
    ArtistOrder.LAST_RUN: (artists.c.last_run_at.desc(), artists.c.id.desc()),
    ArtistOrder.RATE: (_RATE.desc().nulls_last(), artists.c.name, artists.c.id),
}


@dataclass(frozen=True, slots=True)
class Ids:
    """One window of a list and how long the list is. `more` and `guessed` are those of `search.Hits`."""

    ids: tuple[str, ...]
    total: int
    more: bool = False
    guessed: bool = False


async def run_ids(
    connection: AsyncConnection,
    *,
    order: RunOrder,
    wanted: Wanted,
    states: Sequence[RunState] | None,
    artist_id: str | None,
    offset: int,
    limit: int,
) -> Ids:
    """The runs at `offset` of the list of those that are wanted."""
    columns = {"title": wanted.columns.get("song", ()), "beside": wanted.columns.get("artist", ())}
    narrowed = states is not None or artist_id is not None or _by_words(wanted, columns)
    if order is RunOrder.ARTIST and not narrowed:
        return await _window(connection, _ALL_BY_ARTIST, wanted, columns, offset, limit)
    query = select(runs.c.id)
    if order is RunOrder.ARTIST:
        query = query.join(artists, artists.c.id == runs.c.artist_id)
    if states is not None:
        query = query.where(runs.c.state.in_(states))
    if artist_id is not None:
        query = query.where(runs.c.artist_id == artist_id)
    found = _List("run", query, runs.c.id, _RUN_ORDERS[order], states, artist_id is None)
    return await _window(connection, found, wanted, columns, offset, limit)


async def artist_ids(
    connection: AsyncConnection,
    *,
    order: ArtistOrder,
    wanted: Wanted,
    states: Sequence[ArtistState] | None,
    autopilot: bool | None,
    offset: int,
    limit: int,
) -> Ids:
    """The artists at `offset` of the list of those that are wanted."""
    query = select(artists.c.id)
    if states is not None:
        query = query.where(artists.c.state.in_(states))
    if autopilot is not None:
        query = query.where(artists.c.autopilot == autopilot)
    columns = {"title": wanted.columns.get("name", ()), "beside": wanted.columns.get("genre", ())}
    found = _List("artist", query, artists.c.id, _ARTIST_ORDERS[order], states, autopilot is None)
    return await _window(connection, found, wanted, columns, offset, limit)


@dataclass(frozen=True, slots=True)
class _List:
    kind: str
    query: Select[tuple[str]]
    key: Any
    order: tuple[Any, ...]
    states: Sequence[str] | None
    tallied: bool
    """Whether states alone narrow it, so that the tallies know its length."""


_ALL_BY_ARTIST = _List(
    "run",
    select(search_words.c.ref.label("id")).where(search_words.c.kind == "run"),
    search_words.c.ref,
    (search_words.c.beside, search_words.c.id),
    states=None,
    tallied=True,
)
"""Every run by its artist's name, oldest first: the words that are searched stand in that order in one index, while
runs and artists would have to be joined up to the place that is asked for."""


def _by_words(wanted: Wanted, columns: dict[str, tuple[str, ...]]) -> bool:
    return bool(wanted.words or wanted.unwanted or any(columns.values()))


async def _window(
    connection: AsyncConnection,
    found: _List,
    wanted: Wanted,
    columns: dict[str, tuple[str, ...]],
    offset: int,
    limit: int,
) -> Ids:
    query, more, guessed = found.query, False, False
    if _by_words(wanted, columns):
        hits = await search.find(connection, found.kind, wanted.words, REACH, columns, wanted.unwanted)
        query, more, guessed = query.where(found.key.in_(hits.refs)), hits.more, hits.guessed
    narrowed = query is not found.query
    if found.tallied and not narrowed:
        counts = await tallies.by_state(connection, found.kind)
        total = sum(n for state, n in counts.items() if found.states is None or state in found.states)
    else:
        total = int((await connection.execute(select(func.count()).select_from(query.subquery()))).scalar_one())
    return Ids(await _place(connection, query, found.order, offset, limit, total), total, more, guessed)


async def _place(
    connection: AsyncConnection, query: Select[tuple[str]], order: tuple[Any, ...], offset: int, limit: int, total: int
) -> tuple[str, ...]:
    if offset <= total // 2:
        return await _ids(connection, query.order_by(*order).offset(offset).limit(limit))
    last = min(total, offset + limit)
    back = query.order_by(*map(_turned, order)).offset(total - last).limit(max(0, last - offset))
    return tuple(reversed(await _ids(connection, back)))


async def _ids(connection: AsyncConnection, query: Select[tuple[str]]) -> tuple[str, ...]:
    return tuple(str(row.id) for row in await connection.execute(query))


def _turned(column: Any) -> Any:
    """The same order, backwards."""
    from sqlalchemy.sql import operators
    from sqlalchemy.sql.elements import UnaryExpression

    if isinstance(column, UnaryExpression):
        if column.modifier is operators.nulls_last_op:
            return _turned(column.element).nulls_first()
        if column.modifier is operators.desc_op:
            return column.element.asc()
    return column.desc()
