"""What a face reads of a release's rights. Names and reasons come from outside: they are made harmless where shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """A decision to let a release go in spite of a block."""

    reason: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One block. `target` is empty where it stands against the release wherever it goes; `override` is the decision
    that counts, None where the block stands; `void` one that was given for other facts."""

    kind: str
    what: str
    fix: str
    target: str
    overridable: bool
    override: OverrideRow | None
    void: OverrideRow | None

    @property
    def open(self) -> bool:
        """Whether it stands."""
        return self.override is None


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question that can be answered for a release. `choices` empty: `free` text or a number."""

    name: str
    question: str
    choices: tuple[str, ...]
    free: bool
    target: str
    answer: str
    """As it counts now; empty where nobody answered."""


@dataclass(frozen=True, slots=True)
class RightsSheet:
    """How a release stands."""

    release_id: str
    blocks: tuple[BlockRow, ...]
    declared: Mapping[str, str]
    questions: tuple[QuestionRow, ...]

    @property
    def open(self) -> tuple[BlockRow, ...]:
        """What keeps it in the house."""
        return tuple(row for row in self.blocks if row.open)
