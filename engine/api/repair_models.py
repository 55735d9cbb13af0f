"""What a face sees of errors and their repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.domain.repair import Cause, Diagnosis, GroupState, PatchState, Refusal, Setup, TrialReport, Work
from engine.domain.runs import RunState


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One group of equal errors. `patch` is where its newest patch stands; None where it has none."""

    id: str
    type: str
    message: str
    part: str
    state: GroupState
    count: int
    first_seen: datetime
    last_seen: datetime
    cause: Cause | None = None
    """None until it is diagnosed."""
    tainted: bool = False
    """Its evidence holds outside text: no patch for it is ever applied unasked."""
    work: Work = Work.NONE
    """What is being done about it now."""
    work_note: str = ""
    """How far that is, such as `affected tests: 12 of 40`."""
    work_since: datetime | None = None
    """Since when that is being done; None where nothing is."""
    ignored_until: datetime | None = None
    """With the state `ignored` alone; None there: for good."""
    patch: PatchState | None = None

    @property
    def doing(self) -> str:
        """What is being done about it now and how far that is; empty for nothing."""
        return f"{self.work}: {self.work_note}" if self.work and self.work_note else str(self.work)

    @property
    def recovered(self) -> bool:
        """Whether its cause is over."""
        return self.state is GroupState.RECOVERED


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """One occurrence. `source` is `engine`, `crash`, or the name of the log file in which it was found."""

    at: datetime
    run_id: str | None
    artist_id: str | None
    stage: str | None
    message: str
    traceback: str
    provider: str | None = None
    source: str = "engine"


@dataclass(frozen=True, slots=True)
class AffectedRun:
    """A run in which an error happened, as it is now. `title` is empty where it has none yet; `at`: the last time."""

    id: str
    title: str
    artist_id: str
    artist: str
    state: RunState
    at: datetime


@dataclass(frozen=True, slots=True)
class PatchView:
    """One patch of a group. `diff` is the canonical one, whose `digest` (sha256) an order to apply it must name."""

    id: str
    group_id: str
    number: int
    state: PatchState
    base: str
    commit: str
    diff: str
    digest: str
    files: tuple[str, ...]
    author: str
    refusals: tuple[Refusal, ...]
    trial: TrialReport | None
    """Without its log among the patches of a group: `Queries.trial_log` has it, as has `Queries.patch`."""
    created_at: datetime
    applied_at: datetime | None
    reverted_at: datetime | None
    probation_until: datetime | None
    note: str
    prompt_hash: str = ""
    revert_commit: str = ""

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a person must say yes to once more before it is applied: what the gate warns of, and a trial without
        walls."""
        found = [refusal.message for refusal in self.refusals]
        found += [self.note] if self.note else []
        if self.trial is not None and not self.trial.isolated:
            found.append("Its trial was not isolated: the tests could reach the network and the disk.")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Trend:
    """How often an error happened: counts of equal spans, the oldest first. `span_s` is the length of one."""

    since: datetime
    span_s: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """A group with its newest events, its diagnosis and its patches, the newest first.

    `runs` and `provider` come from the newest thousand events.
    """

    row: ErrorRow
    diagnosis: Diagnosis | None
    diagnosed_at: datetime | None
    patches: tuple[PatchView, ...]
    trend: Trend
    """By the hour over the last day."""
    fortnight: Trend
    """By the day over the last two weeks."""
    runs: tuple[AffectedRun, ...]
    """At most twenty, the one that was touched last first."""
    provider: str
    """The outside service of its newest event that names one; empty where none does."""
    similar: tuple[ErrorRow, ...]
    """Other groups of the same type or part, at most five."""
    setup: Setup
    events: tuple[ErrorEvent, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be left for the engine: a command's kind and arguments, and the id that the audit log names."""

    kind: str
    arguments: Mapping[str, Any]
    ref: str
