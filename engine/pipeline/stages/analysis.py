"""Analysis: the track as measured, none of it taken from the composer."""

from __future__ import annotations

from engine.domain.runs import Stage
from engine.pipeline.checks import refuse_unusable
from engine.pipeline.line import Made, Task


async def make(task: Task) -> Made:
    """Measures the track. Raises CheckFailed for one that cannot be used at all."""
    made = task.done[Stage.TRACK]
    answer = await task.job(
        "analysis", track=str(task.line.file(made["artefact"])), planned_s=made["timeline"]["duration_s"]
    )
    refuse_unusable(answer.value["checks"])
    return Made(answer.value, cpu_s=answer.cpu_s)
