"""Errors with diagnoses, patches and trials, for tests of the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch as patched

from engine.domain.repair import (
    Cause,
    Diagnosis,
    PatchState,
    Refusal,
    RefusalKind,
    Setup,
    TrialReport,
    TrialStep,
    Work,
)
from engine.store import repairs
from tests.console.label import NOW, Label

DIAGNOSIS = Diagnosis(
    cause=Cause.CODE,
    summary="The clip stage asks ffmpeg for a width that is odd, and the encoder refuses it.",
    explanation="`scaled` divides the height by the ratio and keeps what comes out. For 4:5 that is 1351 pixels; "
    "libx264 with yuv420p takes even numbers only.",
    confidence=0.86,
    code_change=True,
    suspects=("engine/visuals/frames.py", "engine/visuals/clip.py"),
    by="deepseek:deepseek-v4-flash",
)
QUOTA = Diagnosis(
    Cause.QUOTA,
    "The daily free calls of the stock provider are used up.",
    "It answers 429 until midnight UTC.",
    0.97,
    action="Wait until midnight UTC, or set STOCK_PROVIDER=none.",
    by="rules",
)
DIFF = '''diff --git a/engine/visuals/frames.py b/engine/visuals/frames.py
index 0c1f6a1d2e5b7f2a9c0d4e6f8a1b3c5d7e9f0a1b..9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d 100644
--- a/engine/visuals/frames.py
+++ b/engine/visuals/frames.py
@@ -84,9 +84,10 @@ def scaled(height: int, ratio: float) -> tuple[int, int]:
     """The width and height of a frame in pixels."""
     if ratio <= 0:
         raise ValueError(f"A ratio of {ratio} is not possible.")
-    width = round(height * ratio)
+    width = even(height * ratio)
+    height = even(height)
     # What the encoder takes is checked where it is called.
     return width, height
{blank}
{blank}
-LEAST = 16
+LEAST = 32
@@ -120,3 +121,8 @@ class Frame:
     def area(self) -> int:
         """Pixels."""
         return self.width * self.height
+
+
+def even(value: float) -> int:
+    """The nearest even whole number: libx264 takes no other."""
+    return 2 * round(value / 2)
diff --git a/tests/engine/visuals/test_even.py b/tests/engine/visuals/test_even.py
new file mode 100644
index 0000000000000000000000000000000000000000..5d7e9f0a1b0c1f6a1d2e5b7f2a9c0d4e6f8a1b3c
--- /dev/null
+++ b/tests/engine/visuals/test_even.py
@@ -0,0 +1,5 @@
+from engine.visuals.frames import scaled
+
+
+def test_both_sides_are_even() -> None:
+    assert scaled(1080, 1.251) == (1352, 1080)
'''.replace("{blank}", " ")
PASSED = TrialReport(
    id="t-0000000001",
    ok=True,
    isolated=True,
    reproduced=True,
    steps=(
        TrialStep("compile", True, 0.4),
        TrialStep("new tests", True, 1.1, "1 failed before, 1 passes now"),
        TrialStep("affected tests", True, 6.2, "38 passed"),
        TrialStep("quick tests", True, 31.0, "1,204 passed"),
    ),
    log="$ python -m compileall engine\n$ python -m pytest -q tests/engine/visuals\n"
    "tests/engine/visuals/test_even.py::test_both_sides_are_even PASSED\n38 passed in 6.02s\n",
)
FAILED = replace(
    PASSED,
    id="t-0000000002",
    ok=False,
    reproduced=False,
    steps=(
        TrialStep("compile", True, 0.4),
        TrialStep("affected tests", False, 5.9, "2 failed, 36 passed"),
        TrialStep("quick tests", None, 0.0, "the affected tests failed"),
    ),
    log="$ python -m pytest -q tests/engine/visuals\nFAILED tests/engine/visuals/test_clip.py::test_a_clip_is_square\n"
    "E   assert 1352 == 1350\n2 failed, 36 passed in 5.91s\n",
    reason="2 affected tests fail with it",
)
CAN = Setup(git=True, isolated=True, isolation="no network, no writes outside (Landlock 6)")


async def diagnose(label: Label, group_id: str, diagnosis: Diagnosis = DIAGNOSIS) -> None:
    """Somebody has said what the error comes from."""
    async with label.database.write() as connection:
        await repairs.diagnosed(connection, group_id, diagnosis, label.now - timedelta(minutes=9))


async def propose(
    label: Label, group_id: str, diff: str = DIFF, *, number: int = 1, refused: str = "", **values: Any
) -> str:
    """A patch, ready or refused; its id is the same each time."""
    new = repairs.NewPatch(
        group_id=group_id,
        state=PatchState.INVALID if refused else PatchState.READY,
        base="4b19157c0de5b8a6f3e2d1c0b9a8f7e6d5c4b3a2",
        commit="" if refused else "7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b9a8f",
        diff=diff,
        files=[line[6:] for line in diff.splitlines() if line.startswith("+++ b/")],
        author="deepseek:deepseek-v4-pro",
        refusals=[Refusal(RefusalKind.POLICY, refused)] if refused else (),
    )
    async with label.database.write() as connection:
        with patched.object(repairs, "new_id", lambda _: f"p-{number:010d}"):
            return await repairs.add_patch(connection, replace(new, **values), label.now - timedelta(minutes=6))


async def tried(label: Label, patch_id: str, trial: TrialReport = PASSED) -> None:
    """A trial has ended."""
    state = PatchState.VALIDATED if trial.ok else PatchState.TRIAL_FAILED
    async with label.database.write() as connection:
        await repairs.move_patch(connection, patch_id, state, trial=trial)


async def applied(label: Label, patch_id: str) -> None:
    """It is applied and watched."""
    values: Mapping[str, Any] = {"applied_at": NOW, "probation_until": NOW + timedelta(minutes=30)}
    async with label.database.write() as connection:
        await repairs.move_patch(connection, patch_id, PatchState.PROBATION, **values)


async def set_up(label: Label, setup: Setup = CAN) -> None:
    """An engine has said whether patches can be applied here."""
    async with label.database.write() as connection:
        await repairs.note_setup(connection, setup, label.now)


async def at_work(label: Label, group_id: str, work: Work) -> None:
    """Something is being done about a group, or no longer."""
    async with label.database.write() as connection:
        await repairs.set_work(connection, group_id, work, label.now)


async def validated(label: Label, group_id: str, diff: str = DIFF, **values: Any) -> str:
    """A diagnosed error with a patch that passed its trial, in a place where it can be applied."""
    await set_up(label)
    await diagnose(label, group_id)
    patch_id = await propose(label, group_id, diff, **values)
    await tried(label, patch_id)
    return patch_id
