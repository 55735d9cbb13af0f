"""Who is chosen, when somebody new is born, when somebody retires."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.artists import (
    WORKING,
    ArtistState,
    Candidate,
    after_decision,
    check_transition,
    choose,
    wants_new_artist,
)
from engine.domain.errors import NotAllowed
from tests.conftest import NOW
from tests.label import later

pytestmark = pytest.mark.quick


def artist(
    name: str, *, state: ArtistState = ArtistState.ACTIVE, last: float | None = None, busy: int = 0
) -> Candidate:
    return Candidate(name, state, NOW, None if last is None else later(hours=last), busy)


def test_the_artist_that_never_ran_comes_first() -> None:
    chosen = choose([artist("ran", last=-5), artist("never")])
    assert chosen is not None and chosen.id == "never"


def test_then_the_least_recently_run() -> None:
    chosen = choose([artist("yesterday", last=-24), artist("last week", last=-168)])
    assert chosen is not None and chosen.id == "last week"


@pytest.mark.parametrize("state", [ArtistState.PAUSED, ArtistState.RETIRED])
def test_paused_and_retired_artists_are_left_alone(state: ArtistState) -> None:
    assert choose([artist("resting", state=state)]) is None


def test_an_artist_at_work_is_left_to_finish() -> None:
    assert choose([artist("busy", busy=1)]) is None


def test_an_empty_fleet_always_wants_somebody() -> None:
    assert wants_new_artist([], cap=3, probability=0.0, rng=random.Random(1))


def test_the_cap_holds_whatever_the_chance_says() -> None:
    fleet = [artist(str(n), busy=1) for n in range(3)]
    assert not wants_new_artist(fleet, cap=3, probability=1.0, rng=random.Random(1))


def test_retired_artists_do_not_count_against_the_cap() -> None:
    fleet = [artist(str(n), state=ArtistState.RETIRED) for n in range(3)]
    assert wants_new_artist(fleet, cap=3, probability=0.0, rng=random.Random(1))


def test_births_follow_the_probability() -> None:
    rng, fleet = random.Random(7), [artist("one")]
    births = sum(wants_new_artist(fleet, cap=9, probability=0.1, rng=rng) for _ in range(2000))
    assert 150 < births < 250


def test_the_fifth_rejection_in_a_row_retires() -> None:
    assert after_decision(ArtistState.ACTIVE, 4, approved=False, threshold=5) is ArtistState.ACTIVE
    assert after_decision(ArtistState.ACTIVE, 5, approved=False, threshold=5) is ArtistState.RETIRED


def test_the_first_approval_makes_a_candidate_active() -> None:
    assert after_decision(ArtistState.CANDIDATE, 0, approved=True, threshold=5) is ArtistState.ACTIVE


@given(st.sampled_from(ArtistState), st.integers(0, 20), st.booleans())
def test_a_decision_never_wakes_a_resting_artist(state: ArtistState, in_a_row: int, approved: bool) -> None:
    if state not in WORKING:
        assert after_decision(state, in_a_row, approved=approved, threshold=5) is state


def test_a_retired_artist_comes_back_only_as_active() -> None:
    check_transition("a-1", ArtistState.RETIRED, ArtistState.ACTIVE)
    with pytest.raises(NotAllowed, match="a-1"):
        check_transition("a-1", ArtistState.RETIRED, ArtistState.PAUSED)
