"""What faces see of edits: what would be done, what was done, and how two revisions differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.domain.difference import Line
from engine.domain.runs import RunState, Stage


@dataclass(frozen=True, slots=True)
class EditRow:
    """One edit by a person. `changed` holds title, lyrics or both; `version` is the one that it makes."""

    version: int
    changed: tuple[str, ...]
    actor: str
    actor_name: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RevisionText:
    """The words of a revision. `number` and `hash` are None while it is still being made."""

    number: int | None
    hash: str | None
    title: str
    lyrics: str
    """With a `[section]` line above each part."""
    at: datetime


@dataclass(frozen=True, slots=True)
class EditPlan:
    """What an edit would do, before anybody does it. Seconds are estimates, None where nothing is known yet."""

    run_id: str
    revision_hash: str
    title: tuple[str, str] | None
    """Before and after; None where it is left alone."""
    lyrics: tuple[str, str] | None
    made_again: tuple[Stage, ...]
    kept: tuple[Stage, ...]
    seconds: Mapping[Stage, float]
    """What each stage that is made again usually takes; stages without any experience are absent."""
    notes: tuple[str, ...]
    """What a person should know before saying yes."""

    @property
    def total_s(self) -> float | None:
        """All of it."""
        known = [self.seconds.get(stage) for stage in self.made_again]
        return None if None in known else sum(second for second in known if second is not None)


@dataclass(frozen=True, slots=True)
class RevisionDifference:
    """The newest revision (or the one that is being made by an edit) against the one before."""

    run_id: str
    state: RunState
    before: RevisionText
    after: RevisionText
    edit: EditRow | None
    """The edit between the two; None where the song was made anew."""
    title: tuple[Line, ...]
    lyrics: tuple[Line, ...]
    files: Mapping[str, bool]
    """By kind: whether the file is another one. Empty while the newer revision is being made."""


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit was taken: the run is made again as this version. `engine_running` False: it waits until one starts."""

    run_id: str
    version: int
    engine_running: bool
