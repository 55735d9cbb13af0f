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

from sqlalchemy import LargeBinary, Row, and_, cast, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.letters import glob, unmarked
from engine.domain.listing import ALIKE, likeness
from engine.store.tables import artists

NEAR = 20_000
_LEAST = 3
_HALVES_FROM = 6
_CANDIDATES = 3_000
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


async def find(
    connection: AsyncConnection,
    kind: str,
    words: Sequence[str],
    limit: int,
    columns: Mapping[str, Sequence[str]] = _NO_COLUMNS,
    unwanted: Sequence[str] = (),
) -> Hits:
    """What of this kind holds all words, in title or beside it, and in each column (`title`, `beside`) one of its own.

    What holds an unwanted word is left out.

    Where nothing does, what resembles the words.
    """
    words, unwanted = [word.casefold() for word in words], [word.casefold() for word in unwanted]
    terms = [_quoted(word) for word in words if len(word) >= _LEAST]
    for column, values in columns.items():
        if values and all(len(value) >= _LEAST for value in values):
            terms.append("(" + " OR ".join(f"{column} : {_quoted(value)}" for value in values) + ")")
    match = " AND ".join(terms) + "".join(f" NOT {_quoted(word)}" for word in unwanted if len(word) >= _LEAST)
    rows = await _matching(connection, kind, match, limit + 1) if terms else None
    if rows is None:
        rows = await _newest(connection, kind)
    found = [row for row in rows if _fits(row, words, columns) and not any(word in _text(row) for word in unwanted)]
    if found or not words or not terms:
        return Hits(tuple(row.ref for row in found[:limit]), more=len(found) > limit or len(rows) > limit)
    return Hits(await _alike(connection, kind, words, limit), guessed=True)


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


def _fits(row: Row[Any], words: Sequence[str], columns: Mapping[str, Sequence[str]]) -> bool:
    shown = _text(row)
    return all(word in shown for word in words) and all(
        any(value in getattr(row, column).casefold() for value in values)
        for column, values in columns.items()
        if values
    )


async def _matching(connection: AsyncConnection, kind: str, match: str, limit: int) -> Sequence[Row[Any]]:
    query = text(
        "SELECT w.ref, w.title, w.beside FROM search_index JOIN search_words w ON w.id = search_index.rowid "
        "WHERE search_index MATCH :match AND w.kind = :kind ORDER BY search_index.rowid DESC LIMIT :limit"
    )
    return (await connection.execute(query, {"match": match, "kind": kind, "limit": limit})).all()


async def _newest(connection: AsyncConnection, kind: str) -> Sequence[Row[Any]]:
    query = text("SELECT ref, title, beside FROM search_words WHERE kind = :kind ORDER BY id DESC LIMIT :limit")
    return (await connection.execute(query, {"kind": kind, "limit": NEAR})).all()


async def _alike(connection: AsyncConnection, kind: str, words: Sequence[str], limit: int) -> tuple[str, ...]:
    """Rows in which every long word has a near relative, nearest first."""
    parts = [part for word in words if len(word) > _LEAST for part in _halves(word)]
    if not parts:
        return ()
    rows = await _matching(connection, kind, " OR ".join(map(_quoted, parts)), _CANDIDATES)
    scored = [(min(likeness(word, _text(row)) for word in words), row.ref) for row in rows]
    near = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return tuple(ref for _, ref in near[:limit])


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
