"""Finds runs and artists by words, in time that does not depend on how many there are.

Words of three letters and more are looked up in a trigram index (SQLite's FTS5), so any part of a name is found: in the
newest `THROUGH` rows that hold them, which mostly are all of them. Shorter words only narrow what the longer ones
found; alone they are looked for among the newest `NEAR`. Artists are few enough that all of them are looked through.
Where nothing holds the words as written, words that lie a slip of the finger away are looked up in the same index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    FromClause,
    Integer,
    LargeBinary,
    Row,
    Select,
    and_,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    union,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression
from sqlalchemy.sql.operators import custom_op

from engine.domain.error_filter import ErrorScope
from engine.domain.letters import glob, unmarked
from engine.domain.listing import Wanted, fits, near
from engine.domain.slips import ALIKE, LEAST, Likeness, corrections
from engine.store.repair_tables import error_groups
from engine.store.tables import artists, search_words

THROUGH = 10_000
"""So many rows of the index are looked through: what they hold can still be put into any order."""
NEAR = 20_000
AT_HAND = 5_000
"""Rows of a short list, such as the queue for review, that are looked at themselves rather than through the index."""
REACH = 2_000
"""At most so many guessed rows are listed, and so many errors; then the words are to be narrowed."""
_LEAST = 3
_CANDIDATES = 1_500
_NAMED = 600
_HALVED_FROM = 8
"""From so many letters on, the halves of a word say more than they cost: they find many slips at once."""


@dataclass(frozen=True, slots=True)
class Hits:
    """The ids, as a query or, guessed ones by likeness, as they are; `number` is how many.

    `more` says that not all that may fit was looked at; `guessed` that nothing matched as written.
    """

    refs: Select[tuple[str]] | tuple[str, ...]
    number: int
    more: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """Where to look: the ids of the rows in question, and about how many there are."""

    refs: Select[tuple[str]]
    number: int


@dataclass(frozen=True, slots=True)
class Sought:
    """All `words` in title or beside it, none of the `unwanted` there, one of the values in either where it has some.

    Everything in small letters.
    """

    words: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @classmethod
    def of(cls, wanted: Wanted, title: str, beside: str) -> Sought:
        """What is wanted of a list whose columns are called so."""
        return cls(wanted.words, wanted.unwanted, wanted.columns.get(title, ()), wanted.columns.get(beside, ()))

    def __bool__(self) -> bool:
        return bool(self.words or self.unwanted or self.title or self.beside)

    @property
    def match(self) -> str:
        """What the index is asked for; empty where every word is too short for it."""
        terms = [_quoted(word) for word in self.words if len(word) >= _LEAST]
        for column, values in (("title", self.title), ("beside", self.beside)):
            if _indexed(values):
                terms.append("(" + " OR ".join(f"{column} : {_quoted(value)}" for value in values) + ")")
        without = "".join(f" NOT {_quoted(word)}" for word in self.unwanted if len(word) >= _LEAST)
        return " AND ".join(terms) + without if terms else ""

    @property
    def short(self) -> Sought:
        """What the index does not answer."""
        return Sought(
            tuple(word for word in self.words if len(word) < _LEAST),
            tuple(word for word in self.unwanted if len(word) < _LEAST),
            () if _indexed(self.title) else self.title,
            () if _indexed(self.beside) else self.beside,
        )

    def clauses(self, title: ColumnElement[str], beside: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """The same as conditions."""
        found = [or_(_holds(title, word), _holds(beside, word)) for word in self.words]
        found += [not_(or_(_holds(title, word), _holds(beside, word))) for word in self.unwanted]
        for column, values in ((title, self.title), (beside, self.beside)):
            if values:
                found.append(or_(*(_holds(column, value) for value in values)))
        return found


async def find(
    connection: AsyncConnection,
    kind: str,
    sought: Sought,
    states: Sequence[str] | None = None,
    within: Within | None = None,
) -> Hits:
    """What of this kind is sought, in one of the `states`; where nothing is, what resembles the words.

    Where `within` is small, or the words are too short for the index, its rows are looked at themselves, the first
    `AT_HAND` of them.
    """
    if kind == "artist":
        named_so = select(artists.c.id).where(*sought.clauses(artists.c.name, artists.c.genre))
        found = _in_states(named_so, artists, states)
        hits = Hits(found, await _count(connection, found))
        return hits if hits.number else await _guessed(connection, kind, sought, states)
    match = sought.match
    if within is not None and (within.number <= AT_HAND or not match):
        looked, most, rest = _these(kind, within), AT_HAND, sought
    elif match:
        looked, most, rest = _matching(match), THROUGH, sought.short
    else:
        looked, most, rest = _newest(kind), NEAR, sought
        within = None
    found = _rows(kind, looked.limit(most), rest, states, search_words.c.ref)
    number, more = await _count(connection, found), await _count(connection, looked.limit(most + 1)) > most
    if number:
        return Hits(found, number, more)
    if within is not None and within.number <= AT_HAND:
        return await _alike_within(connection, kind, looked.limit(most), sought)
    return await _guessed(connection, kind, sought, states)


def _in_states(query: Select[Any], table: FromClause, states: Sequence[str] | None) -> Select[Any]:
    return query if states is None else query.where(table.c.state.in_(states))


def _rows(
    kind: str, looked: Select[tuple[int]], sought: Sought, states: Sequence[str] | None, *shown: Any
) -> Select[Any]:
    """What these columns hold of the words that were looked at, where they are of this kind and what is sought."""
    hit = looked.subquery("hit")
    query = select(*shown).select_from(hit.join(search_words, search_words.c.id == hit.c.id))
    query = query.where(search_words.c.kind == kind, *sought.clauses(search_words.c.title, search_words.c.beside))
    return _in_states(query, search_words, states)


def _matching(match: str) -> Select[tuple[int]]:
    """The words that the index finds, newest first."""
    index = text("SELECT rowid AS id FROM search_index WHERE search_index MATCH :match ORDER BY rowid DESC")
    return select(index.bindparams(match=match).columns(id=Integer).subquery("matching").c.id)


def _newest(kind: str) -> Select[tuple[int]]:
    is_so = unindexed(search_words.c.kind) == kind
    return select(search_words.c.id).where(is_so).order_by(search_words.c.id.desc())


def unindexed(column: Any) -> ColumnElement[Any]:
    """The column, but no index is looked up by it: the order's own index is walked instead."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _these(kind: str, within: Within) -> Select[tuple[int]]:
    """The words of these rows, in their order."""
    sought = within.refs.limit(AT_HAND + 1).subquery()
    is_it = (search_words.c.kind == kind) & (search_words.c.ref == sought.c[0])
    return select(search_words.c.id).select_from(sought.join(search_words, is_it))


async def _count(connection: AsyncConnection, query: Select[Any]) -> int:
    return int((await connection.execute(select(func.count()).select_from(query.subquery()))).scalar_one())


# --- what resembles the words ---

_SHOWN = (search_words.c.ref, search_words.c.title, search_words.c.beside)


async def _guessed(connection: AsyncConnection, kind: str, sought: Sought, states: Sequence[str] | None) -> Hits:
    """The nearest of the newest `_CANDIDATES` that may be meant."""
    others = Sought((), sought.unwanted, sought.title, sought.beside)
    for match in await _guesses(connection, sought.words):
        if kind == "artist":
            query = _artists_near(match, others, states)
        else:
            looked = _matching(match).limit(_CANDIDATES if states is None else THROUGH)
            query = _rows(kind, looked, others, states, *_SHOWN)
        rows = (await connection.execute(query.limit(_CANDIDATES))).all()
        if refs := _nearest(rows, sought.words):
            return Hits(refs[:REACH], min(len(refs), REACH), more=len(rows) == _CANDIDATES, guessed=True)
    return Hits((), 0, guessed=True)


def _artists_near(match: str, sought: Sought, states: Sequence[str] | None) -> Select[Any]:
    """Artists whose songs or own words the index finds: with a name in many titles their own may lie out of reach."""
    songs = _rows("run", _matching(f"beside : ({match})").limit(THROUGH), Sought(), None, search_words.c.beside)
    own = _rows("artist", _matching(match).limit(THROUGH), Sought(), None, search_words.c.ref)
    shown = select(artists.c.id.label("ref"), artists.c.name.label("title"), artists.c.genre.label("beside"))
    shown = _in_states(shown.where(*sought.clauses(artists.c.name, artists.c.genre)), artists, states)
    either = union(shown.where(artists.c.name.in_(songs)), shown.where(artists.c.id.in_(own))).subquery()
    return select(either)


async def _alike_within(connection: AsyncConnection, kind: str, looked: Select[tuple[int]], sought: Sought) -> Hits:
    others = Sought((), sought.unwanted, sought.title, sought.beside)
    rows = (await connection.execute(_rows(kind, looked, others, None, *_SHOWN))).all()
    refs = _nearest(rows, sought.words)
    return Hits(refs[:REACH], min(len(refs), REACH), more=len(rows) == AT_HAND or len(refs) > REACH, guessed=True)


def _nearest(rows: Iterable[Row[Any]], words: Sequence[str]) -> tuple[str, ...]:
    return tuple(near(Wanted(tuple(words)), ((row.ref, f"{row.title} {row.beside}") for row in rows)))


async def _guesses(connection: AsyncConnection, words: Sequence[str]) -> Sequence[str]:
    """What to ask the index for, the better guess first: each word, or what it may have been meant to be.

    Where some of the words stand nowhere, the slip is in those; the others are taken as they are.
    """
    known = [word for word in words if len(word) >= _LEAST]
    nowhere = [word for word in known if not await _count(connection, _matching(_quoted(word)).limit(1))]
    slips = {word: corrections(word) for word in nowhere or known if len(word) >= LEAST}
    if not slips or len(slips) < len(nowhere):
        return ()
    kept = {word: (word,) for word in known if word not in slips}
    return (
        _either({**kept, **{word: (word, *_near(word, found)) for word, found in slips.items()}}),
        _either({**kept, **{word: (word, *_parts(word, found)) for word, found in slips.items()}}),
    )


def _either(choices: Mapping[str, Sequence[str]]) -> str:
    return " AND ".join("(" + " OR ".join(map(_quoted, ones)) + ")" for ones in choices.values())


def _near(word: str, slips: Iterable[str]) -> list[str]:
    """Every word a slip away; of a long word its halves: one of them is left whole by nearly every slip."""
    if len(word) < _HALVED_FROM:
        return [one for one in slips if len(one) >= LEAST]
    halves = _halves(word)
    return [*halves, *(one for one in slips if not any(half in one for half in halves))]


def _parts(word: str, slips: Iterable[str]) -> list[str]:
    """Its halves, also short ones; of a word too short for that what is left without one of its letters."""
    halves = [half for half in _halves(word) if len(half) >= _LEAST]
    return halves if len(halves) > 1 else [one for one in slips if len(one) == _LEAST]


def _halves(word: str) -> tuple[str, str]:
    return word[: len(word) // 2], word[len(word) // 2 :]


def in_scope(scope: ErrorScope) -> list[ColumnElement[bool]]:
    """The scope but for its words, as conditions on error groups."""
    found: list[ColumnElement[bool]] = []
    for column, values in ((error_groups.c.state, scope.states), (error_groups.c.cause, scope.causes)):
        if values is not None:
            found.append(column == values[0] if len(values) == 1 else column.in_(values))
    if scope.since is not None:
        found.append(error_groups.c.last_seen >= scope.since)
    return found


async def errors(connection: AsyncConnection, scope: ErrorScope) -> Hits:
    """The error groups in scope that are wanted by type, message and part, among the newest `AT_HAND` of them; else
    the like of them."""
    wanted = scope.words
    shown = (error_groups.c.id, error_groups.c.type, error_groups.c.message, error_groups.c.part)
    query = select(*shown).where(*in_scope(scope))
    query = query.order_by(error_groups.c.last_seen.desc(), error_groups.c.id.desc()).limit(AT_HAND)
    texts = {
        row.id: {"error": row.type.rpartition(".")[2], "message": row.message, "where": row.part}
        for row in await connection.execute(query)
    }
    found, guessed = [ref for ref, shown in texts.items() if fits(wanted, shown)], False
    if not found and wanted.words:
        found, guessed = near(wanted, ((ref, " ".join(shown.values())) for ref, shown in texts.items())), True
    cut = len(texts) == AT_HAND or len(found) > REACH
    return Hits(tuple(found[:REACH]), min(len(found), REACH), more=cut, guessed=guessed)


@dataclass(frozen=True, slots=True)
class Named:
    """A run or an artist (`kind`) by its name, and what stands beside it: the run's artist, the artist's genre."""

    kind: str
    ref: str
    title: str
    beside: str


async def named(connection: AsyncConnection, words: Sequence[str], limit: int) -> tuple[Named, ...]:
    """Runs and artists that hold all words, else what resembles them; those named so before those that stand beside.

    Looks at the newest `_NAMED` that may be meant and no further, and through the names of all artists in their index.
    Words below three letters only narrow what longer ones found; alone they find nothing.
    """
    typed = [word.casefold() for word in words]
    words = [unmarked(word) for word in words]
    long = [word for word in typed if len(word) >= _LEAST]
    if not long:
        return ()
    # Artists apart: they are older than their songs, all of which have the name beside their own. And whoever types
    # their names need not know how to type their accents.
    called = await _artists_called(connection, words)
    newest = await _newest_matching(connection, " AND ".join(map(_quoted, long)))
    rows = {(row.kind, row.ref): row for row in (*called, *newest)}.values()
    found = [(1.0, row) for row in rows if all(word in _bare(row) for word in words)]
    if not found:
        likeness = Likeness(words)
        for match in await _guesses(connection, long):
            near_by = await _newest_matching(connection, match)
            scored = ((likeness.of(_bare(row)), row) for row in near_by)
            if found := [(score, row) for score, row in scored if score >= ALIKE]:
                break
    title_hits = {row.ref: sum(word in unmarked(row.title) for word in words) for _, row in found}
    found.sort(key=lambda pair: (-pair[0], -title_hits[pair[1].ref], pair[1].kind, len(pair[1].title)))
    return tuple(Named(row.kind, row.ref, row.title, row.beside) for _, row in found[:limit])


async def _artists_called(connection: AsyncConnection, words: Sequence[str]) -> Sequence[Row[Any]]:
    name = artists.c.name
    # A pattern with every mark takes ten times as long, so it is kept for names that have letters beyond ASCII.
    marked = func.length(cast(name, LargeBinary)) > func.length(name)
    called = and_(
        *(or_(name.contains(word, autoescape=True), and_(marked, name.op("GLOB")(glob(word)))) for word in words)
    )
    ids = select(artists.c.id).where(called).order_by(artists.c.name, artists.c.id).limit(_NAMED)
    shown = (artists.c.id.label("ref"), artists.c.name.label("title"), artists.c.genre.label("beside"))
    query = select(literal("artist").label("kind"), *shown).where(artists.c.id.in_(ids.scalar_subquery()))
    return (await connection.execute(query)).all()


async def _newest_matching(connection: AsyncConnection, match: str) -> Sequence[Row[Any]]:
    query = text(
        "SELECT w.kind, w.ref, w.title, w.beside FROM "
        "(SELECT rowid AS id FROM search_index WHERE search_index MATCH :match ORDER BY rowid DESC LIMIT :limit) hit "
        "JOIN search_words w ON w.id = hit.id ORDER BY w.id DESC"
    )
    return (await connection.execute(query, {"match": match, "limit": _NAMED})).all()


def _indexed(values: Sequence[str]) -> bool:
    return bool(values) and all(len(value) >= _LEAST for value in values)


def _holds(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether a text holds a word: LIKE knows small and large letters in ASCII alone."""
    return column.contains(word, autoescape=True) if word.isascii() else column.op("GLOB")(glob(word))


def _bare(row: Row[Any]) -> str:
    return unmarked(f"{row.title} {row.beside}")


def _quoted(word: str) -> str:
    """A word as FTS5 takes it literally."""
    return '"' + word.replace('"', '""') + '"'
