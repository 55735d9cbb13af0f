"""A run as a state machine: its states, its stages, and who may take which step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from engine.domain.errors import NotAllowed


class ActorKind(StrEnum):
    """Who takes a step. `policy` is a timer, limit or gate; `engine` the line itself."""

    OPERATOR = "operator"
    TELEGRAM = "telegram"
    AUTOPILOT = "autopilot"
    POLICY = "policy"
    ENGINE = "engine"


class Channel(StrEnum):
    """Where a step was taken."""

    CONSOLE = "console"
    CLI = "cli"
    BROWSER = "browser"
    TELEGRAM = "telegram"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who takes a step, where, and under which name (a login name or a chat name; empty for the machine).

    `session` tells the consoles of one person apart: `pts/3, pid 4711`. Only the audit log keeps it.
    """

    kind: ActorKind
    channel: Channel
    name: str = ""
    session: str = ""


ENGINE = Actor(ActorKind.ENGINE, Channel.ENGINE)
POLICY = Actor(ActorKind.POLICY, Channel.ENGINE)
AUTOPILOT = Actor(ActorKind.AUTOPILOT, Channel.ENGINE)


class RunState(StrEnum):
    """States of a run."""

    QUEUED = "queued"
    GENERATING = "generating"
    AWAITING_REVIEW = "awaiting_review"
    APPROVED = "approved"
    PACKAGING = "packaging"
    PACKAGED = "packaged"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    MEASURED = "measured"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Stage(StrEnum):
    """Steps of the line, in order; `package` belongs to the release and `delivery` to what follows it."""

    CONCEPT = "concept"
    LYRICS = "lyrics"
    TRACK = "track"
    ANALYSIS = "analysis"
    COVER = "cover"
    CLIP = "clip"
    REFLECTION = "reflection"
    PACKAGE = "package"
    DELIVERY = "delivery"


PRODUCE_STAGES: tuple[Stage, ...] = (
    Stage.CONCEPT,
    Stage.LYRICS,
    Stage.TRACK,
    Stage.ANALYSIS,
    Stage.COVER,
    Stage.CLIP,
    Stage.REFLECTION,
)

NEEDS: Mapping[Stage, frozenset[Stage]] = {
    Stage.CONCEPT: frozenset(),
    Stage.LYRICS: frozenset({Stage.CONCEPT}),
    Stage.TRACK: frozenset({Stage.CONCEPT, Stage.LYRICS}),
    Stage.ANALYSIS: frozenset({Stage.TRACK}),
    Stage.COVER: frozenset({Stage.CONCEPT}),
    Stage.CLIP: frozenset({Stage.CONCEPT, Stage.TRACK}),
    Stage.REFLECTION: frozenset({Stage.CONCEPT, Stage.LYRICS, Stage.TRACK, Stage.ANALYSIS}),
}
"""The results that each stage works from."""

FINAL_STATES = frozenset({RunState.REJECTED, RunState.EXPIRED, RunState.CANCELLED, RunState.MEASURED})
ACTIVE_STATES = frozenset({RunState.GENERATING, RunState.PACKAGING, RunState.DELIVERING})

_OPERATOR = frozenset({ActorKind.OPERATOR, ActorKind.TELEGRAM})
_ENGINE = frozenset({ActorKind.ENGINE})

_S = RunState
TRANSITIONS: dict[RunState, dict[RunState, frozenset[ActorKind]]] = {
    _S.QUEUED: {_S.GENERATING: _ENGINE, _S.CANCELLED: _OPERATOR},
    _S.GENERATING: {_S.AWAITING_REVIEW: _ENGINE, _S.FAILED: _ENGINE, _S.CANCELLED: _OPERATOR},
    _S.AWAITING_REVIEW: {
        _S.APPROVED: _OPERATOR | {ActorKind.AUTOPILOT},
        _S.REJECTED: _OPERATOR,
        _S.QUEUED: _OPERATOR,
        _S.EXPIRED: frozenset({ActorKind.POLICY}),
        _S.GENERATING: _OPERATOR,
        _S.CANCELLED: _OPERATOR,
    },
    _S.APPROVED: {_S.PACKAGING: _ENGINE},
    _S.PACKAGING: {_S.PACKAGED: _ENGINE, _S.FAILED: _ENGINE},
    _S.PACKAGED: {_S.DELIVERING: _OPERATOR | {ActorKind.POLICY}},
    _S.DELIVERING: {_S.DELIVERED: _ENGINE, _S.PACKAGED: _ENGINE, _S.FAILED: _ENGINE},
    _S.DELIVERED: {_S.MEASURED: _ENGINE, _S.WITHDRAWN: _OPERATOR},
    _S.FAILED: {
        _S.GENERATING: _OPERATOR | {ActorKind.POLICY},
        _S.PACKAGING: _OPERATOR | {ActorKind.POLICY},
        _S.DELIVERING: _OPERATOR | {ActorKind.POLICY},
        _S.CANCELLED: _OPERATOR | {ActorKind.POLICY},
    },
    _S.WITHDRAWN: {_S.DELIVERING: _OPERATOR | {ActorKind.POLICY}},
    **{state: {} for state in FINAL_STATES},
}
TAKEN_BACK = frozenset({_S.APPROVED, _S.REJECTED, _S.QUEUED})
"""What decisions lead to; only the undoing of one leads from there back to review."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stood when a person looked at it."""

    state: RunState
    version: int
    attempt: int

    def overtaken_by(self, now: Standing) -> bool:
        """Whether the run is another one by now than the person judged. That its turn came is no such thing."""
        begun = self.state is RunState.QUEUED and now.state is RunState.GENERATING
        return now != (replace(self, state=now.state) if begun else self)


def check_transition(run_id: str, before: RunState, after: RunState, actor: Actor, *, undoing: bool = False) -> None:
    """Raises NotAllowed where the table above has no such step, or not for this actor, or not by undoing a decision."""
    back = undoing and before in TAKEN_BACK and after is RunState.AWAITING_REVIEW
    allowed = _OPERATOR if back else TRANSITIONS[before].get(after)
    if allowed is None:
        ways = ", ".join(way for way, actors in TRANSITIONS[before].items() if actor.kind in actors)
        fix = f"Possible from here: {ways}." if ways else "Nothing can be done with it from here."
        raise NotAllowed(f"Run {run_id} is {before}, which cannot become {after}.", fix=fix)
    if actor.kind not in allowed:
        raise NotAllowed(
            f"Run {run_id} cannot be made {after} by {actor.kind}.", fix=f"Only: {', '.join(sorted(allowed))}."
        )


def retry_state(failed_stage: Stage) -> RunState:
    """Where a failed run goes on when it is retried."""
    if failed_stage is Stage.PACKAGE:
        return RunState.PACKAGING
    return RunState.DELIVERING if failed_stage is Stage.DELIVERY else RunState.GENERATING


def startable(done: Collection[Stage]) -> tuple[Stage, ...]:
    """The stages that the line can begin with where these are done, in the order of the line."""
    return tuple(stage for stage in PRODUCE_STAGES if NEEDS[stage] <= set(done))


def depending_on(stage: Stage) -> tuple[Stage, ...]:
    """`stage` and all that works from its result, also by way of others, in the order of the line."""
    found = {stage}
    for later in PRODUCE_STAGES:
        if NEEDS[later] & found:
            found.add(later)
    return tuple(each for each in PRODUCE_STAGES if each in found)
