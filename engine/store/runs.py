"""Runs as rows: creation, transitions, stages, artefacts. Every transition is one conditional update and one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, exists, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.codec import load
from engine.domain.errors import NotAllowed, NotFound
from engine.domain.runs import Actor, RunState, Stage, check_transition
from engine.domain.song import Catalogue, Lyrics
from engine.store import actors, feed
from engine.store.tables import artefacts, artists, run_stages, run_transitions, runs
from engine.store.version_tables import edits

CATALOGUE_TITLES = 2_000
CATALOGUE_SONGS = 300
"""How far back a new song looks for what has been sung."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run failed, for a person."""

    cause: str
    fix: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One run as stored. `length_s` in seconds, money in micro-dollars."""

    id: str
    artist_id: str
    state: RunState
    stage: Stage | None
    progress: float
    title: str
    seed: int
    length_s: float
    parameters: Mapping[str, str]
    version: int
    attempt: int
    notes: str
    waiting_reason: str
    failure: Failure | None
    cost_microusd: int
    origin: str
    parent_id: str | None
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    effective_at: datetime | None
    held_by: str
    """The cap that it waits at, or `pause`; empty while nothing holds it."""
    held_until: datetime | None


def _run(row: Row[Any]) -> Run:
    values = dict(row._mapping)
    del values["work_s"]  # for the order of lists alone
    values["state"] = RunState(values["state"])
    values["stage"] = Stage(values["stage"]) if values["stage"] else None
    values["failure"] = Failure(**values["failure"]) if values["failure"] else None
    return Run(**values)


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run starts from."""

    id: str
    artist_id: str
    seed: int
    length_s: float
    parameters: Mapping[str, str]
    origin: str
    parent_id: str | None = None


async def add(connection: AsyncConnection, new: NewRun, actor: Actor, at: datetime) -> None:
    """Stores a queued run once: a second call with the same id does nothing."""
    statement = upsert(runs).values(
        id=new.id,
        artist_id=new.artist_id,
        state=RunState.QUEUED,
        seed=new.seed,
        length_s=new.length_s,
        parameters=dict(new.parameters),
        origin=new.origin,
        parent_id=new.parent_id,
        created_at=at,
        updated_at=at,
    )
    if not (await connection.execute(statement.on_conflict_do_nothing())).rowcount:
        return
    await connection.execute(update(artists).where(artists.c.id == new.artist_id).values(last_run_at=at))
    run = await get(connection, new.id)
    await _transition_row(connection, run, None, actor, at, new.origin)
    await feed.record(connection, "run", new.id)
    await feed.record(connection, "artist", new.artist_id)


async def get(connection: AsyncConnection, run_id: str) -> Run:
    """The run. Raises NotFound."""
    row = (await connection.execute(select(runs).where(runs.c.id == run_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id!r}.", fix="See `noktvrn runs list`.")
    return _run(row)


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Run]:
    """Queued runs that may begin, oldest first.

    A song waits while a decision on one of its artist's songs, or on itself, can still be undone: it is told of that.
    """
    judged = runs.alias("judged")
    open_to_undo = exists().where(judged.c.artist_id == runs.c.artist_id, judged.c.effective_at > now)
    query = (
        select(runs)
        .where(runs.c.state == RunState.QUEUED, ~open_to_undo)
        .order_by(runs.c.created_at, runs.c.id)
        .limit(limit)
    )
    return [_run(row) for row in await connection.execute(query)]


async def in_states(connection: AsyncConnection, states: Sequence[RunState], limit: int = 1000) -> list[Run]:
    """Runs in these states, oldest first."""
    query = select(runs).where(runs.c.state.in_(states)).order_by(runs.c.created_at, runs.c.id).limit(limit)
    return [_run(row) for row in await connection.execute(query)]


@dataclass(frozen=True, slots=True)
class AtWork:
    """What the dispatcher needs to know of a run whose workflow goes on: it looks often, and there may be hundreds."""

    id: str
    version: int
    attempt: int


async def at_work(connection: AsyncConnection) -> list[AtWork]:
    """Generating runs that no cap holds, oldest first."""
    columns = (runs.c.id, runs.c.version, runs.c.attempt)
    query = select(*columns).where(runs.c.state == RunState.GENERATING, runs.c.held_by == "")
    rows = await connection.execute(query.order_by(runs.c.created_at, runs.c.id))
    return [AtWork(row.id, row.version, row.attempt) for row in rows]


async def generating(connection: AsyncConnection) -> frozenset[tuple[str, int]]:
    """Id and version of every run that is being made, held or not."""
    rows = await connection.execute(select(runs.c.id, runs.c.version).where(runs.c.state == RunState.GENERATING))
    return frozenset((row.id, row.version) for row in rows)


async def held(connection: AsyncConnection) -> list[Run]:
    """Generating runs that a cap holds, oldest first."""
    query = select(runs).where(runs.c.state == RunState.GENERATING, runs.c.held_by != "")
    return [_run(row) for row in await connection.execute(query.order_by(runs.c.created_at, runs.c.id))]


async def count(connection: AsyncConnection, states: Sequence[RunState]) -> int:
    """How many runs are in these states."""
    query = select(func.count()).select_from(runs).where(runs.c.state.in_(states))
    return int((await connection.execute(query)).scalar_one())


async def count_at_work(connection: AsyncConnection, states: Sequence[RunState]) -> int:
    """How many runs in these states are not held at a cap."""
    query = select(func.count()).select_from(runs).where(runs.c.state.in_(states), runs.c.held_by == "")
    return int((await connection.execute(query)).scalar_one())


async def count_of_artist(connection: AsyncConnection, artist_id: str, states: Sequence[RunState]) -> int:
    """How many of the artist's runs are in these states."""
    query = select(func.count()).select_from(runs).where(runs.c.artist_id == artist_id, runs.c.state.in_(states))
    return int((await connection.execute(query)).scalar_one())


async def failures_in_a_row(connection: AsyncConnection, limit: int) -> int:
    """How many of the newest runs that came to an end or to review failed, counted back to the last that did not. One
    whose delivery failed was made well."""
    query = (
        select(runs.c.state, runs.c.stage)
        .where(runs.c.state.not_in([RunState.QUEUED, RunState.GENERATING, RunState.CANCELLED]))
        .order_by(runs.c.updated_at.desc())
        .limit(limit)
    )
    rows = await connection.execute(query)
    failed = [row.state == RunState.FAILED and row.stage != Stage.DELIVERY for row in rows]
    return next((index for index, each in enumerate(failed) if not each), len(failed))


async def move(
    connection: AsyncConnection,
    run: Run,
    after: RunState,
    actor: Actor,
    at: datetime,
    reason: str = "",
    *,
    undoing: bool = False,
    **columns: Any,
) -> Run:
    """Takes one step, if the run is still in the state and version that the caller saw; returns it as it is now.

    Raises NotAllowed where the state machine forbids the step or somebody was faster; `undoing` a decision has steps
    of its own there.
    """
    check_transition(run.id, run.state, after, actor, undoing=undoing)
    # As the row is held now, whatever the caller saw.
    no_more_held = case((runs.c.held_by != "", ""), else_=runs.c.waiting_reason)
    columns = {"waiting_reason": no_more_held, **columns}
    statement = (
        update(runs)
        .where(runs.c.id == run.id, runs.c.state == run.state, runs.c.version == run.version)
        .values(state=after, updated_at=at, held_by="", held_until=None, **columns)
        .returning(*runs.c)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        now = await get(connection, run.id)
        raise NotAllowed(f"Run {run.id} is no longer {run.state}: it is {now.state}.")
    moved = _run(row)
    await _transition_row(connection, moved, run.state, actor, at, reason)
    await feed.record(connection, "run", run.id)
    return moved


async def _transition_row(
    connection: AsyncConnection, run: Run, before: RunState | None, actor: Actor, at: datetime, reason: str
) -> None:
    """`run` is as the step left it."""
    await connection.execute(
        insert(run_transitions).values(
            run_id=run.id,
            at=at,
            before=before,
            after=run.state,
            reason=reason,
            version=run.version,
            attempt=run.attempt,
            stage=run.stage if run.state is RunState.FAILED else None,
            **actors.columns(actor),
        )
    )


async def set_columns(connection: AsyncConnection, run_id: str, **columns: Any) -> None:
    """Changes columns that are not the state."""
    await connection.execute(update(runs).where(runs.c.id == run_id).values(**columns))
    await feed.record(connection, "run", run_id)


async def open_runs_by_artist(connection: AsyncConnection) -> dict[str, int]:
    """How many queued or generating runs each artist has."""
    query = (
        select(runs.c.artist_id, func.count())
        .where(runs.c.state.in_([RunState.QUEUED, RunState.GENERATING]))
        .group_by(runs.c.artist_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def titles_of_artist(connection: AsyncConnection, artist_id: str, *, but: str) -> list[str]:
    """Titles of the artist's other runs, also those that a person replaced."""
    own = (runs.c.artist_id == artist_id, runs.c.id != but)
    query = select(runs.c.title).where(*own, runs.c.title != "")
    replaced = select(edits.c.title_before).join(runs, runs.c.id == edits.c.run_id)
    replaced = replaced.where(*own, edits.c.title_before.is_not(None))
    return [row[0] for row in await connection.execute(query.union(replaced))]


async def catalogue(connection: AsyncConnection, artist_id: str, *, but: Run) -> Catalogue:
    """What the label has sung: all titles of the artist, and the newest titles and lyrics of everybody.

    Left out is what the version `but` has made itself: made again it comes out the same. An earlier version's words
    count as sung.
    """
    everybody = select(runs.c.title).where(runs.c.id != but.id, runs.c.title != "").order_by(runs.c.created_at.desc())
    newest = [row.title for row in await connection.execute(everybody.limit(CATALOGUE_TITLES))]
    own = await titles_of_artist(connection, artist_id, but=but.id)
    words = (
        select(run_stages.c.result)
        .where(
            run_stages.c.stage == Stage.LYRICS,
            run_stages.c.state == "done",
            or_(run_stages.c.run_id != but.id, run_stages.c.version != but.version),
        )
        .order_by(run_stages.c.finished_at.desc())
        .limit(CATALOGUE_SONGS)
    )
    songs = [load(row.result["lyrics"], Lyrics) for row in await connection.execute(words)]
    return Catalogue(tuple(dict.fromkeys((*newest, *own))), tuple(songs))


async def songs(connection: AsyncConnection, *, but: str) -> list[tuple[str, Lyrics]]:
    """The newest lyrics of the label's other runs, by title."""
    query = (
        select(runs.c.title, run_stages.c.result)
        .join(runs, runs.c.id == run_stages.c.run_id)
        .where(run_stages.c.stage == Stage.LYRICS, run_stages.c.state == "done", run_stages.c.run_id != but)
        .order_by(run_stages.c.finished_at.desc())
        .limit(CATALOGUE_SONGS)
    )
    return [(row.title, load(row.result["lyrics"], Lyrics)) for row in await connection.execute(query)]


async def transitions(connection: AsyncConnection, run_id: str) -> list[Row[Any]]:
    """Every step of the run, oldest first."""
    query = select(run_transitions).where(run_transitions.c.run_id == run_id).order_by(run_transitions.c.id)
    return list(await connection.execute(query))


# --- stages ---------------------------------------------------------------------------------------------------------


async def stage_result(connection: AsyncConnection, run: Run, stage: Stage) -> dict[str, Any] | None:
    """What the stage left behind for the run's version, None unless it is done."""
    query = select(run_stages.c.result).where(
        run_stages.c.run_id == run.id,
        run_stages.c.version == run.version,
        run_stages.c.stage == stage,
        run_stages.c.state == "done",
    )
    result: dict[str, Any] | None = (await connection.execute(query)).scalar_one_or_none()
    return result


async def stage_rows(connection: AsyncConnection, run_id: str, version: int | None = None) -> list[Row[Any]]:
    """The stage rows of one version, or of all, in the order in which they began."""
    query = select(run_stages).where(run_stages.c.run_id == run_id).order_by(run_stages.c.started_at)
    if version is not None:
        query = query.where(run_stages.c.version == version)
    return list(await connection.execute(query))


async def stage_starts(connection: AsyncConnection, run: Run, stage: Stage, at: datetime) -> None:
    """Marks the stage as running; counts how often it began."""
    fresh = {"state": "running", "progress": 0.0, "note": "", "started_at": at, "finished_at": None}
    await connection.execute(
        upsert(run_stages)
        .values(run_id=run.id, version=run.version, stage=stage, starts=1, **fresh)
        .on_conflict_do_update(
            index_elements=["run_id", "version", "stage"], set_={**fresh, "starts": run_stages.c.starts + 1}
        )
    )
    await set_columns(connection, run.id, stage=stage, updated_at=at)


async def stage_progress(
    connection: AsyncConnection, run: Run, stage: Stage, share: float, note: str, overall: float
) -> None:
    """Writes how far the stage is; both shares 0..1."""
    await connection.execute(
        update(run_stages).where(_is(run, stage), run_stages.c.state == "running").values(progress=share, note=note)
    )
    await set_columns(connection, run.id, progress=overall)


async def stage_done(
    connection: AsyncConnection, run: Run, stage: Stage, result: Mapping[str, Any], cpu_s: float, at: datetime
) -> None:
    """Stores what the stage made; from here on it is never repeated for this version."""
    await connection.execute(
        update(run_stages)
        .where(_is(run, stage))
        .values(state="done", progress=1.0, note="", result=dict(result), cpu_s=cpu_s, finished_at=at)
    )
    await feed.record(connection, "run", run.id)


async def stage_waits(connection: AsyncConnection, run: Run, stage: Stage, note: str) -> None:
    """Marks the stage as begun and put off."""
    await connection.execute(update(run_stages).where(_is(run, stage)).values(state="waiting", progress=0.0, note=note))


async def stage_failed(connection: AsyncConnection, run: Run, stage: Stage, note: str, at: datetime) -> None:
    """Marks the stage as failed, also one that could not even begin."""
    failed = {"state": "failed", "note": note, "finished_at": at}
    await connection.execute(
        upsert(run_stages)
        .values(run_id=run.id, version=run.version, stage=stage, starts=0, started_at=at, **failed)
        .on_conflict_do_update(index_elements=["run_id", "version", "stage"], set_=failed)
    )


def _is(run: Run, stage: Stage) -> Any:
    return (run_stages.c.run_id == run.id) & (run_stages.c.version == run.version) & (run_stages.c.stage == stage)


async def usual_seconds(connection: AsyncConnection, newest: int = 40) -> dict[str, float]:
    """Wall seconds that each stage took per second of track, averaged over the newest done ones."""
    found: dict[str, float] = {}
    for stage in Stage:
        query = (
            select(run_stages.c.started_at, run_stages.c.finished_at, runs.c.length_s)
            .join(runs, runs.c.id == run_stages.c.run_id)
            .where(
                run_stages.c.stage == stage,
                run_stages.c.state == "done",
                run_stages.c.finished_at.is_not(None),
                run_stages.c.kept_from.is_(None),
            )
            .order_by(run_stages.c.finished_at.desc())
            .limit(newest)
        )
        rows = list(await connection.execute(query))
        if rows:
            shares = [(row.finished_at - row.started_at).total_seconds() / row.length_s for row in rows]
            found[stage] = sum(shares) / len(shares)
    return found


# --- artefacts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file in the artefact store, named by its content. Size in bytes."""

    id: str
    run_id: str
    version: int
    kind: str
    sha256: str
    suffix: str
    size: int
    facts: Mapping[str, Any]
    created_at: datetime
    pruned_at: datetime | None = None


async def add_artefact(connection: AsyncConnection, artefact: Artefact) -> None:
    """Records a file after its rename; the same content for the same run and kind is recorded once."""
    values = {name: getattr(artefact, name) for name in Artefact.__dataclass_fields__}
    await connection.execute(
        upsert(artefacts).values({**values, "facts": dict(artefact.facts)}).on_conflict_do_nothing()
    )


async def artefacts_of(connection: AsyncConnection, run_id: str, version: int) -> dict[str, Artefact]:
    """The newest artefact of each kind."""
    query = (
        select(artefacts)
        .where(artefacts.c.run_id == run_id, artefacts.c.version == version)
        .order_by(artefacts.c.created_at)
    )
    return {row.kind: Artefact(**row._mapping) for row in await connection.execute(query)}


async def all_artefact_names(connection: AsyncConnection) -> set[str]:
    """File names that rows know of, without those that were deleted to save space."""
    query = select(artefacts.c.sha256, artefacts.c.suffix).where(artefacts.c.pruned_at.is_(None))
    return {row.sha256 + row.suffix for row in await connection.execute(query)}
