"""The gates on what happens unasked: each shuts for its own reason, and names the setting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.domain.repair import Cause, Diagnosis, GroupState, Level, Limits, PatchState
from engine.repair.limits import (
    APPLY_FROM,
    PERMIT,
    PROPOSE_FROM,
    Around,
    Denied,
    OfGroup,
    may_analyse,
    may_apply,
    may_propose,
    may_try,
)

pytestmark = pytest.mark.quick

LIMITS = Limits()
AROUND = Around(level=Level.APPLY, apply_enabled=True)
CODE = Diagnosis(Cause.CODE, "It divides by nothing.", "", 0.9, code_change=True, by="deepseek:v4")
NEW = OfGroup(GroupState.NEW, events=3, age_s=10.0, part="clip", files=("engine/visuals/clip.py",))
KNOWN = replace(NEW, state=GroupState.ANALYSED, diagnosis=CODE)
READY = replace(KNOWN, state=GroupState.PATCH_READY, patch=PatchState.READY)
VALID = replace(KNOWN, state=GroupState.VALIDATED, patch=PatchState.VALIDATED, isolated=True, reproduced=True)
STEPS: dict[str, tuple[Any, OfGroup]] = {
    "analyse": (may_analyse, NEW),
    "propose": (may_propose, KNOWN),
    "try": (may_try, READY),
    "apply": (may_apply, VALID),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_permitted_where_nothing_speaks_against_it(step: str) -> None:
    gate, group = STEPS[step]
    assert gate(AROUND, group, LIMITS) is PERMIT


@pytest.mark.parametrize(
    ("level", "steps"),
    [
        (Level.OFF, set()),
        (Level.ANALYSE, {"analyse"}),
        (Level.PATCH, {"analyse", "propose"}),
        (Level.VALIDATE, {"analyse", "propose", "try"}),
        (Level.APPLY, {"analyse", "propose", "try", "apply"}),
    ],
)
def test_the_level_is_an_upper_bound(level: Level, steps: set[str]) -> None:
    around = replace(AROUND, level=level)
    assert {name for name, (gate, group) in STEPS.items() if gate(around, group, LIMITS) is PERMIT} == steps


REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("analyse", {}, {"events": 2}, "AUTO_FIX_MIN_EVENTS is 3"),
    ("analyse", {"new_groups": 11}, {}, "the storm is waited out"),
    ("analyse", {"calls_last_hour": 5}, {}, "AUTO_FIX_CALLS_PER_HOUR is 5"),
    ("analyse", {"spent_today": 1_000_000}, {}, "AUTO_FIX_DAILY_USD"),
    ("analyse", {"since_last_s": 59.0}, {}, "MONITOR_INTERVAL_SECONDS"),
    ("analyse", {"paused": True}, {}, "all work is paused"),
    ("analyse", {}, {"diagnosis": CODE}, "its cause is known"),
    ("analyse", {}, {"age_s": 15 * 86_400.0}, "two weeks"),
    ("analyse", {}, {"busy": True}, "something is being done"),
    ("analyse", {}, {"state": GroupState.IGNORED}, "ignored"),
    ("analyse", {}, {"state": GroupState.RECOVERED}, "over"),
    ("analyse", {}, {"part": "repair", "files": ()}, "itself"),
    ("analyse", {}, {"files": ("engine/pipeline/stages/lyrics.py", "engine/llm/chain.py")}, "itself"),
    ("analyse", {}, {"files": ("engine/repair/evidence.py",)}, "itself"),
    ("try", {}, {"unjudged": True}, "a person asks again"),
    ("propose", {}, {"diagnosis": None}, "not known yet"),
    ("propose", {}, {"stale": True}, "not known yet"),
    ("propose", {}, {"diagnosis": replace(CODE, cause=Cause.QUOTA, code_change=False)}, "no code is to be changed"),
    ("propose", {}, {"diagnosis": replace(CODE, confidence=PROPOSE_FROM - 0.01)}, "0.65 sure"),
    ("propose", {}, {"patch": PatchState.VALIDATED}, "it has a patch"),
    ("propose", {}, {"attempts": 3}, "AUTO_FIX_ATTEMPTS"),
    ("propose", {"in_flight": "e-other"}, {}, "a patch of error e-other is under way"),
    ("propose", {"calls_last_hour": 5}, {}, "AUTO_FIX_CALLS_PER_HOUR"),
    ("propose", {"spent_today": 2_000_000}, {}, "AUTO_FIX_DAILY_USD"),
    ("propose", {"new_groups": 11}, {}, "storm"),
    ("propose", {"paused": True}, {}, "paused"),
    ("try", {"in_flight": "e-other"}, {}, "under way"),
    ("try", {}, {"patch": PatchState.TRIAL_FAILED}, "no patch that waits"),
    ("try", {}, {"moved": True}, "the code has moved on"),
    ("apply", {}, {"moved": True}, "the code has moved on"),
    ("apply", {"apply_enabled": False}, {}, "AUTO_FIX_ENABLED is false"),
    ("apply", {"setup_refused": "The engine runs as root."}, {}, "runs as root"),
    ("apply", {"in_flight": "e-other"}, {}, "under way"),
    ("apply", {}, {"patch": PatchState.READY}, "no patch that passed"),
    ("apply", {}, {"tainted": True}, "a person must look"),
    ("apply", {}, {"isolated": False}, "not isolated"),
    ("apply", {}, {"warned": True}, "the gate has a warning"),
    ("apply", {}, {"reproduced": None}, "no test failed without it"),
    ("apply", {}, {"reproduced": False}, "no test failed without it"),
    ("apply", {}, {"diagnosis": replace(CODE, confidence=APPLY_FROM - 0.01)}, "0.77 sure"),
]


@pytest.mark.parametrize(("step", "around", "group", "reason"), REFUSALS)
def test_a_gate_shuts_for_its_own_reason(step: str, around: dict[str, Any], group: dict[str, Any], reason: str) -> None:
    gate, whole = STEPS[step]
    answer = gate(replace(AROUND, **around), replace(whole, **group), LIMITS)
    assert isinstance(answer, Denied) and reason in answer.reason


@pytest.mark.parametrize("step", ["try", "apply"])
def test_a_pause_of_all_work_holds_no_trial_and_no_apply(step: str) -> None:
    gate, group = STEPS[step]
    assert gate(replace(AROUND, paused=True), group, LIMITS) is PERMIT


def test_an_error_that_came_back_is_analysed_anew() -> None:
    came_back = replace(KNOWN, state=GroupState.REGRESSED, stale=True)
    assert may_analyse(AROUND, came_back, LIMITS) is PERMIT


def test_the_built_in_writer_is_no_part_of_the_repair() -> None:
    assert may_analyse(AROUND, replace(NEW, files=("engine/llm/writer/lyrics.py",)), LIMITS) is PERMIT
