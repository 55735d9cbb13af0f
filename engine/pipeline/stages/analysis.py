"""Analysis: the track as measured, none of it taken from the composer."""

from __future__ import annotations

import base64

from engine.domain.runs import Stage
from engine.pipeline.checks import refuse_unusable
from engine.pipeline.line import Made, Task, timeline_of
from engine.store import fingerprints


async def make(task: Task) -> Made:
    """Measures the track and keeps its print. Raises CheckFailed for one that cannot be used at all."""
    made = task.done[Stage.TRACK]
    async with task.line.bench:
        answer = await task.job(
            "analysis", track=str(task.line.file(made["artefact"])), planned_s=timeline_of(made)["duration_s"]
        )
    result = {name: value for name, value in answer.value.items() if name != "print"}
    result["checks"] = [*result["checks"], *made.get("checks", ())]
    refuse_unusable(result["checks"])
    async with task.line.database.write() as connection:
        await fingerprints.keep(
            connection,
            task.run.id,
            task.run.version,
            result["pcm_sha256"],
            base64.b64decode(answer.value["print"]),
            task.line.now(),
        )
    return Made(result, cpu_s=answer.cpu_s)
