"""What single screens ask for: a sign of life, an edited persona, an undo, versions, experiments, the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.domain.artists import ArtistState
from engine.domain.experiments import VariantOutcome
from engine.domain.persona import Persona, Problem
from engine.domain.runs import Stage


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The worker's last sign of life. `pid` is the supervisor's."""

    pid: int
    version: str
    started_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonaPlan:
    """What an edit of a persona would do: `changes` by field, each with (before, after). Problems forbid it."""

    artist_id: str
    fingerprint: str
    """Of the persona that it begins with."""
    persona: Persona
    """As it would be stored."""
    changes: Mapping[str, tuple[Any, Any]]
    problems: tuple[Problem, ...]
    at_work: int
    """Songs of this artist that are queued or being made: their next stages go by the new persona."""
    seen: int = 0
    """The fleet's newest change when the others were looked at."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What the undoing of a decision took back, and what it left as it is."""

    run_id: str
    title: str
    artist: str
    artist_before: ArtistState
    """What the decision, or something since, had made of the artist."""
    artist_state: ArtistState
    kept: str
    """Why the artist's state was not taken back although the decision had changed it; else empty."""

    @property
    def of_the_artist(self) -> str:
        """`Vesper Lane is a candidate again.`; empty where nothing was changed. Foreign text, like the name."""
        state = "a candidate" if self.artist_state is ArtistState.CANDIDATE else str(self.artist_state)
        if self.kept:
            return f"{self.artist} stays {state}: {self.kept}."
        return f"{self.artist} is {state} again." if self.artist_state is not self.artist_before else ""


@dataclass(frozen=True, slots=True)
class RetryChoice:
    """One way to take a run up again. `stage` None: where it failed, in the same version."""

    stage: Stage | None
    again: tuple[Stage, ...]
    kept: tuple[Stage, ...]
    seconds: Mapping[str, float]
    """What each stage that is made again usually takes; absent where nothing is known."""
    notes: tuple[str, ...] = ()

    @property
    def total_s(self) -> float | None:
        """All of them together, None where one is not known."""
        if any(stage not in self.seconds for stage in self.again):
            return None
        return sum(self.seconds[stage] for stage in self.again)


@dataclass(frozen=True, slots=True)
class RetryChoices:
    """Every way to take a run up again; `version` is the one that was looked at."""

    run_id: str
    version: int
    choices: tuple[RetryChoice, ...]


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One go at a version. `outcome` is the state that it ended in, empty while it goes on; `packing`: the release."""

    attempt: int
    packing: bool
    begun_at: datetime
    ended_at: datetime | None
    outcome: str
    stage: str
    """Where it failed."""
    reason: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a run: how it came to be, what was made for it and what it took over, and every attempt at it."""

    version: int
    how: str
    actor: str
    actor_name: str
    channel: str
    at: datetime
    made: tuple[str, ...]
    kept: tuple[str, ...]
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True, slots=True)
class CostRow:
    """What one stage or one provider cost a run; `calls` counts what was paid for or asked."""

    name: str
    calls: int
    cost_microusd: int


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """An experiment and what came of each variant so far."""

    id: str
    parameter: str
    outcomes: tuple[VariantOutcome, ...]


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a run stands in the queue for review, from 0; None where it does not wait. The queue is a ring."""

    total: int = 0
    oldest: datetime | None = None
    """Since when the first of the queue waits."""
    number: int | None = None
    before: str | None = None
    """The run at its one side, None where no other waits."""
    after: str | None = None
