"""A sign, a word and a tone for every state: colour never stands alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple, TypeVar

from engine.domain.albums import AlbumState
from engine.domain.artists import ArtistState
from engine.domain.delivery import DeliveryState
from engine.domain.listing import Wanted
from engine.domain.providers import ProviderState
from engine.domain.repair import GroupState, PatchState
from engine.domain.runs import RunState

S = TypeVar("S", bound=StrEnum)


class Tone(StrEnum):
    """What a colour means; each theme says how it looks."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    ACCENT = "accent"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


STYLES: dict[Tone, str] = {
    Tone.PLAIN: "",
    Tone.DIM: "$text-muted",
    Tone.STRONG: "bold",
    Tone.ACCENT: "$accent",
    Tone.GOOD: "$success",
    Tone.WARN: "$warning",
    Tone.BAD: "$error",
}
"""The tones as style strings for `Content`."""


class Mark(NamedTuple):
    """How a state is shown."""

    sign: str
    word: str
    tone: Tone

    @property
    def text(self) -> str:
        """Sign and word."""
        return f"{self.sign} {self.word}"


RUNS: dict[RunState, Mark] = {
    RunState.QUEUED: Mark("·", "queued", Tone.DIM),
    RunState.GENERATING: Mark("▸", "making", Tone.ACCENT),
    RunState.AWAITING_REVIEW: Mark("?", "to review", Tone.WARN),
    RunState.APPROVED: Mark("✓", "approved", Tone.GOOD),
    RunState.PACKAGING: Mark("▸", "packaging", Tone.ACCENT),
    RunState.PACKAGED: Mark("■", "released", Tone.GOOD),
    RunState.DELIVERING: Mark("▸", "delivering", Tone.ACCENT),
    RunState.DELIVERED: Mark("▲", "delivered", Tone.GOOD),
    RunState.MEASURED: Mark("◆", "measured", Tone.GOOD),
    RunState.WITHDRAWN: Mark("□", "withdrawn", Tone.DIM),
    RunState.REJECTED: Mark("✗", "rejected", Tone.DIM),
    RunState.EXPIRED: Mark("○", "expired", Tone.DIM),
    RunState.CANCELLED: Mark("⊘", "cancelled", Tone.DIM),
    RunState.FAILED: Mark("!", "failed", Tone.BAD),
}

ARTISTS: dict[ArtistState, Mark] = {
    ArtistState.CANDIDATE: Mark("○", "candidate", Tone.PLAIN),
    ArtistState.ACTIVE: Mark("●", "active", Tone.GOOD),
    ArtistState.EVOLVING: Mark("◐", "evolving", Tone.ACCENT),
    ArtistState.PAUSED: Mark("‖", "paused", Tone.WARN),
    ArtistState.RETIRED: Mark("□", "retired", Tone.DIM),
}

ALBUMS: dict[AlbumState, Mark] = {
    AlbumState.DRAFT: Mark("○", "draft", Tone.DIM),
    AlbumState.APPROVED: Mark("✓", "approved", Tone.GOOD),
    AlbumState.PACKAGING: Mark("▸", "packaging", Tone.ACCENT),
    AlbumState.PACKAGED: Mark("■", "packaged", Tone.GOOD),
    AlbumState.FAILED: Mark("!", "failed", Tone.BAD),
    AlbumState.DELIVERED: Mark("▲", "delivered", Tone.GOOD),
    AlbumState.WITHDRAWN: Mark("□", "withdrawn", Tone.DIM),
}

DAYS: dict[str, Mark] = {
    "slot": Mark("·", "slot", Tone.DIM),
    "planned": Mark("○", "planned", Tone.ACCENT),
    "embargo": Mark("‖", "embargo ends", Tone.WARN),
    "delivery": Mark("▸", "to deliver", Tone.ACCENT),
    "delivered": Mark("▲", "delivered", Tone.GOOD),
    "release": Mark("■", "release", Tone.GOOD),
}
"""What happens on a day of the calendar, from what weighs least to what weighs most."""

STAGES: dict[str, Mark] = {
    "waiting": Mark("·", "waiting", Tone.DIM),
    "running": Mark("▸", "running", Tone.ACCENT),
    "done": Mark("✓", "done", Tone.GOOD),
    "failed": Mark("✗", "failed", Tone.BAD),
    "stopped": Mark("○", "stopped", Tone.DIM),
    "unmade": Mark("-", "not made", Tone.DIM),
}

MODELS: dict[str, Mark] = {
    "ready": Mark("●", "ready", Tone.GOOD),
    "failing": Mark("!", "failing", Tone.BAD),
    "cooling": Mark("-", "cooling", Tone.WARN),
    "probing": Mark("?", "probing", Tone.WARN),
    "half-open": Mark("?", "half-open", Tone.WARN),
    "key refused": Mark("!", "key", Tone.BAD),
    "no credits": Mark("!", "credits", Tone.BAD),
    "gone": Mark("x", "gone", Tone.BAD),
    "retired": Mark("x", "retired", Tone.WARN),
    "not ranked": Mark("○", "not ranked", Tone.DIM),
    "new": Mark("+", "new", Tone.DIM),
    "unchecked": Mark("?", "unchecked", Tone.WARN),
    "check failed": Mark("!", "check", Tone.BAD),
}

PROVIDERS: dict[str, Mark] = {
    ProviderState.READY: Mark("●", "ready", Tone.GOOD),
    ProviderState.FAILING: Mark("!", "failing", Tone.BAD),
    ProviderState.RESTING: Mark("-", "resting", Tone.WARN),
    ProviderState.REFUSED: Mark("!", "refused", Tone.BAD),
    ProviderState.OFF: Mark("○", "off", Tone.DIM),
}

ERRORS: dict[GroupState, Mark] = {
    GroupState.NEW: Mark("!", "new", Tone.BAD),
    GroupState.ANALYSED: Mark("?", "analysed", Tone.WARN),
    GroupState.PATCH_INVALID: Mark("✗", "patch invalid", Tone.WARN),
    GroupState.PATCH_READY: Mark("+", "patch ready", Tone.ACCENT),
    GroupState.TRIAL_FAILED: Mark("✗", "trial failed", Tone.WARN),
    GroupState.VALIDATED: Mark("●", "validated", Tone.ACCENT),
    GroupState.PROBATION: Mark("◐", "probation", Tone.GOOD),
    GroupState.RESOLVED: Mark("✓", "resolved", Tone.DIM),
    GroupState.REVERTED: Mark("←", "reverted", Tone.WARN),
    GroupState.REGRESSED: Mark("!", "regressed", Tone.BAD),
    GroupState.RECOVERED: Mark("○", "recovered", Tone.DIM),
    GroupState.IGNORED: Mark("-", "ignored", Tone.DIM),
}

PATCHES: dict[PatchState, Mark] = {
    PatchState.INVALID: Mark("✗", "invalid", Tone.WARN),
    PatchState.READY: Mark("+", "ready", Tone.ACCENT),
    PatchState.TRIAL_FAILED: Mark("✗", "trial failed", Tone.WARN),
    PatchState.VALIDATED: Mark("●", "validated", Tone.ACCENT),
    PatchState.PROBATION: Mark("◐", "probation", Tone.GOOD),
    PatchState.APPLIED: Mark("✓", "applied", Tone.GOOD),
    PatchState.REVERTED: Mark("←", "reverted", Tone.WARN),
    PatchState.SUPERSEDED: Mark("□", "superseded", Tone.DIM),
}

DELIVERIES: dict[DeliveryState, Mark] = {
    DeliveryState.ASKED: Mark("?", "asked", Tone.WARN),
    DeliveryState.DECLINED: Mark("✗", "declined", Tone.DIM),
    DeliveryState.WAITING: Mark("◔", "waiting", Tone.ACCENT),
    DeliveryState.QUEUED: Mark("·", "queued", Tone.ACCENT),
    DeliveryState.SENDING: Mark("▸", "sending", Tone.ACCENT),
    DeliveryState.DELIVERED: Mark("▲", "delivered", Tone.GOOD),
    DeliveryState.FAILED: Mark("!", "failed", Tone.BAD),
    DeliveryState.UNKNOWN: Mark("?", "unknown", Tone.BAD),
    DeliveryState.WITHDRAWING: Mark("◂", "withdrawing", Tone.WARN),
    DeliveryState.WITHDRAWN: Mark("□", "withdrawn", Tone.DIM),
}

LEVELS: dict[str, Tone] = {
    "DEBUG": Tone.DIM,
    "INFO": Tone.PLAIN,
    "WARNING": Tone.WARN,
    "ERROR": Tone.BAD,
    "CRITICAL": Tone.BAD,
}


def legend(marks: Iterable[Mark]) -> list[tuple[str, str]]:
    """Signs with the words that they stand for, in their colours, for `Content.assemble`; each sign once."""
    words: dict[str, list[Mark]] = {}
    for mark in marks:
        words.setdefault(mark.sign, []).append(mark)
    return [
        (f"{sign} {', '.join(dict.fromkeys(mark.word for mark in same))}   ", STYLES[same[0].tone])
        for sign, same in words.items()
    ]


def passed(ok: bool) -> Mark:
    """A check's outcome."""
    return Mark("✓", "ok", Tone.GOOD) if ok else Mark("✗", "fails", Tone.BAD)


def of(table: dict[str, Mark], state: str) -> Mark:
    """The mark of a state that may be newer than this console."""
    return table.get(state, Mark("·", state, Tone.PLAIN))


def named(marks: Mapping[S, Mark], words: Sequence[str] | None) -> list[S] | None:
    """The states that somebody means who types `state:…`: by the word on the screen or by their own name."""
    if words is None:
        return None
    return [
        state
        for state, mark in marks.items()
        if any(word in mark.word.replace(" ", "-") or word in state.value.replace("_", "-") for word in words)
    ]


_ALSO = ("waiting", "review")
"""What people call a song that is `to review`."""


def stated(marks: Mapping[S, Mark], sought: Wanted) -> Wanted | None:
    """The same filter with the plain words that are a state's name taken as `state:…`; None where none is one."""
    names = {name for state, mark in marks.items() for name in (mark.word, state.value)}
    named_so = {name.replace(" ", "-").replace("_", "-") for name in names} | set(_ALSO)
    states = tuple(word for word in sought.words if word in named_so and named(marks, [word]))
    if not states or "state" in sought.columns:
        return None
    words = tuple(word for word in sought.words if word not in states)
    return replace(sought, words=words, columns={**sought.columns, "state": states})
