"""An artist's life: states, who is chosen next, when a new one is born, when one retires."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain.errors import NotAllowed


class ArtistState(StrEnum):
    """States of an artist. A person can bring back paused and retired ones."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    EVOLVING = "evolving"
    PAUSED = "paused"
    RETIRED = "retired"


WORKING = frozenset({ArtistState.CANDIDATE, ArtistState.ACTIVE, ArtistState.EVOLVING})

_A = ArtistState
TRANSITIONS: dict[ArtistState, frozenset[ArtistState]] = {
    _A.CANDIDATE: frozenset({_A.ACTIVE, _A.PAUSED, _A.RETIRED}),
    _A.ACTIVE: frozenset({_A.EVOLVING, _A.PAUSED, _A.RETIRED}),
    _A.EVOLVING: frozenset({_A.ACTIVE, _A.PAUSED, _A.RETIRED}),
    _A.PAUSED: frozenset({_A.ACTIVE, _A.RETIRED}),
    _A.RETIRED: frozenset({_A.ACTIVE}),
}
TAKEN_BACK: dict[ArtistState, frozenset[ArtistState]] = {
    _A.ACTIVE: frozenset({_A.CANDIDATE, _A.EVOLVING}),
    _A.RETIRED: WORKING,
}
"""The steps of `after_decision` backwards; only the undoing of that decision takes them."""


def check_transition(artist_id: str, before: ArtistState, after: ArtistState, *, undoing: bool = False) -> None:
    """Raises NotAllowed where an artist cannot go from `before` to `after`, or not by undoing a decision."""
    if after not in (TAKEN_BACK.get(before, frozenset()) if undoing else TRANSITIONS[before]):
        raise NotAllowed(f"Artist {artist_id} is {before} and cannot become {after}.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What selection needs to know of an artist."""

    id: str
    state: ArtistState
    created_at: datetime
    last_run_at: datetime | None
    open_runs: int


def choose(fleet: Sequence[Candidate]) -> Candidate | None:
    """The working artist that has waited longest: never-run first, then least recently run; None if all are at work.

    An artist with a run under way is left to finish it, so that its next song can learn from this one.
    """
    free = [artist for artist in fleet if artist.state in WORKING and artist.open_runs == 0]
    if not free:
        return None
    return min(free, key=lambda a: (a.last_run_at is not None, a.last_run_at or a.created_at, a.created_at, a.id))


def wants_new_artist(fleet: Sequence[Candidate], *, cap: int, probability: float, rng: random.Random) -> bool:
    """Whether this cycle invents an artist: always when nobody can work, never above the cap, else by chance."""
    working = sum(artist.state in WORKING for artist in fleet)
    if working >= cap:
        return False
    return choose(fleet) is None or rng.random() < probability


def after_decision(state: ArtistState, rejections_in_a_row: int, *, approved: bool, threshold: int) -> ArtistState:
    """The artist's state after a person's decision. `rejections_in_a_row` counts this one in."""
    if not approved:
        return ArtistState.RETIRED if state in WORKING and rejections_in_a_row >= threshold else state
    return ArtistState.ACTIVE if state in (ArtistState.CANDIDATE, ArtistState.EVOLVING) else state
