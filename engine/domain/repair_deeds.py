"""What may be done about an error as it stands. The door refuses by these rules, and faces say beforehand why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from engine.domain.errors import NotAllowed
from engine.domain.repair import HEAD, WAITING_PATCHES, GroupState, PatchState, Refusal, Setup, Work, may_move


class Deed(StrEnum):
    """What a person may ask for."""

    ANALYSE = "analysed"
    PROPOSE = "given a patch"
    TRIAL = "tried"
    APPLY = "applied"
    REVERT = "taken back"
    IGNORE = "ignored"
    HEED = "heard of again"


class GroupLike(Protocol):
    """An error group, as far as the rules look at it."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> GroupState: ...
    @property
    def work(self) -> Work: ...


class PatchLike(Protocol):
    """A patch, as far as the rules look at it."""

    @property
    def id(self) -> str: ...
    @property
    def group_id(self) -> str: ...
    @property
    def state(self) -> PatchState: ...
    @property
    def refusals(self) -> Sequence[Refusal]: ...


class BasedLike(Protocol):
    """A patch of a commit."""

    @property
    def state(self) -> PatchState: ...
    @property
    def base(self) -> str: ...


class WatchedLike(Protocol):
    """A patch on probation."""

    @property
    def id(self) -> str: ...
    @property
    def probation_until(self) -> datetime | None: ...


def refusal_of_group(deed: Deed, group: GroupLike) -> NotAllowed | None:
    """Why the group cannot be analysed, given a patch, ignored or heard of again now; None where it can."""
    if deed is Deed.HEED:
        if group.state is GroupState.IGNORED:
            return None
        return NotAllowed(f"Error {group.id} is not ignored: it is {words(group.state)}.")
    if group.work:
        return NotAllowed(f"Error {group.id} is busy: {group.work}.", fix="Wait until that is done.")
    if deed in (Deed.PROPOSE, Deed.IGNORE) and group.state is GroupState.PROBATION:
        return NotAllowed(
            f"A patch of error {group.id} is applied and watched.",
            fix=f"Wait until its probation ends, or take it back: `noktvrn errors revert {group.id}`.",
        )
    return None


def refusal_of_patch(deed: Deed, group: GroupLike, patch: PatchLike) -> NotAllowed | None:
    """Why the patch cannot be tried, applied or taken back now; None where it can."""
    if deed is Deed.REVERT and not may_move(patch.state, PatchState.REVERTED):
        return NotAllowed(f"Patch {patch.id} is not taken back: it is not applied, but {words(patch.state)}.")
    wrong = deed is Deed.TRIAL and not may_move(patch.state, PatchState.VALIDATED)
    wrong = wrong or (deed is Deed.APPLY and patch.state is not PatchState.VALIDATED)
    if wrong:
        return NotAllowed(f"Patch {patch.id} is not {deed}: {_standing(patch)}", fix=_instead(patch))
    return refusal_of_group(deed, group)


def refusal_beside(patch: PatchLike, watched: Sequence[WatchedLike]) -> NotAllowed | None:
    """Why the patch cannot be applied beside those that are on probation; None where it can. A start that fails takes
    back one patch, so only one is watched at a time."""
    other = next((each for each in watched if each.id != patch.id), None)
    if other is None:
        return None
    until = f" until {other.probation_until:%Y-%m-%d %H:%M %Z}" if other.probation_until else ""
    return NotAllowed(
        f"Patch {patch.id} is not applied: patch {other.id} is on probation{until}.",
        fix=f"Wait until then, or take that one back: `noktvrn errors revert {other.id}`.",
    )


def moved_on(patch: BasedLike, setup: Setup) -> str:
    """Says that another commit is checked out than the one that a waiting patch was made for, as the engine saw it
    last; empty where it is not so."""
    head = setup.details.get(HEAD, "")
    if patch.state not in WAITING_PATCHES or not head or head == patch.base:
        return ""
    return f"the code has moved on to {head[:12]}: the patch cannot be applied, ask for a new one"


def start_anew(files: Sequence[str]) -> str:
    """What is to be done so that a patch of these files holds here too: empty where the engine's start is enough."""
    ours = any(file.startswith("console/") for file in files)
    return " Open consoles run the code of before: start them anew." if ours else ""


def words(state: GroupState | PatchState) -> str:
    """A state as a person reads it."""
    return state.replace("_", " ")


def _standing(patch: PatchLike) -> str:
    if patch.state is PatchState.READY:
        return "it was not tried yet."
    if patch.state is PatchState.TRIAL_FAILED:
        return "its trial failed."
    if patch.state is PatchState.INVALID:
        return f"it is invalid. {' '.join(refusal.message for refusal in patch.refusals)}".strip()
    if patch.state is PatchState.PROBATION:
        return "it is applied already, and watched."
    return f"it is {words(patch.state)} already."


def _instead(patch: PatchLike) -> str:
    if patch.state is PatchState.READY:
        return f"Try it first: `noktvrn errors trial {patch.id}`."
    if patch.state is PatchState.TRIAL_FAILED:
        return f"Try it again (`noktvrn errors trial {patch.id}`) or ask for another one."
    if patch.state in (PatchState.INVALID, PatchState.REVERTED):
        return f"Ask for another one: `noktvrn errors propose {patch.group_id}`."
    if patch.state is PatchState.SUPERSEDED:
        return f"A newer one took its place: `noktvrn errors show {patch.group_id}`."
    return f"`noktvrn errors revert {patch.id}` takes it back."
