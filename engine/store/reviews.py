"""What reviewers are shown, what they decided, and what the artist learns from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, case, cast, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.approval import RECENT, Month, Verdict
from engine.domain.codec import dump, load
from engine.domain.edits import in_words
from engine.domain.errors import NotFound
from engine.domain.learning import Judgement, Lesson, ReasonTag, Reflection
from engine.domain.record import Ruling
from engine.domain.runs import ActorKind
from engine.store import edits, feed
from engine.store.tables import reflections, reviews, revisions, runs


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a run's work as shown; decisions and packages bind to its hash."""

    id: str
    run_id: str
    number: int
    hash: str
    content: Mapping[str, Any]
    created_at: datetime
    voided_at: datetime | None


def content_hash(content: Any) -> str:
    """SHA-256 over the canonical JSON of a revision's content, or of a part of it."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


async def add_revision(
    connection: AsyncConnection, revision_id: str, run_id: str, content: Mapping[str, Any], at: datetime
) -> str:
    """Makes the run's next revision and voids the older ones; the same content again is the same revision."""
    digest = content_hash(content)
    newest = await newest_revision(connection, run_id)
    if newest is not None and newest.hash == digest and newest.voided_at is None:
        return newest.id
    await connection.execute(
        update(revisions).where(revisions.c.run_id == run_id, revisions.c.voided_at.is_(None)).values(voided_at=at)
    )
    await connection.execute(
        insert(revisions).values(
            id=revision_id,
            run_id=run_id,
            number=(newest.number if newest else 0) + 1,
            hash=digest,
            content=dict(content),
            created_at=at,
        )
    )
    return revision_id


async def newest_revision(connection: AsyncConnection, run_id: str) -> Revision | None:
    """The revision with the highest number, also when it was voided."""
    query = select(revisions).where(revisions.c.run_id == run_id).order_by(revisions.c.number.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Revision(**row._mapping)


async def revision(connection: AsyncConnection, revision_id: str) -> Revision:
    """The revision. Raises NotFound."""
    row = (await connection.execute(select(revisions).where(revisions.c.id == revision_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no revision {revision_id!r}.")
    return Revision(**row._mapping)


async def void_revisions(connection: AsyncConnection, run_id: str, at: datetime) -> None:
    """No older button decides anything from here on."""
    await connection.execute(
        update(revisions).where(revisions.c.run_id == run_id, revisions.c.voided_at.is_(None)).values(voided_at=at)
    )


async def add_review(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Stores one decision."""
    await connection.execute(insert(reviews).values(**values))
    await feed.record(connection, "review", values["run_id"])


def reason(tags: Iterable[str], text: str) -> str:
    """A decision's reasons as one line."""
    return ", ".join([*tags, *([text] if text else [])])


async def reviews_of(connection: AsyncConnection, run_id: str) -> list[Row[Any]]:
    """The run's decisions, newest first."""
    query = select(reviews).where(reviews.c.run_id == run_id).order_by(reviews.c.decided_at.desc())
    return list(await connection.execute(query))


async def undo_review(connection: AsyncConnection, review_id: str, at: datetime) -> None:
    """Marks a decision as taken back."""
    await connection.execute(update(reviews).where(reviews.c.id == review_id).values(undone_at=at))


_JUDGING = ("approve", "reject", "new_version")
_PERSON_LOOKED = (reviews.c.actor.in_([ActorKind.OPERATOR, ActorKind.TELEGRAM]), reviews.c.looked)
_BY_PEOPLE = (*_PERSON_LOOKED, reviews.c.undone_at.is_(None))


async def judgements(connection: AsyncConnection, artist_id: str, now: datetime, limit: int = 12) -> list[Judgement]:
    """What people thought of this artist's work after looking at it, newest first; without what can still be undone."""
    query = (
        select(reviews, revisions.c.content)
        .join(runs, runs.c.id == reviews.c.run_id)
        .join(revisions, revisions.c.id == reviews.c.revision_id)
        .where(
            runs.c.artist_id == artist_id,
            reviews.c.decision.in_(_JUDGING),
            reviews.c.effective_at <= now,
            *_BY_PEOPLE,
        )
        .order_by(reviews.c.decided_at.desc())
        .limit(limit)
    )
    found = list(await connection.execute(query))
    edited = await edits.of_runs(connection, {row.run_id for row in found})
    return [_judgement(row, edited.get(row.run_id, ())) for row in found]


async def judgements_of_run(connection: AsyncConnection, run_id: str) -> list[tuple[Judgement, Mapping[str, Any]]]:
    """What people thought of this run's versions, newest first, each with the concept that was judged."""
    query = (
        select(reviews, revisions.c.content)
        .join(revisions, revisions.c.id == reviews.c.revision_id)
        .where(reviews.c.run_id == run_id, reviews.c.decision.in_(_JUDGING), *_BY_PEOPLE)
        .order_by(reviews.c.decided_at.desc())
    )
    edited = list(reversed(await edits.of_run(connection, run_id)))
    return [(_judgement(row, edited), row.content["concept"]) for row in await connection.execute(query)]


def _judgement(row: Row[Any], edited: Sequence[edits.Edit]) -> Judgement:
    concept = row.content["concept"]
    return Judgement(
        title=row.content["title"],
        approved=row.decision == "approve",
        tags=tuple(ReasonTag(tag) for tag in row.tags),
        text=row.text,
        concept_tempo_bpm=concept["tempo_bpm"],
        concept_energy=concept["energy"],
        parameters=concept["parameters"],
        edits=told(edited, row.decided_at),
    )


def told(edited: Iterable[edits.Edit], decided_at: datetime) -> tuple[str, ...]:
    """What a person changed before deciding, oldest first, as the next prompts are told it."""
    before = sorted((edit for edit in edited if edit.at <= decided_at), key=lambda edit: edit.version)
    return tuple(words for edit in before for words in in_words(edit.title, edit.lyrics))


async def rulings(connection: AsyncConnection, artist_id: str) -> list[Ruling]:
    """What people who looked decided on this artist's work, oldest first; also what they took back."""
    query = (
        select(reviews.c.decided_at, reviews.c.decision, reviews.c.undone_at)
        .join(runs, runs.c.id == reviews.c.run_id)
        .where(runs.c.artist_id == artist_id, *_PERSON_LOOKED, reviews.c.decision.in_(["approve", "reject"]))
        .order_by(reviews.c.decided_at)
    )
    found = await connection.execute(query)
    return [Ruling(row.decided_at, row.decision == "approve", row.undone_at) for row in found]


async def add_reflection(
    connection: AsyncConnection,
    reflection_id: str,
    run_id: str,
    artist_id: str,
    version: int,
    reflection: Reflection,
    at: datetime,
) -> None:
    """Stores the look back on one version of a run, once."""
    await connection.execute(
        upsert(reflections)
        .values(
            id=reflection_id,
            run_id=run_id,
            artist_id=artist_id,
            version=version,
            content=dump(reflection),
            created_at=at,
        )
        .on_conflict_do_nothing()
    )
    await feed.record(connection, "artist", artist_id)


async def lessons(connection: AsyncConnection, artist_id: str, limit: int = 5) -> list[Lesson]:
    """The artist's newest lessons, newest first."""
    return [reflection.lesson for _, reflection in await reflections_of(connection, artist_id, limit)]


async def reflections_of(connection: AsyncConnection, artist_id: str, limit: int = 20) -> list[tuple[str, Reflection]]:
    """(run id, reflection), newest first."""
    query = (
        select(reflections.c.run_id, reflections.c.content)
        .where(reflections.c.artist_id == artist_id)
        .order_by(reflections.c.created_at.desc())
        .limit(limit)
    )
    return [(row.run_id, load(row.content, Reflection)) for row in await connection.execute(query)]


async def approvals_by_month(connection: AsyncConnection, artist_id: str) -> list[Month]:
    """People's decisions on this artist's work, counted by month, oldest first; months without any are absent."""
    month = func.substr(cast(reviews.c.decided_at, String), 1, 7)
    query = (
        select(month, func.sum(case((reviews.c.decision == "approve", 1), else_=0)), func.count())
        .join(runs, runs.c.id == reviews.c.run_id)
        .where(runs.c.artist_id == artist_id, reviews.c.decision.in_(["approve", "reject"]), *_BY_PEOPLE)
        .group_by(month)
        .order_by(month)
    )
    return [Month(*row) for row in await connection.execute(query)]


async def newest_verdicts(connection: AsyncConnection, artist_id: str, limit: int = RECENT) -> list[Verdict]:
    """The newest of people's decisions on this artist's work, oldest first."""
    query = (
        select(reviews.c.decided_at, reviews.c.decision)
        .join(runs, runs.c.id == reviews.c.run_id)
        .where(runs.c.artist_id == artist_id, reviews.c.decision.in_(["approve", "reject"]), *_BY_PEOPLE)
        .order_by(reviews.c.decided_at.desc(), reviews.c.id)
        .limit(limit)
    )
    found = [Verdict(row.decided_at, row.decision == "approve") for row in await connection.execute(query)]
    return found[::-1]
