"""Work that a new version takes over from the one before: finished stages and their files, not done again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotAllowed
from engine.domain.runs import PRODUCE_STAGES, Stage
from engine.store import edits
from engine.store.ids import new_id
from engine.store.runs import Run, artefacts_of
from engine.store.tables import artefacts, run_stages

_MADE_BY = {"storyboard": Stage.CLIP, "variant": Stage.TRACK}
"""Kinds of files that are not named after the stage that makes them."""
_EDITED = "with the words of an edit"


async def origin(connection: AsyncConnection, run: Run, stage: Stage) -> int:
    """The version whose seeds a stage goes by: the one in which it was last made for its own sake.

    A stage that is made again because a person changed a word keeps the seeds that it had: an edited song keeps its
    pictures. One that is made again because somebody wants another one has new seeds.
    """
    version = run.version
    while True:
        version = await maker(connection, run.id, version, stage)
        if version == 1 or await edits.of_version(connection, run.id, version) is None:
            return version
        version -= 1


async def maker(connection: AsyncConnection, run_id: str, version: int, stage: Stage) -> int:
    """The version that did the work of a stage which `version` has: itself, or the one that it took it over from."""
    query = select(run_stages.c.kept_from).where(
        run_stages.c.run_id == run_id, run_stages.c.version == version, run_stages.c.stage == stage
    )
    return (await connection.execute(query)).scalar_one_or_none() or version


async def results(connection: AsyncConnection, run_id: str, version: int) -> dict[Stage, dict[str, Any]]:
    """What each finished stage of a version left behind."""
    query = select(run_stages.c.stage, run_stages.c.result).where(
        run_stages.c.run_id == run_id, run_stages.c.version == version, run_stages.c.state == "done"
    )
    return {Stage(row.stage): row.result for row in await connection.execute(query) if row.result is not None}


async def note(
    connection: AsyncConnection, run_id: str, version: int, stage: Stage, name: str, value: Mapping[str, Any]
) -> None:
    """Puts a later finding beside what a finished stage left behind, in place of one of that name. Does nothing where
    the stage is not done."""
    known = (await results(connection, run_id, version)).get(stage)
    if known is None:
        return
    where = (run_stages.c.run_id == run_id) & (run_stages.c.version == version) & (run_stages.c.stage == stage)
    await connection.execute(update(run_stages).where(where).values(result={**known, name: dict(value)}))


async def take_over(
    connection: AsyncConnection,
    run: Run,
    version: int,
    stages: Collection[Stage],
    replaced: Mapping[Stage, Mapping[str, Any]],
) -> None:
    """Gives `version` these stages of the run's present version as done, with other results where `replaced` has one.

    Times, starts and CPU stay those of the version that did the work. Raises NotAllowed where a stage is not done.
    """
    query = select(run_stages).where(run_stages.c.run_id == run.id, run_stages.c.version == run.version)
    done = {Stage(row.stage): row for row in await connection.execute(query) if row.state == "done"}
    missing = [stage for stage in PRODUCE_STAGES if stage in stages and stage not in done]
    if missing:
        raise NotAllowed(f"Run {run.id} has no record of its {', '.join(missing)}: it can only be made anew.")
    for stage in stages:
        row = done[stage]._mapping
        values = {name: row[name] for name in row if name not in ("version", "kept_from", "result")}
        result = dict(replaced.get(stage, row["result"] or {}))
        if stage in replaced:
            values["note"] = _EDITED
        await connection.execute(
            insert(run_stages).values(
                **values, version=version, result=result, kept_from=row["kept_from"] or row["version"]
            )
        )
    for kind, artefact in (await artefacts_of(connection, run.id, run.version)).items():
        if Stage(_MADE_BY.get(kind, kind)) in stages:
            values = {name: getattr(artefact, name) for name in artefact.__dataclass_fields__}
            await connection.execute(insert(artefacts).values({**values, "id": new_id("artefact"), "version": version}))


async def hear(connection: AsyncConnection, run_id: str, version: int, sha256: str) -> None:
    """Of a version's two clips, the one with this content is its track from now on, the other its variant."""
    statement = update(artefacts).where(
        artefacts.c.run_id == run_id, artefacts.c.version == version, artefacts.c.kind.in_(["track", "variant"])
    )
    await connection.execute(statement.values(kind=case((artefacts.c.sha256 == sha256, "track"), else_="variant")))
