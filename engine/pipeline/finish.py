"""The end of the line: one revision of everything that was made, then review; or autopilot, if its gate passes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.decide import Decision, Verdict, decide
from engine.domain.codec import dump, load
from engine.domain.gate import Check, GateVerdict, autopilot_gate
from engine.domain.models import Role
from engine.domain.runs import AUTOPILOT, ENGINE, PRODUCE_STAGES, RunState, Stage
from engine.pipeline.line import Line, timeline_of
from engine.store import artists, edits, journal, remakes, reviews, runs
from engine.store.ids import new_id

_log = logging.getLogger(__name__)

_SHOWN = ("id", "score", "why", "artefact", "measured")
"""What a reviewer is shown of each variant."""
_FROM_OUTSIDE = ((Stage.CONCEPT, "trends"), (Stage.CLIP, "stock"))
"""What is part of a revision only where something outside was asked."""
_WRITTEN = (Stage.CONCEPT, Stage.LYRICS, Stage.REFLECTION)
_CHECKED = (Stage.ANALYSIS, Stage.COVER, Stage.CLIP)


async def hand_over(line: Line, run_id: str, version: int) -> None:
    """Makes the revision and moves the run to review, in one transaction; a second call changes nothing."""
    async with line.database.write() as connection:
        run = await runs.get(connection, run_id)
        if run.state is not RunState.GENERATING or run.version != version:
            return
        results = {stage: await runs.stage_result(connection, run, stage) for stage in PRODUCE_STAGES}
        done = {stage: result for stage, result in results.items() if result is not None}
        edited = await edits.of_run(connection, run_id)
        content = _content(run, done, edited) | {"by": await _bylines(connection, run.artist_id, done)}
        await reviews.add_revision(connection, new_id("revision"), run_id, content, line.now())
        run = await runs.move(
            connection, run, RunState.AWAITING_REVIEW, ENGINE, line.now(), waiting_since=line.now(), progress=1.0
        )
        _log.info("%s waits for review", run.title, extra={"run_id": run_id, "artist_id": run.artist_id})
        await journal.run_recovered(connection, run_id)
        artist = await artists.get(connection, run.artist_id)
        if not artist.autopilot:
            return
        if edited and edited[0].version == version:
            reason = "autopilot left this to a person: a person has edited it"
            await runs.set_columns(connection, run.id, waiting_reason=reason)
            return
        if await remakes.of_version(connection, run_id, version) is not None:
            reason = "autopilot left this to a person: a person asked for it to be made again"
            await runs.set_columns(connection, run.id, waiting_reason=reason)
            return
        verdict = autopilot_gate(
            [load(check, Check) for check in content["checks"]],
            cost_microusd=run.cost_microusd,
            budget_microusd=artist.budget_microusd,
            open_errors=await journal.open_errors_of_artist(connection, artist.id),
        )
        await _autopilot(line, connection, run, verdict)


def _content(run: runs.Run, done: dict[Stage, dict[str, Any]], edited: list[edits.Edit]) -> dict[str, Any]:
    """Everything that a reviewer is shown. The version and its edits are part of it, so that a text that was edited
    back is a revision of its own: buttons of the older one stay void."""
    track = done[Stage.TRACK]
    return {
        "version": run.version,
        "edits": [edit.id for edit in reversed(edited)],
        "title": run.title,
        "concept": done[Stage.CONCEPT]["concept"],
        "lyrics": done[Stage.LYRICS]["lyrics"],
        "written": done[Stage.LYRICS].get("written"),
        "timeline": timeline_of(track),
        "vocals": track["vocals"],
        "made_with": track["made_with"],
        "facts": done[Stage.ANALYSIS]["facts"],
        "pcm_sha256": done[Stage.ANALYSIS]["pcm_sha256"],
        "checks": [check for stage in _CHECKED for check in done[stage]["checks"]],
        "reflection": done[Stage.REFLECTION]["reflection"],
        "artefacts": {
            "track": track["artefact"],
            "cover": done[Stage.COVER]["artefact"],
            "clip": done[Stage.CLIP]["artefact"],
        },
        "storyboard": done[Stage.CLIP].get("storyboard"),
        **_bought(track),
        **{name: done[stage][name] for stage, name in _FROM_OUTSIDE if name in done[stage]},
    }


async def _bylines(
    connection: AsyncConnection, artist_id: str, done: Mapping[Stage, Mapping[str, Any]]
) -> dict[str, Any]:
    """Who wrote which of the words behind the song, as far as it was kept."""
    inventor = await artists.invented_by(connection, artist_id)
    found = {Role.PERSONA.value: dump(inventor)} if inventor else {}
    return found | {stage.value: done[stage]["by"] for stage in _WRITTEN if "by" in done[stage]}


def _bought(track: Mapping[str, Any]) -> dict[str, Any]:
    """What a reviewer must know of a track that was not made here, or not by the first choice."""
    found: dict[str, Any] = {"passed_over": track["passed_over"]} if track.get("passed_over") else {}
    if "purchase" in track:
        found |= {name: track[name] for name in ("provider", "purchase", "rights", "variant")}
        found["variants"] = [{name: each[name] for name in _SHOWN} for each in track["variants"]]
        found["heard"] = track["timeline"] is None
    return found


async def _autopilot(line: Line, connection: Any, run: runs.Run, verdict: GateVerdict) -> None:
    """Approves where the gate passed; otherwise the run waits for a person and says why."""
    if not verdict.passed:
        reason = "autopilot left this to a person: " + "; ".join(verdict.reasons)
        await runs.set_columns(connection, run.id, waiting_reason=reason)
        return
    await decide(
        connection,
        run.id,
        Verdict(
            Decision.APPROVE, text="the gate passed: all checks green, within budget, no open errors", looked=False
        ),
        AUTOPILOT,
        line.now(),
        grace_s=line.settings.approval_grace_seconds,
        retirement_threshold=line.settings.artist_retirement_threshold,
    )
