"""Errors with diagnoses and patches in any state, built through the store alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.repair import Cause, Diagnosis, PatchState, Refusal, RefusalKind, TrialReport, TrialStep
from engine.store import repairs
from engine.store.journal import CapturedError, add_error
from tests.conftest import NOW

DIFF = """diff --git a/engine/pipeline/track.py b/engine/pipeline/track.py
index 1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644
--- a/engine/pipeline/track.py
+++ b/engine/pipeline/track.py
@@ -10,4 +10,4 @@ def key_of(result):
     if not result:
         return None
-    return result["key"]
+    return result.get("key")
     # atonal songs have none
"""
DIAGNOSIS = Diagnosis(
    Cause.CODE,
    "A result without a key is read as if it had one.",
    "The stage reads result['key'], which the analysis leaves out for atonal songs.",
    0.86,
    action="",
    code_change=True,
    suspects=("engine/pipeline/track.py",),
    by="deepseek:deepseek-v4-flash",
)
TRIAL = TrialReport(
    "t-5k2m8x1qad",
    ok=True,
    isolated=True,
    reproduced=True,
    steps=(TrialStep("compile", True, 0.4), TrialStep("affected tests", True, 6.2, "14 passed")),
    log="14 passed in 6.20s",
)
NO_TEST = Refusal(RefusalKind.AMBIGUOUS, "The block occurs five times in engine/pipeline/track.py.", "Give more lines.")


async def add_group(connection: AsyncConnection, fingerprint: str = "f-1", at: datetime = NOW, **values: Any) -> str:
    """An error, once; returns its group."""
    usual = {
        "type": "builtins.KeyError",
        "message": "'key'",
        "part": "track",
        "traceback": "Traceback (most recent call last): …\nKeyError: 'key'",
        "frames": ("engine.pipeline.track:key_of",),
    }
    return await add_error(connection, CapturedError(fingerprint, **{**usual, **values}), at)


async def add_patch(
    connection: AsyncConnection, group_id: str, state: PatchState = PatchState.READY, *, diff: str = DIFF, **new: Any
) -> str:
    """A patch that went the usual way to this state."""
    first = PatchState.INVALID if state is PatchState.INVALID else PatchState.READY
    invalid = first is PatchState.INVALID
    usual = {
        "base": "1" * 40,
        "commit": "" if invalid else "2" * 40,
        "diff": "" if invalid else diff,
        "files": () if invalid else ("engine/pipeline/track.py",),
        "author": "deepseek:deepseek-v4-pro",
        "prompt_hash": "ab" * 32,
        "refusals": (NO_TEST,) if invalid else (),
    }
    kept = repairs.NewPatch(**{"group_id": group_id, "state": first, **usual, **new})
    patch_id = await repairs.add_patch(connection, kept, NOW)
    for step, columns in _way(state):
        await repairs.move_patch(connection, patch_id, step, **columns)
    return patch_id


def _way(state: PatchState) -> list[tuple[PatchState, dict[str, Any]]]:
    tried = (PatchState.VALIDATED, {"trial": TRIAL})
    watched = (PatchState.PROBATION, {"applied_at": NOW, "probation_until": NOW + timedelta(minutes=10)})
    ways: dict[PatchState, list[tuple[PatchState, dict[str, Any]]]] = {
        PatchState.TRIAL_FAILED: [(PatchState.TRIAL_FAILED, {"trial": TRIAL})],
        PatchState.VALIDATED: [tried],
        PatchState.PROBATION: [tried, watched],
        PatchState.APPLIED: [tried, watched, (PatchState.APPLIED, {})],
        PatchState.REVERTED: [tried, watched, (PatchState.REVERTED, {"reverted_at": NOW})],
    }
    return ways.get(state, [])
