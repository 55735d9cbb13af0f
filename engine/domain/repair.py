"""Errors and their repair: causes, states, levels, edits and what a trial found. Plain data and rules, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """What an error comes from, as its diagnosis says."""

    CODE = "code"
    SETTINGS = "settings"
    PROVIDER = "provider"
    QUOTA = "quota"
    DATA = "data"
    ENVIRONMENT = "environment"
    UNKNOWN = "unknown"


class GroupState(StrEnum):
    """Where an error group stands. A patch's own state is `PatchState`."""

    NEW = "new"
    ANALYSED = "analysed"
    PATCH_INVALID = "patch_invalid"
    """The engineer's answer could not be placed, or the gate refused it."""
    PATCH_READY = "patch_ready"
    TRIAL_FAILED = "trial_failed"
    VALIDATED = "validated"
    PROBATION = "probation"
    """Its patch is applied and watched."""
    RESOLVED = "resolved"
    REVERTED = "reverted"
    REGRESSED = "regressed"
    """It was resolved, and happened again."""
    RECOVERED = "recovered"
    """Its runs ended well after all, or were given up."""
    IGNORED = "ignored"
    """A person wants to hear nothing of it until a moment, or at all."""


OPEN_STATES = (
    GroupState.NEW,
    GroupState.ANALYSED,
    GroupState.PATCH_INVALID,
    GroupState.PATCH_READY,
    GroupState.TRIAL_FAILED,
    GroupState.VALIDATED,
    GroupState.PROBATION,
    GroupState.REVERTED,
    GroupState.REGRESSED,
)
"""A group in one of these wants a person's or the engine's attention."""


class Work(StrEnum):
    """What is being done about a group right now; at most one thing at a time."""

    NONE = ""
    ANALYSE = "analysing"
    PROPOSE = "proposing"
    TRIAL = "trying"
    APPLY = "applying"
    REVERT = "reverting"


class PatchState(StrEnum):
    """Where one patch stands."""

    INVALID = "invalid"
    READY = "ready"
    TRIAL_FAILED = "trial_failed"
    VALIDATED = "validated"
    PROBATION = "probation"
    APPLIED = "applied"
    """Its probation passed."""
    REVERTED = "reverted"
    SUPERSEDED = "superseded"
    """A newer patch of the group took its place before it was applied."""


WAITING_PATCHES = (PatchState.READY, PatchState.TRIAL_FAILED, PatchState.VALIDATED)
"""Not applied, and no newer one took its place."""

_PATCH_MOVES: Mapping[PatchState, frozenset[PatchState]] = {
    PatchState.INVALID: frozenset({PatchState.SUPERSEDED}),
    PatchState.READY: frozenset({PatchState.TRIAL_FAILED, PatchState.VALIDATED, PatchState.SUPERSEDED}),
    PatchState.TRIAL_FAILED: frozenset({PatchState.TRIAL_FAILED, PatchState.VALIDATED, PatchState.SUPERSEDED}),
    PatchState.VALIDATED: frozenset(
        {PatchState.TRIAL_FAILED, PatchState.VALIDATED, PatchState.PROBATION, PatchState.SUPERSEDED}
    ),
    PatchState.PROBATION: frozenset({PatchState.APPLIED, PatchState.REVERTED}),
    PatchState.APPLIED: frozenset({PatchState.REVERTED}),
    PatchState.REVERTED: frozenset({PatchState.SUPERSEDED}),
    PatchState.SUPERSEDED: frozenset(),
}


def may_move(before: PatchState, after: PatchState) -> bool:
    """Whether a patch may go from one state to the other."""
    return after in _PATCH_MOVES[before]


GROUP_STATE_OF: Mapping[PatchState, GroupState] = {
    PatchState.INVALID: GroupState.PATCH_INVALID,
    PatchState.READY: GroupState.PATCH_READY,
    PatchState.TRIAL_FAILED: GroupState.TRIAL_FAILED,
    PatchState.VALIDATED: GroupState.VALIDATED,
    PatchState.PROBATION: GroupState.PROBATION,
    PatchState.APPLIED: GroupState.RESOLVED,
    PatchState.REVERTED: GroupState.REVERTED,
}
"""The state that the newest patch gives its group."""


class Level(StrEnum):
    """How far the engine goes unasked: an upper bound. What a person asks for always works."""

    OFF = "off"
    ANALYSE = "analyse"
    PATCH = "patch"
    VALIDATE = "validate"
    APPLY = "apply"

    def reaches(self, other: Level) -> bool:
        """Whether this level lets the engine do what `other` names."""
        order = list(Level)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Edit:
    """One search/replace block: `before` stands once in the file at `path` (relative, with `/`) and becomes `after`.

    An empty `before` makes a new file.
    """

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What an error comes from. `confidence` from 0 to 1; `action` is the exact setting or step where no code is to
    change; `suspects` are files of ours to look at; `by` is who said so, such as `deepseek:deepseek-v4-flash`, or
    `rules` where no model was asked."""

    cause: Cause
    summary: str
    explanation: str
    confidence: float
    action: str = ""
    code_change: bool = False
    suspects: tuple[str, ...] = ()
    by: str = ""


class RefusalKind(StrEnum):
    """Why a patch is refused before it is tried."""

    UNREADABLE = "unreadable"
    """No edits could be read from the answer."""
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    UNPARSABLE = "unparsable"
    """The file would not parse any more."""
    NO_CHANGE = "no_change"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: `message` for a person, `hint` for the engineer who may try again."""

    kind: RefusalKind
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One step of a trial. `ok` None: it was not run, for the reason in `detail`. Seconds on the clock."""

    name: str
    ok: bool | None
    seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What a trial of one commit found. `isolated`: the jail held; `reproduced`: a test failed before the patch and
    passes with it (None where there is no such test); `log` is redacted text, the newest last."""

    id: str
    ok: bool
    isolated: bool
    reproduced: bool | None
    steps: tuple[TrialStep, ...]
    log: str
    reason: str = ""
    """Empty when `ok`, else why not, in one line."""
    judged: bool = True
    """False where the machine was too busy for an answer: then `ok` says nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The gates on what happens unasked (`docs/repair.md`)."""

    least_events: int = 3
    cool_off_s: float = 1800.0
    """No analysis of a group within a storm: so long after more than `storm` new groups."""
    storm: int = 10
    attempts: int = 3
    calls_per_hour: int = 5
    daily_microusd: int = 1_000_000
    apart_s: float = 60.0
    """The least time between two analyses."""


HEAD = "head"
"""The detail of a setup that names the commit that was checked out when a patch waited last."""
LEVEL = "level"
"""The detail of a setup that names AUTO_FIX_LEVEL of the engine."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Whether patches can be applied here. `refused` says why not and what to do; empty where they can."""

    git: bool
    refused: str = ""
    isolated: bool = True
    isolation: str = ""
    """What holds a trial, in words, such as `no network, no writes outside (Landlock 6)`."""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def tries_unasked(self) -> bool:
        """Whether the engine tries a patch that is ready by itself."""
        return Level(self.details.get(LEVEL, Level.OFF)).reaches(Level.VALIDATE)
