"""What a face reads of targets and deliveries. No secret is in any of it, and no upload address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.domain.delivery import Declaration, DeliveryState, FileReceipt, Finding, Mode, TargetKind
from engine.store.delivery_steps import Step

__all__ = [
    "AskedRow",
    "DeliveryDetail",
    "DeliveryRow",
    "HostKeyShown",
    "SecretState",
    "Step",
    "TargetRow",
    "Told",
]


@dataclass(frozen=True, slots=True)
class SecretState:
    """A variable that a target reads, and whether it holds something."""

    variable: str
    needed: bool
    is_set: bool


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target. `place` is where it is, in words; `unsaid` what each delivery must answer."""

    name: str
    kind: TargetKind
    mode: Mode
    place: str
    options: Mapping[str, str]
    declarations: Mapping[str, str]
    unsaid: tuple[str, ...]
    added_at: datetime
    added_by: str
    checked_at: datetime | None
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    """Deliveries by state."""


@dataclass(frozen=True, slots=True)
class AskedRow:
    """What one target asks of a release: every answer that counts there, and the questions. `live`: a live DDEX message
    goes along."""

    target: str
    answers: Mapping[str, str]
    questions: tuple[Declaration, ...]
    live: bool


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery as a list shows it. `share` 0..1 of the bytes."""

    id: str
    release_id: str
    run_id: str
    artist: str
    title: str
    target: str
    kind: TargetKind
    state: DeliveryState
    share: float
    bytes_done: int
    bytes_total: int
    at_file: str
    round: int
    failures: int
    cause: str
    fix: str
    due_at: datetime | None
    next_try_at: datetime | None
    reference: str
    place: str
    asked_by: str
    note: str
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    unsaid: tuple[str, ...] = ()
    """Questions that must be answered before anything is sent there."""
    test: bool = False
    """It was delivered as a DDEX test message."""
    withdrawn_before: bool = False
    """It was delivered in an earlier round, and withdrawn."""

    @property
    def before(self) -> str:
        """What the state hides of one that was declined before it left again, in words; else empty."""
        hides = self.withdrawn_before and self.state is DeliveryState.DECLINED
        return "delivered and withdrawn before" if hides else ""

    @property
    def state_word(self) -> str:
        """The state as it is said to people."""
        return f"{self.state} (test)" if self.test else str(self.state)


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """One delivery with its receipts. `steps` are the newest first."""

    row: DeliveryRow
    files: tuple[FileReceipt, ...]
    notes: tuple[str, ...]
    declarations: Mapping[str, str]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class HostKeyShown:
    """The key that a server shows, before it is accepted."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a word about one delivery."""

    delivery_id: str
    target: str
    state: DeliveryState
