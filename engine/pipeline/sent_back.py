"""What a new version keeps of the version that a person sent back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.learning import ReasonTag
from engine.domain.runs import Stage
from engine.store import remakes, reviews, runs


async def sent_back(
    connection: AsyncConnection, run: runs.Run, unless: Collection[ReasonTag]
) -> dict[Stage, dict[str, Any]] | None:
    """Concept and lyrics of the version before, as their stages left them and people edited them.

    None for a first version, for one that was asked for from a stage on, and where the newest reasons are among
    `unless`.
    """
    if run.version == 1 or await remakes.of_version(connection, run.id, run.version) is not None:
        return None
    said = await reviews.judgements_of_run(connection, run.id)
    if said and any(tag in unless for tag in said[0][0].tags):
        return None
    before = replace(run, version=run.version - 1)
    found: dict[Stage, dict[str, Any]] = {}
    for stage in (Stage.CONCEPT, Stage.LYRICS):
        result = await runs.stage_result(connection, before, stage)
        if result is None:
            return None
        found[stage] = result
    if run.title:  # a person may have renamed it since it was conceived
        idea = found[Stage.CONCEPT]
        found[Stage.CONCEPT] = {**idea, "concept": {**idea["concept"], "title": run.title}}
    return found
