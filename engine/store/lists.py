"""Windows of long lists: the ids that stand at some place of an order, without reading what stands before them.

The ids come from an index alone; a place in the second half is reached from the end. A list that is narrowed by a state
is either short, and then its rows are looked up and put in order, or it is a good part of the whole, and then the index
of the order is walked: it holds the state, so that rows that are left out cost little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal_column, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from engine.domain.artists import ArtistState
from engine.domain.error_filter import ErrorScope
from engine.domain.listing import ApprovalOrder, ArtistOrder, ErrorOrder, ReleaseOrder, RunOrder, Wanted
from engine.domain.runs import RunState
from engine.store import search, tallies
from engine.store.repair_tables import error_groups
from engine.store.search import Sought, unindexed
from engine.store.tables import artists, releases, runs, search_words

REACH = 2_000
"""So many rows in some states are looked up and put in order; more of them, and the order's index is walked."""

_Order = tuple[tuple[Any, bool], ...]
"""Columns, and whether their greatest comes first."""


def _rising(*columns: Any) -> _Order:
    return tuple((column, False) for column in columns)


def _falling(*columns: Any) -> _Order:
    return tuple((column, True) for column in columns)


_RUN_ORDERS: Mapping[RunOrder, _Order] = {
    RunOrder.NEWEST: _falling(runs.c.created_at, runs.c.id),
    RunOrder.OLDEST: _rising(runs.c.created_at, runs.c.id),
    RunOrder.TITLE: _rising(runs.c.title, runs.c.created_at, runs.c.id),
    RunOrder.STATE: _rising(runs.c.state, runs.c.created_at, runs.c.id),
    RunOrder.LONGEST: _falling(runs.c.work_s, runs.c.created_at, runs.c.id),
}
_ARTIST_ORDERS: Mapping[ArtistOrder, _Order] = {
    ArtistOrder.BIRTH: _rising(artists.c.created_at, artists.c.id),
    ArtistOrder.NAME: _rising(artists.c.name, artists.c.id),
    ArtistOrder.STATE: _rising(artists.c.state, artists.c.name, artists.c.id),
    ArtistOrder.GENRE: _rising(artists.c.genre, artists.c.name, artists.c.id),
    ArtistOrder.LAST_RUN: _falling(artists.c.last_run_at, artists.c.id),
    ArtistOrder.RATE: _rising(artists.c.rate_order, artists.c.name, artists.c.id),
}
_RELEASE_ORDERS: Mapping[ReleaseOrder, _Order] = {
    ReleaseOrder.NEWEST: _falling(releases.c.created_at, releases.c.id),
    ReleaseOrder.TITLE: _rising(releases.c.title, releases.c.created_at, releases.c.id),
    ReleaseOrder.ARTIST: _rising(releases.c.artist_name, releases.c.created_at, releases.c.id),
}
_ERROR_ORDERS: Mapping[ErrorOrder, _Order] = {
    ErrorOrder.NEWEST: _falling(error_groups.c.last_seen, error_groups.c.id),
    ErrorOrder.COUNT: _falling(error_groups.c.count, error_groups.c.last_seen, error_groups.c.id),
    ErrorOrder.STATE: _falling(error_groups.c.state, error_groups.c.last_seen, error_groups.c.id),
    ErrorOrder.CLASS: _falling(error_groups.c.cause, error_groups.c.last_seen, error_groups.c.id),
    ErrorOrder.TYPE: (
        *_rising(error_groups.c.type),
        *_falling(error_groups.c.last_seen, error_groups.c.id),
    ),
    ErrorOrder.PART: (
        *_rising(error_groups.c.part),
        *_falling(error_groups.c.last_seen, error_groups.c.id),
    ),
}
_BY_ARTIST = _rising(search_words.c.beside, search_words.c.id)
"""Runs by their artist's name, oldest first: the words that are searched stand in that order in one index, while runs
and artists would have to be joined up to the place that is asked for."""


@dataclass(frozen=True, slots=True)
class Ids:
    """One window of a list and how long the list is. `more` and `guessed` are those of `search.Hits`."""

    ids: tuple[str, ...]
    total: int
    more: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    """What is listed: `key` of the rows that `where` lets through and whose `state` is one of `states`, in this order.

    `kind` is what tallies and searched words call the rows.
    """

    kind: str
    key: Any
    order: _Order
    state: Any
    states: Sequence[str] | None
    sorted_in: bool = False
    """Whether an index has each state in this order."""
    where: tuple[ColumnElement[bool], ...] = ()
    counted: bool = True
    """Whether `where` leaves out nothing that the tallies count."""
    within: search.Within | None = None


async def run_ids(
    connection: AsyncConnection,
    *,
    order: RunOrder,
    wanted: Wanted,
    states: Sequence[RunState] | None,
    artist_id: str | None,
    offset: int,
    limit: int,
    turned: bool = False,
) -> Ids:
    """The runs at `offset` of the list of those that are wanted."""
    within = None
    if artist_id is not None:
        newest = select(runs.c.id).where(runs.c.artist_id == artist_id).order_by(runs.c.created_at.desc())
        within = search.Within(newest, 0)
    if order is RunOrder.ARTIST and artist_id is None:
        is_run = search_words.c.kind == "run"
        found = _List("run", search_words.c.ref, _BY_ARTIST, search_words.c.state, states, where=(is_run,))
    else:
        columns = _RUN_ORDERS[RunOrder.OLDEST if order is RunOrder.ARTIST else order]
        own = () if artist_id is None else (runs.c.artist_id == artist_id,)
        in_state = order in (RunOrder.NEWEST, RunOrder.OLDEST, RunOrder.STATE)
        found = _List("run", runs.c.id, columns, runs.c.state, states, in_state, own, not own, within)
    return await _window(connection, found, Sought.of(wanted, "song", "artist"), offset, limit, turned)


async def artist_ids(
    connection: AsyncConnection,
    *,
    order: ArtistOrder,
    wanted: Wanted,
    states: Sequence[ArtistState] | None,
    autopilot: bool | None,
    offset: int,
    limit: int,
    turned: bool = False,
) -> Ids:
    """The artists at `offset` of the list of those that are wanted."""
    where = () if autopilot is None else (unindexed(artists.c.autopilot) == autopilot,)
    in_state = order in (ArtistOrder.NAME, ArtistOrder.STATE)
    columns = _ARTIST_ORDERS[order]
    found = _List("artist", artists.c.id, columns, artists.c.state, states, in_state, where, counted=not where)
    return await _window(connection, found, Sought.of(wanted, "name", "genre"), offset, limit, turned)


_WAITING = literal_column("runs.state") == literal_column(f"'{RunState.AWAITING_REVIEW}'")
"""As text: SQLite takes the index of those that wait only for a state that stands in the query."""


async def approval_ids(
    connection: AsyncConnection, *, order: ApprovalOrder, wanted: Wanted, offset: int, limit: int, turned: bool = False
) -> Ids:
    """The runs at `offset` of the queue for review, of those that are wanted."""
    states = [RunState.AWAITING_REVIEW]
    if order is not ApprovalOrder.WAITING:
        by = RunOrder.TITLE if order is ApprovalOrder.TITLE else RunOrder.ARTIST
        return await run_ids(
            connection,
            order=by,
            wanted=wanted,
            states=states,
            artist_id=None,
            offset=offset,
            limit=limit,
            turned=turned,
        )
    longest_first = _rising(runs.c.waiting_since, runs.c.id)
    waiting = (await tallies.by_state(connection, "run")).get(RunState.AWAITING_REVIEW, 0)
    within = search.Within(select(runs.c.id).where(_WAITING).order_by(runs.c.waiting_since), waiting)
    found = _List("run", runs.c.id, longest_first, None, states, where=(_WAITING,), within=within)
    return await _window(connection, found, Sought.of(wanted, "song", "artist"), offset, limit, turned)


async def waiting_before(connection: AsyncConnection, run_id: str, since: datetime) -> int:
    """How many wait longer for review than this run."""
    longer = tuple_(runs.c.waiting_since, runs.c.id) < tuple_(since, run_id)
    return await _count(connection, select(runs.c.id).where(_WAITING, longer))


async def release_ids(
    connection: AsyncConnection, *, order: ReleaseOrder, wanted: Wanted, offset: int, limit: int, turned: bool = False
) -> Ids:
    """The releases at `offset` of the list of those that are wanted; words are those of their runs."""
    query, more, guessed = select(releases.c.id), False, False
    if sought := Sought.of(wanted, "song", "artist"):
        hits = await search.find(connection, "run", sought)
        query, more, guessed = query.where(releases.c.run_id.in_(hits.refs)), hits.more, hits.guessed
        total = await _count(connection, query)
    else:
        total = sum((await tallies.by_state(connection, "release")).values())
    return Ids(
        await _place(connection, query, _RELEASE_ORDERS[order], offset, limit, total, turned), total, more, guessed
    )


async def error_ids(
    connection: AsyncConnection, *, order: ErrorOrder, scope: ErrorScope, offset: int, limit: int, turned: bool = False
) -> Ids:
    """The error groups at `offset` of the list of those in scope; its words are sought in the newest of them."""
    query, more, guessed = select(error_groups.c.id).where(*search.in_scope(scope)), False, False
    if scope.words:
        hits = await search.errors(connection, scope)
        query, more, guessed = query.where(error_groups.c.id.in_(hits.refs)), hits.more, hits.guessed
        total = hits.number
    else:
        total = await _count(connection, query)
    return Ids(
        await _place(connection, query, _ERROR_ORDERS[order], offset, limit, total, turned), total, more, guessed
    )


async def _window(
    connection: AsyncConnection,
    found: _List,
    sought: Sought,
    offset: int,
    limit: int,
    turned: bool,
) -> Ids:
    query, more, guessed = select(found.key).where(true(), *found.where), False, False
    counts = await tallies.by_state(connection, found.kind)
    in_states = sum(number for state, number in counts.items() if found.states is None or state in found.states)
    if sought:
        within = found.within
        if within is None and found.states is not None:
            within = search.Within(_of_states(found), in_states)
        hits = await search.find(connection, found.kind, sought, found.states, within)
        more, guessed = hits.more, hits.guessed
        # Names are found in no order, so the order's index is walked for those that hold the words.
        key = unindexed(found.key) if found.kind == "artist" and not guessed else found.key
        query = query.where(key.in_(hits.refs))
        total = hits.number if found.counted else await _count(connection, query)
    else:
        if found.states is not None and found.state is not None:
            query = query.where(await _narrowed(connection, found, in_states))
        total = in_states if found.counted else await _count(connection, query)
    return Ids(await _place(connection, query, found.order, offset, limit, total, turned), total, more, guessed)


async def _narrowed(connection: AsyncConnection, found: _List, number: int) -> ColumnElement[bool]:
    """The clause that leaves `number` rows of some states."""
    assert found.states is not None
    if found.sorted_in and (len(found.states) == 1 or found.order[0][0] is found.state):
        return found.state.in_(found.states)  # type: ignore[no-any-return]
    if number <= REACH:
        return found.key.in_(await _ids(connection, _of_states(found).limit(REACH)))  # type: ignore[no-any-return]
    return unindexed(found.state).in_(found.states)


def _of_states(found: _List) -> Select[tuple[str]]:
    """The keys of a run list or a roster in some states, newest first."""
    table = runs if found.kind == "run" else artists
    return select(table.c.id).where(table.c.state.in_(found.states or ())).order_by(table.c.created_at.desc())


async def _count(connection: AsyncConnection, query: Select[tuple[str]]) -> int:
    return int((await connection.execute(select(func.count()).select_from(query.subquery()))).scalar_one())


async def _place(
    connection: AsyncConnection,
    query: Select[tuple[str]],
    order: _Order,
    offset: int,
    limit: int,
    total: int,
    turned: bool,
) -> tuple[str, ...]:
    if offset >= total:
        return ()
    if offset <= total // 2:
        return await _ids(connection, query.order_by(*_ordered(order, turned=turned)).offset(offset).limit(limit))
    last = min(total, offset + limit)
    back = query.order_by(*_ordered(order, turned=not turned)).offset(total - last).limit(last - offset)
    return tuple(reversed(await _ids(connection, back)))


def _ordered(order: _Order, *, turned: bool) -> list[Any]:
    return [column.desc() if falling is not turned else column.asc() for column, falling in order]


async def _ids(connection: AsyncConnection, query: Select[tuple[str]]) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in await connection.execute(query))
