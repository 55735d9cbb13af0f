"""Finds runs and artists by words, in time that does not depend on how many there are.

Words of three letters and more are looked up in a trigram index (SQLite's FTS5), so any part of a name is found. A word
with a slip of the finger is found by its halves: one slip leaves one half whole. Shorter words only narrow what the
longer ones found; alone they are looked for among the newest `NEAR`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import LargeBinary, Row, Select, and_, bindparam, cast, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.letters import glob, unmarked
from engine.domain.listing import ALIKE, Wanted, alike, fits, likeness
from engine.store.tables import artists, error_groups, search_words

NEAR = 20_000
AT_HAND = 5_000
"""Rows of a short list, such as the queue for review, that are looked at themselves rather than through the index."""
_LEAST = 3
_HALVES_FROM = 6
_CANDIDATES = 1_500
_LOOKED_THROUGH = 10_000
_NAMED = 600
_NO_COLUMNS: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Hits:
    """Ids, newest first (guessed ones by likeness), at most as many as asked for.

    `more` says that there are others; `guessed` that nothing matched as written.
    """

    refs: tuple[str, ...]
    more: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """Where to look: the ids of the rows in question, and about how many there are."""

    refs: Select[tuple[str]]
    number: int


async def find(
    connection: AsyncConnection,
    kind: str,
    words: Sequence[str],
    limit: int,
    columns: Mapping[str, Sequence[str]] = _NO_COLUMNS,
    unwanted: Sequence[str] = (),
    states: Sequence[str] | None = None,
    within: Within | None = None,
) -> Hits:
    """What of this kind holds all words, in title or beside it, and in each column (`title`, `beside`) one of its own.

    What holds an unwanted word is left out, and what is in none of the `states`. Where `within` is small, or the words
    are too short for the index, its rows are looked at themselves, `AT_HAND` of them at most.

    Where nothing does, what resembles the words.
    """
    words, unwanted = [word.casefold() for word in words], [word.casefold() for word in unwanted]
    match = _match(words, columns, unwanted)
    if within is not None and (within.number <= AT_HAND or not match):
        rows = await _these(connection, kind, within.refs)
        cut = len(rows) == AT_HAND
    elif match:
        rows, cut = await _matching(connection, kind, match, limit + 1, states)
    else:
        rows = await _newest(connection, kind)
        cut = len(rows) == NEAR
    found = [row for row in rows if _fits(row, words, columns, unwanted)]
    if found or not any(len(word) > _LEAST for word in words):
        return Hits(tuple(row.ref for row in found[:limit]), more=cut or len(found) > limit)
    parts = _parts(words)
    if within is not None and within.number <= AT_HAND:
        rows = [row for row in rows if any(part in _text(row) for part in parts)][:_CANDIDATES]
    else:
        rows, cut = await _matching(connection, kind, " OR ".join(map(_quoted, parts)), _CANDIDATES, states)
    return Hits(_nearest(rows, words, limit), more=cut, guessed=True)


def _match(words: Sequence[str], columns: Mapping[str, Sequence[str]], unwanted: Sequence[str]) -> str:
    """What the index is asked for; empty where every word is too short for it."""
    terms = [_quoted(word) for word in words if len(word) >= _LEAST]
    for column, values in columns.items():
        if values and all(len(value) >= _LEAST for value in values):
            terms.append("(" + " OR ".join(f"{column} : {_quoted(value)}" for value in values) + ")")
    without = "".join(f" NOT {_quoted(word)}" for word in unwanted if len(word) >= _LEAST)
    return " AND ".join(terms) + without if terms else ""


async def errors(connection: AsyncConnection, wanted: Wanted, limit: int) -> Hits:
    """The error groups that are wanted by type, message and part, among the newest `AT_HAND`; else the like of them."""
    shown = (error_groups.c.id, error_groups.c.type, error_groups.c.message, error_groups.c.part)
    query = select(*shown).order_by(error_groups.c.last_seen.desc(), error_groups.c.id.desc()).limit(AT_HAND)
    texts = {
        row.id: {"error": row.type.rpartition(".")[2], "message": row.message, "where": row.part}
        for row in await connection.execute(query)
    }
    cut = len(texts) == AT_HAND
    found = [ref for ref, text in texts.items() if fits(wanted, text)]
    if found or not wanted.words:
        return Hits(tuple(found[:limit]), more=cut or len(found) > limit)
    parts = _parts(wanted.words)
    sharing = [ref for ref, text in texts.items() if any(part in " ".join(text.values()).casefold() for part in parts)]
    scored = [(alike(wanted, texts[ref]), ref) for ref in sharing[:_CANDIDATES]]
    near = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return Hits(tuple(ref for _, ref in near[:limit]), more=cut, guessed=True)


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
        parts = " OR ".join(_quoted(part) for word in long for part in _halves(word))
        near = await _newest_matching(connection, parts)
        scored = ((min(likeness(word, _bare(row)) for word in words), row) for row in near)
        found = [(score, row) for score, row in scored if score >= ALIKE]
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


def _fits(row: Row[Any], words: Sequence[str], columns: Mapping[str, Sequence[str]], unwanted: Sequence[str]) -> bool:
    shown = _text(row)
    return (
        all(word in shown for word in words)
        and not any(word in shown for word in unwanted)
        and all(
            any(value in getattr(row, column).casefold() for value in values)
            for column, values in columns.items()
            if values
        )
    )


async def _these(connection: AsyncConnection, kind: str, refs: Select[tuple[str]]) -> Sequence[Row[Any]]:
    """What stands in the first `AT_HAND` of these rows."""
    sought = refs.limit(AT_HAND).subquery()
    shown: Select[Any] = select(search_words.c.ref, search_words.c.title, search_words.c.beside)
    is_it = (search_words.c.kind == kind) & (search_words.c.ref == sought.c[0])
    found: Sequence[Row[Any]] = (await connection.execute(shown.select_from(sought.join(search_words, is_it)))).all()
    return found


_MATCHING = text(
    "SELECT w.ref, w.title, w.beside FROM search_index JOIN search_words w ON w.id = search_index.rowid "
    "WHERE search_index MATCH :match AND w.kind = :kind ORDER BY search_index.rowid DESC LIMIT :limit"
)
_MATCHING_IN_STATE = text(
    "SELECT w.ref, w.title, w.beside FROM "
    "(SELECT rowid AS id FROM search_index WHERE search_index MATCH :match ORDER BY rowid DESC LIMIT :through) hit "
    "JOIN search_words w ON w.id = hit.id "
    "WHERE w.kind = :kind AND w.state IN :states ORDER BY hit.id DESC LIMIT :limit"
).bindparams(bindparam("states", expanding=True))
_ANOTHER = text(
    "SELECT 1 FROM search_index WHERE search_index MATCH :match ORDER BY rowid DESC LIMIT 1 OFFSET :through"
)


async def _matching(
    connection: AsyncConnection, kind: str, match: str, limit: int, states: Sequence[str] | None
) -> tuple[Sequence[Row[Any]], bool]:
    """The newest that match, and whether there may be others: for some states, `_LOOKED_THROUGH` of all are read."""
    given = {"match": match, "kind": kind, "limit": limit}
    if states is None:
        rows = (await connection.execute(_MATCHING, given)).all()
        return rows, len(rows) == limit
    given["through"] = _LOOKED_THROUGH
    rows = (await connection.execute(_MATCHING_IN_STATE, {**given, "states": list(states)})).all()
    if len(rows) == limit:
        return rows, True
    another = await connection.execute(_ANOTHER, {"match": match, "through": _LOOKED_THROUGH})
    return rows, another.first() is not None


async def _newest(connection: AsyncConnection, kind: str) -> Sequence[Row[Any]]:
    query = text("SELECT ref, title, beside FROM search_words WHERE kind = :kind ORDER BY id DESC LIMIT :limit")
    return (await connection.execute(query, {"kind": kind, "limit": NEAR})).all()


def _nearest(rows: Sequence[Row[Any]], words: Sequence[str], limit: int) -> tuple[str, ...]:
    scored = [(min(likeness(word, _text(row)) for word in words), row.ref) for row in rows]
    near = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return tuple(ref for _, ref in near[:limit])


def _parts(words: Sequence[str]) -> list[str]:
    """Pieces of which whatever resembles a long word holds one."""
    return [part for word in words if len(word) > _LEAST for part in _halves(word)]


def _halves(word: str) -> tuple[str, ...]:
    if len(word) < _HALVES_FROM:
        return word[:_LEAST], word[-_LEAST:]
    middle = len(word) // 2
    return word[:middle], word[middle:]


def _text(row: Row[Any]) -> str:
    return f"{row.title} {row.beside}".casefold()


def _bare(row: Row[Any]) -> str:
    return unmarked(f"{row.title} {row.beside}")


def _quoted(word: str) -> str:
    """A word as FTS5 takes it literally."""
    return '"' + word.replace('"', '""') + '"'
