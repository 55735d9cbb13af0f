"""One order of music from an outside provider, as a state machine that no crash can make lose or double a purchase.

created     its key is saved, the order is about to leave; found so after a crash it may have been charged
submitted   the vendor named a task
running     the vendor says that it works on it
ready       the vendor says where the clips are, or sent them along
downloaded  every clip that is wanted lies in the artefact store
failed      nothing came of it, and why (`Trouble`)
unknown     it may have been charged and the vendor has no answer: its cost is booked, it is never sent again
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine.domain.errors import NotAllowed


class PurchaseState(StrEnum):
    """States of a purchase."""

    CREATED = "created"
    SUBMITTED = "submitted"
    RUNNING = "running"
    READY = "ready"
    DOWNLOADED = "downloaded"
    FAILED = "failed"
    UNKNOWN = "unknown"


_S = PurchaseState
TRANSITIONS: Mapping[PurchaseState, frozenset[PurchaseState]] = {
    _S.CREATED: frozenset({_S.SUBMITTED, _S.READY, _S.FAILED, _S.UNKNOWN}),
    _S.SUBMITTED: frozenset({_S.RUNNING, _S.READY, _S.FAILED, _S.UNKNOWN}),
    _S.RUNNING: frozenset({_S.READY, _S.FAILED, _S.UNKNOWN}),
    _S.READY: frozenset({_S.DOWNLOADED, _S.FAILED}),
    _S.UNKNOWN: frozenset({_S.READY, _S.FAILED}),
    _S.DOWNLOADED: frozenset(),
    _S.FAILED: frozenset(),
}
"""From unknown on it is ready or failed where the vendor could be asked after all, or closed by a person who saw its
bill."""

OPEN = frozenset({_S.CREATED, _S.SUBMITTED, _S.RUNNING, _S.READY})
"""States that the engine goes on from."""
MAY_HAVE_COST = frozenset({_S.SUBMITTED, _S.RUNNING, _S.READY, _S.DOWNLOADED, _S.UNKNOWN})


def check_transition(purchase_id: str, before: PurchaseState, after: PurchaseState) -> None:
    """Raises NotAllowed where the table above has no such step."""
    if after not in TRANSITIONS[before]:
        raise NotAllowed(f"Purchase {purchase_id} is {before}, which cannot become {after}.")


class Trouble(StrEnum):
    """Why a provider gave nothing. What follows from each stands in `Remedy`."""

    KEY = "key"
    ADDRESS = "address"
    """Somebody answers there who is not the vendor, such as a login page or a redirect."""
    CREDITS = "credits"
    BUSY = "busy"
    DOWN = "down"
    POLICY = "policy"
    INPUT = "input"
    ANSWER = "answer"
    GENERATION = "generation"
    LATE = "late"
    UNUSABLE = "unusable"
    """What came cannot be played, or is a near copy of an earlier track."""


class Remedy(StrEnum):
    """What is done about a trouble: leave the provider alone for a while, tell the operator, or only go on."""

    REST = "rest"
    TELL = "tell"
    GO_ON = "go_on"


REMEDIES: Mapping[Trouble, Remedy] = {
    Trouble.KEY: Remedy.TELL,
    Trouble.ADDRESS: Remedy.TELL,
    Trouble.CREDITS: Remedy.TELL,
    Trouble.BUSY: Remedy.REST,
    Trouble.DOWN: Remedy.REST,
    Trouble.POLICY: Remedy.GO_ON,
    Trouble.INPUT: Remedy.GO_ON,
    Trouble.ANSWER: Remedy.REST,
    Trouble.GENERATION: Remedy.GO_ON,
    Trouble.LATE: Remedy.REST,
    Trouble.UNUSABLE: Remedy.GO_ON,
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What the operator's plan with a vendor allows. `until` is the last day that it covers; None: no end is known."""

    plan: str
    commercial: bool
    attribution: str = ""
    until: date | None = None

    def cover(self, day: date) -> bool:
        """Whether the plan covers music that is made on this day."""
        return self.until is None or day <= self.until

    def __str__(self) -> str:
        parts = [f"plan={self.plan}", f"commercial={'yes' if self.commercial else 'no'}"]
        if self.attribution:
            parts.append(f"attribution={self.attribution}")
        if self.until is not None:
            parts.append(f"until={self.until.isoformat()}")
        return "; ".join(parts)
