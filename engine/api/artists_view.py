"""Read models of artists: the roster, one artist, and how it learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import runs_view
from engine.api.models import ArtistChange, ArtistDetail, ArtistRow, LearningStep
from engine.domain.artists import ArtistState
from engine.domain.codec import load
from engine.domain.learning import Judgement, Reflection
from engine.domain.runs import ActorKind, RunState
from engine.store import artists, reviews
from engine.store.tables import artists as artists_table
from engine.store.tables import reflections, run_stages
from engine.store.tables import reviews as reviews_table
from engine.store.tables import runs as runs_table

_PEOPLE = (ActorKind.OPERATOR, ActorKind.TELEGRAM)


async def rows(
    connection: AsyncConnection, *, states: Sequence[ArtistState] | None, offset: int, limit: int
) -> list[ArtistRow]:
    """A window of the roster, in order of birth."""
    query = select(artists_table).order_by(artists_table.c.created_at, artists_table.c.id).offset(offset).limit(limit)
    if states is not None:
        query = query.where(artists_table.c.state.in_(states))
    found = list(await connection.execute(query))
    rates = await _rates(connection, [row.id for row in found])
    return [_row(row, rates.get(row.id)) for row in found]


async def _rates(connection: AsyncConnection, artist_ids: Sequence[str]) -> dict[str, float]:
    query = (
        select(runs_table.c.artist_id, reviews_table.c.decision, func.count())
        .join(runs_table, runs_table.c.id == reviews_table.c.run_id)
        .where(
            runs_table.c.artist_id.in_(artist_ids),
            reviews_table.c.decision.in_(["approve", "reject"]),
            reviews_table.c.actor.in_(_PEOPLE),
            reviews_table.c.looked,
            reviews_table.c.undone_at.is_(None),
        )
        .group_by(runs_table.c.artist_id, reviews_table.c.decision)
    )
    counts: dict[str, dict[str, int]] = {}
    for artist_id, decision, number in await connection.execute(query):
        counts.setdefault(artist_id, {})[decision] = number
    return {
        artist_id: found.get("approve", 0) / (found.get("approve", 0) + found.get("reject", 0))
        for artist_id, found in counts.items()
    }


def _row(row: Row[Any], rate: float | None) -> ArtistRow:
    return ArtistRow(
        id=row.id,
        name=row.name,
        genre=row.genre,
        state=ArtistState(row.state),
        autopilot=row.autopilot,
        last_run_at=row.last_run_at,
        approval_rate=rate,
        created_at=row.created_at,
    )


async def detail(connection: AsyncConnection, artist_id: str, now: datetime) -> ArtistDetail:
    """Everything about one artist. Raises NotFound."""
    artist = await artists.get(connection, artist_id)
    approved, rejected = await reviews.approval_counts(connection, artist_id)
    found = (await connection.execute(select(artists_table).where(artists_table.c.id == artist_id))).one()
    rate = approved / (approved + rejected) if approved + rejected else None
    return ArtistDetail(
        row=_row(found, rate),
        persona=artist.persona,
        rejections_in_a_row=artist.rejections_in_a_row,
        budget_microusd=artist.budget_microusd,
        approved=approved,
        rejected=rejected,
        history=tuple(
            ArtistChange(row.at, row.field, row.before, row.after, row.actor, row.channel, row.reason)
            for row in await artists.history(connection, artist_id)
        ),
        learning=await _learning(connection, artist_id),
        runs=tuple(await runs_view.rows(connection, now, states=None, artist_id=artist_id, offset=0, limit=50)),
    )


async def _learning(connection: AsyncConnection, artist_id: str, limit: int = 20) -> tuple[LearningStep, ...]:
    """Every version of the artist's songs, newest first: what it was told, the look back, what a person said of it."""
    query = (
        select(
            runs_table.c.id,
            runs_table.c.state,
            run_stages.c.started_at,
            run_stages.c.version,
            (run_stages.c.version == runs_table.c.version).label("newest"),
            run_stages.c.result.label("concept"),
            reflections.c.content.label("reflection"),
        )
        .join(run_stages, run_stages.c.run_id == runs_table.c.id)
        .outerjoin(
            reflections,
            and_(reflections.c.run_id == runs_table.c.id, reflections.c.version == run_stages.c.version),
        )
        .where(runs_table.c.artist_id == artist_id, run_stages.c.stage == "concept", run_stages.c.state == "done")
        .order_by(run_stages.c.started_at.desc(), run_stages.c.version.desc())
        .limit(limit)
    )
    return tuple([await _step(connection, row) for row in await connection.execute(query)])


async def _step(connection: AsyncConnection, row: Row[Any]) -> LearningStep:
    concept = row.concept["concept"]
    return LearningStep(
        run_id=row.id,
        title=concept["title"],
        at=row.started_at,
        state=RunState(row.state) if row.newest else None,
        adjustments=tuple(concept["adjustments"]),
        reflection=load(row.reflection, Reflection) if row.reflection else None,
        judgement=await _judgement(connection, row.id, concept),
    )


async def _judgement(connection: AsyncConnection, run_id: str, concept: Mapping[str, Any]) -> Judgement | None:
    """What a person said of the revision that was made from this concept, the newest word first."""
    for judgement, judged in await reviews.judgements_of_run(connection, run_id):
        if judged == concept:
            return judgement
    return None
