"""Taking the other clip of an order: the run's next version hears it; what does not work from the track is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.decide import newer_revision, not_open
from engine.api.music_models import Bought, VariantRow
from engine.domain.errors import NotAllowed, NotFound
from engine.domain.runs import PRODUCE_STAGES, Actor, RunState, Stage, depending_on
from engine.domain.variants import with_variant
from engine.store import audit, kept, remakes, reviews, runs
from engine.store.ids import new_id
from engine.store.reviews import Revision


async def choose(
    connection: AsyncConnection, run_id: str, variant: str, revision_hash: str | None, actor: Actor, now: datetime
) -> runs.Run:
    """Gives a run that awaits review its other clip, as its next version. Nothing is bought for it.

    Raises AlreadyDecided (naming who, when and where), NotAllowed for a revision that is not the newest and for the
    clip that is heard already, NotFound for one that there is not.
    """
    run = await runs.get(connection, run_id)
    revision = await reviews.newest_revision(connection, run_id)
    if run.state is not RunState.AWAITING_REVIEW or revision is None:
        raise await not_open(connection, run)
    if revision_hash not in (None, revision.hash):
        raise await newer_revision(connection, run)
    wanted = _wanted(revision, run_id, variant)
    done = await kept.results(connection, run_id, run.version)
    track = with_variant(done[Stage.TRACK], _whole(done[Stage.TRACK], wanted["id"]))
    return await _next_version(connection, run, track, revision.hash, actor, now)


def _wanted(revision: Revision, run_id: str, variant: str) -> Mapping[str, Any]:
    offered: list[Mapping[str, Any]] = revision.content.get("variants", [])
    found = next((each for each in offered if each["id"] == variant), None)
    if found is None:
        names = ", ".join(each["id"] for each in offered)
        raise NotFound(
            f"Run {run_id} has no variant {variant!r}.",
            fix=f"One of: {names}." if names else "Its track was made once: ask for a new version.",
        )
    if found["id"] == revision.content["variant"]:
        raise NotAllowed(f"Variant {variant} is the one that is heard in run {run_id} already.")
    return found


def _whole(track: Mapping[str, Any], variant: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(each for each in track["variants"] if each["id"] == variant)
    return found


async def _next_version(
    connection: AsyncConnection, run: runs.Run, track: Mapping[str, Any], before: str, actor: Actor, now: datetime
) -> runs.Run:
    again = set(depending_on(Stage.TRACK)) - {Stage.TRACK}
    left = [stage for stage in PRODUCE_STAGES if stage not in again]
    version = run.version + 1
    await kept.take_over(connection, run, version, left, {Stage.TRACK: track})
    await kept.hear(connection, run.id, version, track["artefact"]["sha256"])
    await remakes.add(
        connection, remakes.Remake(new_id("remake"), run.id, version, Stage.ANALYSIS, run.state, actor, now)
    )
    await reviews.void_revisions(connection, run.id, now)
    columns: dict[str, Any] = {"version": version, "attempt": 1, "progress": 0.0, "stage": None}
    columns |= {"waiting_since": None, "waiting_reason": ""}
    reason = f"{track['variant']} is heard instead"
    run = await runs.move(connection, run, RunState.GENERATING, actor, now, reason, **columns)
    detail = {"revision": before, "version": version, "variant": track["variant"]}
    await audit.append(connection, now, actor, "choose_variant", run.id, detail)
    return run


def bought(content: Mapping[str, Any], path: Any) -> Bought | None:
    """What a revision says of a track that was bought, None for one that was made here. `path` finds a file."""
    if "purchase" not in content:
        return None
    rows = tuple(_row(each, str(content["variant"]), path(each["artefact"])) for each in content["variants"])
    return Bought(content["provider"], content["purchase"], content["rights"], content["heard"], rows)


def _row(variant: Mapping[str, Any], heard: str, path: Path) -> VariantRow:
    length = float(variant["measured"].get("duration_s", 0.0))
    return VariantRow(variant["id"], path, variant["id"] == heard, variant["score"], tuple(variant["why"]), length)
