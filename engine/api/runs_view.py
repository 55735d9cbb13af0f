"""Read models of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import attempts_view, models_view, outside_view
from engine.api.models import (
    ArtefactRow,
    CallRow,
    ReviewRow,
    Rows,
    RunDetail,
    RunRow,
    StageRow,
    StepRow,
)
from engine.api.pace import Pace
from engine.domain.listing import RunOrder, Wanted
from engine.domain.runs import ACTIVE_STATES, PRODUCE_STAGES, RunState, Stage
from engine.store import control, experiments, lists, releases, reviews, runs, tallies
from engine.store.kept_files import path_of
from engine.store.tables import artists as artists_table
from engine.store.tables import llm_calls, run_stages
from engine.store.tables import runs as runs_table

_LINE = (*PRODUCE_STAGES, Stage.PACKAGE)
_CHAINS = 60


def _rows_query() -> Any:
    return select(runs_table, artists_table.c.name.label("artist")).join(
        artists_table, artists_table.c.id == runs_table.c.artist_id
    )


async def rows(
    connection: AsyncConnection,
    now: datetime,
    *,
    order: RunOrder = RunOrder.NEWEST,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    states: Sequence[RunState] | None = None,
    artist_id: str | None = None,
    turned: bool = False,
    offset: int = 0,
    limit: int = 200,
    pace: Pace | None = None,
) -> Rows[RunRow]:
    """A window of the run list. With `pace` what stages usually take may be some seconds old."""
    ids = await lists.run_ids(
        connection,
        order=order,
        wanted=wanted,
        states=states,
        artist_id=artist_id,
        turned=turned,
        offset=offset,
        limit=limit,
    )
    found = {row.id: row for row in await connection.execute(_rows_query().where(runs_table.c.id.in_(ids.ids)))}
    here = await _with_times(connection, [found[run_id] for run_id in ids.ids], now, pace or Pace())
    return Rows(tuple(here), ids.total, ids.more, ids.guessed)


async def row(connection: AsyncConnection, run_id: str, now: datetime) -> RunRow:
    """One line of the run list. Raises NotFound."""
    await runs.get(connection, run_id)
    found = list(await connection.execute(_rows_query().where(runs_table.c.id == run_id)))
    return (await _with_times(connection, found, now, Pace()))[0]


async def _with_times(
    connection: AsyncConnection, found: Sequence[Row[Any]], now: datetime, pace: Pace
) -> list[RunRow]:
    stages = await _stages_of(connection, [(row.id, row.version) for row in found])
    active = any(row.state in ACTIVE_STATES for row in found)
    usual = await pace.usual(connection) if active else {}
    worker = await control.last_worker(connection) if active else None
    since = worker.started_at if worker is not None else None
    return [_row(row, stages.get(row.id, []), usual, now, since) for row in found]


_TIMES = [
    run_stages.c[name]
    for name in ("run_id", "version", "stage", "state", "progress", "started_at", "finished_at", "kept_from")
]
"""Without the results: they are long, and a list shows none."""


async def _stages_of(connection: AsyncConnection, wanted: Sequence[tuple[str, int]]) -> dict[str, list[Row[Any]]]:
    versions = dict(wanted)
    query = select(*_TIMES).where(run_stages.c.run_id.in_(list(versions))).order_by(run_stages.c.started_at)
    found: dict[str, list[Row[Any]]] = {}
    for row in await connection.execute(query):
        if row.version == versions[row.run_id]:
            found.setdefault(row.run_id, []).append(row)
    return found


def _clock(run: Row[Any] | runs.Run, now: datetime) -> datetime:
    """Until when a stage that is marked as running counts: a run that was ended under it stands still."""
    return now if run.state in ACTIVE_STATES else run.updated_at


def _seconds(stage: Row[Any], now: datetime) -> float:
    """Wall time that this version spent on the stage: none where it took it over."""
    if stage.kept_from is not None:
        return 0.0
    if stage.state == "running":
        return float(max(0.0, (now - stage.started_at).total_seconds()))
    return float((stage.finished_at - stage.started_at).total_seconds()) if stage.finished_at else 0.0


def _is_open(row: Row[Any], stages: Sequence[Row[Any]], worker_since: datetime | None) -> bool:
    """Whether a stage is at work: one that an earlier worker left unfinished waits until it is begun again."""
    return row.state in ACTIVE_STATES and any(
        stage.state == "running" and (worker_since is None or stage.started_at >= worker_since) for stage in stages
    )


async def waiting_to_be_packed(connection: AsyncConnection) -> int:
    """How many runs are to be packed while nobody has begun to: packages are built one after the other."""
    query = _rows_query().where(runs_table.c.state == RunState.PACKAGING)
    found = list(await connection.execute(query))
    if not found:
        return 0
    stages = await _stages_of(connection, [(row.id, row.version) for row in found])
    worker = await control.last_worker(connection)
    since = worker.started_at if worker is not None else None
    return sum(not _is_open(row, stages.get(row.id, []), since) for row in found)


async def held(connection: AsyncConnection) -> int:
    """How many runs wait at a cap or for a model."""
    making = [RunState.GENERATING]
    return await runs.count(connection, making) - await runs.count_at_work(connection, making)


def _row(
    row: Row[Any],
    stages: Sequence[Row[Any]],
    usual: Mapping[str, float],
    now: datetime,
    worker_since: datetime | None,
) -> RunRow:
    is_open = _is_open(row, stages, worker_since)
    in_line = row.state == RunState.PACKAGING and not is_open
    is_held = row.state == RunState.GENERATING and row.held_by != ""
    return RunRow(
        id=row.id,
        artist_id=row.artist_id,
        artist=row.artist,
        title=row.title,
        state=RunState(row.state),
        stage=Stage(row.stage) if row.stage else None,
        progress=row.progress,
        created_at=row.created_at,
        updated_at=row.updated_at,
        seed=row.seed,
        length_s=row.length_s,
        version=row.version,
        attempt=row.attempt,
        cost_microusd=row.cost_microusd,
        waiting_since=row.waiting_since,
        elapsed_s=sum(_seconds(stage, _clock(row, now)) for stage in stages),
        eta_s=None if in_line or is_held else _eta(row, stages, usual, now),
        failure=row.failure["cause"] if row.failure else "",
        waiting_reason=row.waiting_reason if is_held or row.state == RunState.AWAITING_REVIEW else "",
        failure_fix=row.failure["fix"] if row.failure else "",
        stage_open=is_open,
    )


_FIRST_GUESS = {
    Stage.CONCEPT: 0.001,
    Stage.LYRICS: 0.001,
    Stage.TRACK: 0.026,
    Stage.ANALYSIS: 0.014,
    Stage.COVER: 0.010,
    Stage.CLIP: 0.59,
    Stage.REFLECTION: 0.001,
    Stage.PACKAGE: 0.057,
}
"""Wall seconds that each stage takes per second of track where nothing was made before: measured with the embedded
studio on two cores (a track of 145 s). Only their proportions count once a stage of the run is done."""
_TELLING = 0.005


def _guess(row: Row[Any], stages: Sequence[Row[Any]], now: datetime) -> dict[str, float]:
    """The first guess at the pace of this very run."""
    own = [stage for stage in stages if stage.state == "done" and stage.kept_from is None]
    done = [stage for stage in own if _FIRST_GUESS.get(stage.stage, 0.0) > _TELLING]
    took = sum(_seconds(stage, now) for stage in done)
    expected = sum(_FIRST_GUESS[stage.stage] for stage in done) * row.length_s
    pace = min(20.0, max(0.2, took / expected)) if expected else 1.0
    return {stage: pace * share for stage, share in _FIRST_GUESS.items()}


def _eta(row: Row[Any], stages: Sequence[Row[Any]], usual: Mapping[str, float], now: datetime) -> float | None:
    """Seconds left: the stage at work by its own pace, the others by what they usually take per second of track."""
    if row.state not in ACTIVE_STATES:
        return None
    line = (Stage.PACKAGE,) if row.state == RunState.PACKAGING else PRODUCE_STAGES
    by_name = {stage.stage: stage for stage in stages}
    usual = {**_guess(row, stages, now), **usual}
    left = 0.0
    for stage in line:
        known = by_name.get(stage)
        if known is not None and known.state == "done":
            continue
        if known is not None and known.state == "running" and known.progress > 0.05:
            spent = _seconds(known, now)
            left += spent / known.progress - spent
        else:
            left += usual[stage] * row.length_s
    return left


async def detail(connection: AsyncConnection, run_id: str, now: datetime, artefact_folder: Path) -> RunDetail:
    """Everything about one run. Raises NotFound."""
    run = await runs.get(connection, run_id)
    release = await releases.of_run(connection, run_id)
    query = select(llm_calls).where(llm_calls.c.run_id == run_id).order_by(llm_calls.c.at)
    calls = list(await connection.execute(query))
    return RunDetail(
        row=await row(connection, run_id, now),
        parameters=run.parameters,
        variants=tuple((name, value) for _, name, value in await experiments.assignments_of(connection, run_id)),
        notes=run.notes,
        stages=await _stage_rows(connection, run, now),
        steps=tuple(
            StepRow(step.at, step.before or "", step.after, step.actor, step.channel, step.reason, step.actor_name)
            for step in await runs.transitions(connection, run_id)
        ),
        artefacts=tuple(
            ArtefactRow(kind, artefact_path(artefact_folder, a), a.sha256, a.size, a.facts, a.pruned_at)
            for kind, a in (await runs.artefacts_of(connection, run_id, run.version)).items()
        ),
        calls=tuple(_call(call) for call in calls),
        reviews=tuple(review_row(review) for review in await reviews.reviews_of(connection, run_id)),
        release_path=release.path if release else None,
        versions=await attempts_view.versions(connection, run_id),
        costs=await attempts_view.costs(connection, run_id, calls),
        outside=await outside_view.of_run(connection, run),
        chains=tuple(await models_view.chain_rows(connection, _CHAINS, run_id)),
    )


async def _stage_rows(connection: AsyncConnection, run: runs.Run, now: datetime) -> tuple[StageRow, ...]:
    known = {stage.stage: stage for stage in await runs.stage_rows(connection, run.id, run.version)}
    found = []
    for stage in _LINE:
        row = known.get(stage)
        if row is None:
            found.append(StageRow(stage, "waiting", 0.0, "", 0, 0.0, 0.0))
        else:
            took = 0.0 if row.kept_from is not None else row.cpu_s
            state = "stopped" if row.state == "running" and run.state not in ACTIVE_STATES else row.state
            seconds = _seconds(row, _clock(run, now))
            found.append(StageRow(stage, state, row.progress, row.note, row.starts, seconds, took, row.kept_from))
    return tuple(found)


def _call(row: Row[Any]) -> CallRow:
    return CallRow(**{name: getattr(row, name) for name in CallRow.__dataclass_fields__})


def review_row(row: Row[Any]) -> ReviewRow:
    """A decision as faces see it."""
    return ReviewRow(
        decision=row.decision,
        tags=tuple(row.tags),
        text=row.text,
        actor=row.actor,
        actor_name=row.actor_name,
        channel=row.channel,
        looked=row.looked,
        decided_at=row.decided_at,
        effective_at=row.effective_at,
        undone=row.undone_at is not None,
    )


def artefact_path(folder: Path, artefact: runs.Artefact) -> Path:
    """Where the artefact's file lies."""
    return path_of(folder, artefact.sha256, artefact.suffix)


async def count_by_state(connection: AsyncConnection) -> dict[str, int]:
    """How many runs are in each state."""
    return await tallies.by_state(connection, "run")
