"""Extras: a release's clip in further shapes, its teaser and its canvas, made once it is approved.

They are artefacts like the clip, recorded with the clip that they belong to: nothing is rendered twice. Why one was
left out is kept with the clip's stage, for that clip, the encoder and this version of noktvrn: others may do better.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.clips import EXTRAS
from engine.domain.runs import Stage
from engine.pipeline.child import Report
from engine.pipeline.line import Line, Task
from engine.pipeline.stages.clip import brief_of
from engine.store import artists, kept, reviews, runs
from engine.store.ids import new_id
from engine.store.runs import Artefact

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Extras:
    """What there is: artefacts by name, why others were left out, and the CPU seconds that this call took."""

    files: Mapping[str, Artefact]
    left_out: Mapping[str, str]
    cpu_s: float


async def make(line: Line, run: runs.Run, revision: reviews.Revision, report: Report) -> Extras:
    """The wanted extras of an approved revision, rendered in a child process unless they are there. Idempotent.

    Raises JobError where the child fails, ChildStopped where nobody wants the run any more.
    """
    wanted = [name for name in EXTRAS if name in line.settings.release_formats]
    artefacts = revision.content["artefacts"]
    clip = artefacts["clip"]
    async with line.database.read() as connection:
        there = await _there(line, connection, run, clip["sha256"])
        missing = [name for name in wanted if name not in there]
        if not missing:
            return Extras({name: there[name] for name in wanted}, {}, 0.0)
        task = await _task(line, connection, run, report)
        if not {Stage.CONCEPT, Stage.TRACK} <= task.done.keys():
            return Extras(there, dict.fromkeys(missing, "there is no record of how the clip was made"), 0.0)
        attempt = _attempt(line, clip["sha256"])
        refused = _refused(task.done.get(Stage.CLIP, {}), attempt)
        left_out = {name: refused[name] for name in missing if name in refused}
        missing = [name for name in missing if name not in refused]
        if not missing:
            return Extras({name: there[name] for name in wanted if name in there}, left_out, 0.0)
        known = await _clip_facts(connection, run)
        height = int(known.get("height", line.settings.clip_height))  # whatever the setting says by now
    answer = await task.job(
        "extras",
        brief=brief_of(task, height),
        track=str(line.file(artefacts["track"])),
        clip=str(line.file(clip)),
        wanted=missing,
        encoder=line.settings.clip_encoder,
        peak_dbtp=known.get("true_peak_dbtp"),
    )
    async with line.database.write() as connection:
        for name, made in answer.value["extras"].items():
            there[name] = await _record(line, connection, run, name, made, clip["sha256"])
        if anew := answer.value["left_out"]:
            note = {"attempt": attempt, "why": {**refused, **anew}}
            await kept.note(connection, run.id, run.version, Stage.CLIP, "left_out", note)
    for name, why in anew.items():
        _log.warning("%s of %s is left out: %s", name, run.title, why, extra={"run_id": run.id})
    left_out |= anew
    return Extras({name: there[name] for name in wanted if name in there}, left_out, answer.cpu_s)


def _attempt(line: Line, clip: str) -> list[str]:
    """What an extra comes of: made of the same by the same, it fails as it did."""
    from importlib.metadata import version

    return [clip, line.settings.clip_encoder, version("noktvrn")]


def _refused(stage: Mapping[str, Any], attempt: list[str]) -> dict[str, str]:
    """Why extras of this attempt were left out, by name."""
    found = stage.get("left_out") or {}
    return dict(found["why"]) if found.get("attempt") == attempt else {}


async def _there(line: Line, connection: AsyncConnection, run: runs.Run, clip: str) -> dict[str, Artefact]:
    """Extras that were made of this very clip and whose files are still there."""
    known = await runs.artefacts_of(connection, run.id, run.version)
    return {
        name: known[name]
        for name in EXTRAS
        if name in known and known[name].facts.get("of") == clip and line.file(known[name]).is_file()
    }


async def _task(line: Line, connection: AsyncConnection, run: runs.Run, report: Report) -> Task:
    """As the clip's own stage had it, so that scenes and seeds are the clip's."""
    artist = await artists.get(connection, run.artist_id)
    done = await kept.results(connection, run.id, run.version)
    origin = await kept.origin(connection, run, Stage.CLIP)
    return Task(line, run, artist, Stage.CLIP, done, origin, report)


async def _clip_facts(connection: AsyncConnection, run: runs.Run) -> Mapping[str, Any]:
    """What was measured in the reviewed clip; empty where nothing is kept of it."""
    made = (await runs.artefacts_of(connection, run.id, run.version)).get("clip")
    return made.facts if made else {}


async def _record(
    line: Line, connection: AsyncConnection, run: runs.Run, name: str, made: Mapping[str, Any], clip: str
) -> Artefact:
    file = made["artefact"]
    artefact = Artefact(
        id=new_id("artefact"),
        run_id=run.id,
        version=run.version,
        kind=name,
        sha256=file["sha256"],
        suffix=file["suffix"],
        size=file["size"],
        facts={**made["facts"], "of": clip},
        created_at=line.now(),
    )
    await runs.add_artefact(connection, artefact)
    return artefact
