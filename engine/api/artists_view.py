"""Read models of artists: the roster, one artist, and how it learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import runs_view
from engine.api.models import ArtistChange, ArtistDetail, ArtistRow, LearningStep, Rows
from engine.domain.approval import Curve, curve
from engine.domain.artists import ArtistState
from engine.domain.codec import load
from engine.domain.learning import Judgement, Reflection
from engine.domain.listing import ArtistOrder, Wanted
from engine.domain.runs import RunState
from engine.store import artists, lists, reviews
from engine.store.tables import artists as artists_table
from engine.store.tables import reflections, run_stages
from engine.store.tables import runs as runs_table


async def rows(
    connection: AsyncConnection,
    *,
    order: ArtistOrder = ArtistOrder.BIRTH,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    states: Sequence[ArtistState] | None = None,
    autopilot: bool | None = None,
    turned: bool = False,
    offset: int = 0,
    limit: int = 200,
) -> Rows[ArtistRow]:
    """A window of the roster."""
    ids = await lists.artist_ids(
        connection,
        order=order,
        wanted=wanted,
        states=states,
        autopilot=autopilot,
        turned=turned,
        offset=offset,
        limit=limit,
    )
    query = select(artists_table).where(artists_table.c.id.in_(ids.ids))
    found = {row.id: row for row in await connection.execute(query)}
    return Rows(tuple(_row(found[artist_id]) for artist_id in ids.ids), ids.total, ids.more, ids.guessed)


def _row(row: Row[Any]) -> ArtistRow:
    judged = row.approved + row.rejected
    return ArtistRow(
        id=row.id,
        name=row.name,
        genre=row.genre,
        state=ArtistState(row.state),
        autopilot=row.autopilot,
        last_run_at=row.last_run_at,
        approval_rate=row.approved / judged if judged else None,
        created_at=row.created_at,
    )


async def detail(connection: AsyncConnection, artist_id: str, now: datetime) -> ArtistDetail:
    """Everything about one artist. Raises NotFound."""
    artist = await artists.get(connection, artist_id)
    found = (await connection.execute(select(artists_table).where(artists_table.c.id == artist_id))).one()
    return ArtistDetail(
        row=_row(found),
        persona=artist.persona,
        rejections_in_a_row=artist.rejections_in_a_row,
        budget_microusd=artist.budget_microusd,
        approved=found.approved,
        rejected=found.rejected,
        history=tuple(_change(row) for row in await artists.history(connection, artist_id)),
        learning=await _learning(connection, artist_id),
        runs=(await runs_view.rows(connection, now, artist_id=artist_id, limit=50)).rows,
        approval=await _approval(connection, artist_id),
    )


async def _approval(connection: AsyncConnection, artist_id: str) -> Curve:
    months = await reviews.approvals_by_month(connection, artist_id)
    return curve(months, await reviews.newest_verdicts(connection, artist_id))


def _change(row: Row[Any]) -> ArtistChange:
    return ArtistChange(row.at, row.field, row.before, row.after, row.actor, row.channel, row.reason, row.actor_name)


async def last_edit(connection: AsyncConnection, artist_id: str) -> ArtistChange | None:
    """Who changed the persona last."""
    row = await artists.last_edit(connection, artist_id)
    return None if row is None else _change(row)


async def _learning(connection: AsyncConnection, artist_id: str, limit: int = 20) -> tuple[LearningStep, ...]:
    """Every version of the artist's songs, newest first: what it was told, the look back, what a person said of it."""
    concepts = run_stages.c.stage == "concept", run_stages.c.state == "done", run_stages.c.kept_from.is_(None)
    present = run_stages.alias()  # the concept that the run's version goes by; an edited one keeps an earlier one's
    is_present = present.c.run_id == runs_table.c.id, present.c.version == runs_table.c.version
    query = (
        select(
            runs_table.c.id,
            runs_table.c.state,
            runs_table.c.title,
            run_stages.c.started_at,
            run_stages.c.version,
            (run_stages.c.version == func.coalesce(present.c.kept_from, runs_table.c.version)).label("newest"),
            present.c.kept_from.is_not(None).label("edited"),
            run_stages.c.result.label("concept"),
            reflections.c.content.label("reflection"),
        )
        .join(run_stages, run_stages.c.run_id == runs_table.c.id)
        .outerjoin(present, and_(*is_present, present.c.stage == "concept"))
        .outerjoin(
            reflections,
            and_(reflections.c.run_id == runs_table.c.id, reflections.c.version == run_stages.c.version),
        )
        .where(runs_table.c.artist_id == artist_id, *concepts)
        .order_by(run_stages.c.started_at.desc(), run_stages.c.version.desc())
        .limit(limit)
    )
    return tuple([await _step(connection, row) for row in await connection.execute(query)])


async def _step(connection: AsyncConnection, row: Row[Any]) -> LearningStep:
    concept = row.concept["concept"]
    return LearningStep(
        run_id=row.id,
        title=row.title if row.newest and row.edited else concept["title"],
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
