"""An artist's record, as it would be had a decision not been made: what the undoing of that decision takes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.domain.artists import ArtistState


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision of a person who looked at one of the artist's songs; one that was taken back has `undone_at`."""

    at: datetime
    approved: bool
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the state or of the count of rejections. What a ruling changed carries the ruling's time."""

    at: datetime
    field: str
    before: object
    after: object
    by: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What decisions change of an artist. `kept` says why its state was not taken back, empty where it was."""

    state: ArtistState
    rejections_in_a_row: int
    kept: str = ""


STATE, COUNT = "state", "rejections_in_a_row"


def without(state: ArtistState, changes: Sequence[Change], rulings: Sequence[Ruling], undone: Ruling) -> Record:
    """The record of an artist in `state` without `undone`, which is one of `rulings` and has its `undone_at`.

    All oldest first. An artist begins with no rejections.
    """
    after, kept = _state(state, [change for change in changes if change.field == STATE], rulings, undone)
    return Record(after, _count(changes, rulings), kept)


def _state(
    state: ArtistState, moves: Sequence[Change], rulings: Sequence[Ruling], undone: Ruling
) -> tuple[ArtistState, str]:
    """Steps back where nothing but rulings that were taken back has made the state what it is."""
    if not moves:
        return state, ""
    newest = moves[-1]
    author = next((ruling for ruling in rulings if ruling.at == newest.at), None)
    if author is None or author.undone_at is None:
        moved = any(move.at == undone.at for move in moves)
        return state, f"{newest.by or 'something else'} made it so meanwhile" if moved else ""
    if any(_holds(ruling, newest.at) and ruling.approved is author.approved for ruling in rulings):
        return state, f"another {'approval' if author.approved else 'rejection'} of its songs stands"
    return ArtistState(str(newest.before)), ""


def _holds(ruling: Ruling, since: datetime | None) -> bool:
    return ruling.undone_at is None and (since is None or ruling.at > since)


def _count(changes: Sequence[Change], rulings: Sequence[Ruling]) -> int:
    """Rejections that stand, counted from the last approval that stands, or on from what a person set by hand."""
    moments = {moment for ruling in rulings for moment in (ruling.at, ruling.undone_at)}
    since, count = None, 0
    for change in changes:
        if change.at in moments:
            continue
        if change.field == COUNT:
            since, count = change.at, int(str(change.after))
        elif change.after == ArtistState.ACTIVE:  # whoever brings an artist back starts its count again
            since, count = change.at, 0
    for ruling in rulings:
        if _holds(ruling, since):
            count = 0 if ruling.approved else count + 1
    return count
