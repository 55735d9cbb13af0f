"""The gates on what happens unasked. Pure: facts in, a permit or a reason out. What a person asks for passes none."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.repair import Cause, Diagnosis, GroupState, Level, Limits, PatchState

PROPOSE_FROM, APPLY_FROM = 0.66, 0.78
"""How sure a diagnosis must be before a patch is asked for, and before one is applied."""
FRESH_S = 14 * 86_400.0
"""An error that was not seen for so long is left to people."""

OF_ITSELF = (
    "engine/repair/",
    "engine/llm/",
    "engine/pipeline/repairs.py",
    "engine/pipeline/repair_gates.py",
    "engine/service/repair_keeper.py",
    "engine/safety/",
)
"""Errors with one of these on their stack never feed the repair: it would look at itself."""
_OWN_WRITER = "engine/llm/writer/"
_OWN_PARTS = ("repair",)
_MOVED = "the code has moved on since its patch was made"


@dataclass(frozen=True, slots=True)
class Permit:
    """It may happen."""


@dataclass(frozen=True, slots=True)
class Denied:
    """It may not, for this reason."""

    reason: str


PERMIT = Permit()


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for the whole label now. Times in seconds; money in micro-dollars."""

    level: Level
    apply_enabled: bool
    """AUTO_FIX_ENABLED."""
    paused: bool = False
    new_groups: int = 0
    """Groups that were first seen within the cool-off."""
    calls_last_hour: int = 0
    spent_today: int = 0
    since_last_s: float | None = None
    """Since the last analysis; None for never."""
    in_flight: str = ""
    """The other group of which a patch is being made, tried, applied or watched."""
    setup_refused: str = ""
    """Why nothing can be applied here; empty where it can."""


@dataclass(frozen=True, slots=True)
class OfGroup:
    """What holds for one group, and its newest patch."""

    state: GroupState
    events: int
    age_s: float
    """Since it was last seen."""
    part: str = ""
    files: tuple[str, ...] = ()
    """Files of ours on its stack."""
    tainted: bool = False
    busy: bool = False
    attempts: int = 0
    """Patches that a model wrote for it."""
    diagnosis: Diagnosis | None = None
    stale: bool = False
    """It came back since it was diagnosed, as new, regressed or reverted."""
    patch: PatchState | None = None
    isolated: bool = False
    reproduced: bool | None = None
    unjudged: bool = False
    """Its patch was tried and the machine was too busy for an answer."""
    warned: bool = False
    """The gate let the patch through with a warning."""
    moved: bool = False
    """Another commit is checked out than the one that its patch was made for."""


def may_analyse(around: Around, group: OfGroup, limits: Limits) -> Permit | Denied:
    """Whether the cause is looked for."""
    return _first(
        _general(around, group, Level.ANALYSE),
        (group.diagnosis is not None and not group.stale, "its cause is known"),
        (
            group.events < limits.least_events,
            f"seen {group.events} times, AUTO_FIX_MIN_EVENTS is {limits.least_events}",
        ),
        (group.age_s > FRESH_S, "it was not seen for two weeks"),
        *_calls(around, limits),
        (
            around.since_last_s is not None and around.since_last_s < limits.apart_s,
            f"the last one was {around.since_last_s or 0:.0f} s ago, MONITOR_INTERVAL_SECONDS is {limits.apart_s:g}",
        ),
    )


def may_propose(around: Around, group: OfGroup, limits: Limits) -> Permit | Denied:
    """Whether a patch is asked for."""
    found = group.diagnosis
    return _first(
        _general(around, group, Level.PATCH),
        (found is None or group.stale, "its cause is not known yet"),
        (found is not None and (found.cause is not Cause.CODE or not found.code_change), "no code is to be changed"),
        (
            found is not None and found.confidence < PROPOSE_FROM,
            f"the diagnosis is {found.confidence if found else 0:.2f} sure, {PROPOSE_FROM} is wanted",
        ),
        (group.patch is PatchState.SUPERSEDED, "a person rejected its patch"),
        (group.patch in (PatchState.READY, PatchState.VALIDATED, PatchState.PROBATION), "it has a patch"),
        (
            group.attempts >= limits.attempts,
            f"{group.attempts} patches were proposed, AUTO_FIX_ATTEMPTS allows no more",
        ),
        (bool(around.in_flight), f"a patch of error {around.in_flight} is under way"),
        *_calls(around, limits),
    )


def may_try(around: Around, group: OfGroup, limits: Limits) -> Permit | Denied:
    """Whether the newest patch is tried."""
    del limits
    return _first(
        _general(around, group, Level.VALIDATE, paused_counts=False),
        (group.patch is not PatchState.READY, "it has no patch that waits for its trial"),
        (group.moved, _MOVED),
        (group.unjudged, "its trial came to no answer on this busy machine: a person asks again"),
        (bool(around.in_flight), f"a patch of error {around.in_flight} is under way"),
    )


def may_apply(around: Around, group: OfGroup, limits: Limits) -> Permit | Denied:
    """Whether the newest patch is applied without a person."""
    del limits
    sure = group.diagnosis.confidence if group.diagnosis else 0.0
    return _first(
        _general(around, group, Level.APPLY, paused_counts=False),
        (not around.apply_enabled, "AUTO_FIX_ENABLED is false"),
        (bool(around.setup_refused), around.setup_refused),
        (group.patch is not PatchState.VALIDATED, "it has no patch that passed its trial"),
        (group.moved, _MOVED),
        (group.tainted, "its evidence holds text from outside: a person must look"),
        (not group.isolated, "its trial was not isolated: a person must look"),
        (group.warned, "the gate has a warning: a person must look"),
        (group.reproduced is not True, "no test failed without it and passes with it: a person must look"),
        (sure < APPLY_FROM, f"the diagnosis is {sure:.2f} sure, {APPLY_FROM} is wanted"),
        (bool(around.in_flight), f"a patch of error {around.in_flight} is under way"),
    )


def about_itself(part: str, files: tuple[str, ...]) -> bool:
    """Whether an error is the repair's own, or of what it stands on."""
    return part in _OWN_PARTS or any(file.startswith(OF_ITSELF) and not file.startswith(_OWN_WRITER) for file in files)


_Gate = tuple[bool, str]


def _general(around: Around, group: OfGroup, wanted: Level, *, paused_counts: bool = True) -> _Gate:
    for shut, reason in (
        (not around.level.reaches(wanted), f"AUTO_FIX_LEVEL is {around.level}"),
        (paused_counts and around.paused, "all work is paused"),
        (group.state is GroupState.IGNORED, "it is ignored"),
        (group.state in (GroupState.RECOVERED, GroupState.RESOLVED), "it is over"),
        (group.busy, "something is being done about it"),
        (about_itself(group.part, group.files), "it is an error of the repair itself or of what it stands on"),
    ):
        if shut:
            return True, reason
    return False, ""


def _calls(around: Around, limits: Limits) -> tuple[_Gate, ...]:
    return (
        (
            around.new_groups > limits.storm,
            f"{around.new_groups} new errors within {limits.cool_off_s / 60:g} minutes: the storm is waited out",
        ),
        (
            around.calls_last_hour >= limits.calls_per_hour,
            f"{around.calls_last_hour} questions within the hour, AUTO_FIX_CALLS_PER_HOUR is {limits.calls_per_hour}",
        ),
        (around.spent_today >= limits.daily_microusd, "AUTO_FIX_DAILY_USD is spent"),
    )


def _first(*gates: _Gate) -> Permit | Denied:
    return next((Denied(reason) for shut, reason in gates if shut), PERMIT)
