"""What the undoing of a decision leaves of it in its artist's record: nothing, unless others have built on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.artists import TRANSITIONS, WORKING, ArtistState, after_decision, check_transition
from engine.domain.errors import NotAllowed
from engine.domain.record import COUNT, STATE, Change, Record, Ruling, without
from tests.label import later

pytestmark = pytest.mark.quick
THRESHOLD = 5
alike = settings(derandomize=True, deadline=None)


class Life:
    """An artist's record as decisions, people and undoing change it; every event a second after the one before."""

    def __init__(self) -> None:
        self.state, self.count = ArtistState.CANDIDATE, 0
        self.changes: list[Change] = []
        self.rulings: list[Ruling] = []
        self.kept = ""
        self._second = 0

    @property
    def record(self) -> tuple[ArtistState, int]:
        return self.state, self.count

    def decide(self, *, approved: bool) -> datetime:
        at = self._tick()
        count = 0 if approved else self.count + 1
        self._become(at, after_decision(self.state, count, approved=approved, threshold=THRESHOLD), count)
        self.rulings.append(Ruling(at, approved))
        return at

    def by_hand(self, state: ArtistState) -> None:
        if state in TRANSITIONS[self.state]:
            self._become(self._tick(), state, 0 if state is ArtistState.ACTIVE else self.count, by="grace")

    def undo(self, decided_at: datetime) -> None:
        at = self._tick()
        self.rulings = [replace(r, undone_at=at) if r.at == decided_at else r for r in self.rulings]
        undone = next(ruling for ruling in self.rulings if ruling.at == decided_at)
        found = without(self.state, self.changes, self.rulings, undone)
        if found.state is not self.state:
            check_transition("a-1", self.state, found.state, undoing=True)
        self._become(at, found.state, found.rejections_in_a_row)
        self.kept = found.kept

    def _tick(self) -> datetime:
        self._second += 1
        return later(seconds=self._second)

    def _become(self, at: datetime, state: ArtistState, count: int, by: str = "") -> None:
        if count != self.count:
            self.changes.append(Change(at, COUNT, self.count, count, by))
        if state is not self.state:
            self.changes.append(Change(at, STATE, self.state.value, state.value, by))
        self.state, self.count = state, count


def lived(events: list[str]) -> Life:
    life = Life()
    for event in events:
        if event in ("approve", "reject"):
            life.decide(approved=event == "approve")
        elif event == "undone":
            life.undo(life.decide(approved=True))
        else:
            life.by_hand(ArtistState(event))
    return life


EVENTS = st.lists(st.sampled_from(["approve", "reject", "undone", "evolving", "paused", "retired", "active"]))


@alike
@given(EVENTS, st.booleans())
def test_a_decision_that_is_undone_at_once_leaves_the_record_as_it_was(events: list[str], approved: bool) -> None:
    life = lived(events)
    before = life.record
    life.undo(life.decide(approved=approved))
    assert life.record == before
    assert life.kept == ""


@alike
@given(EVENTS, st.lists(st.booleans(), min_size=1, max_size=6), st.randoms())
def test_several_decisions_are_undone_in_any_order(events: list[str], decisions: list[bool], order: Random) -> None:
    life = lived(events)
    before = life.record
    made = [life.decide(approved=approved) for approved in decisions]
    order.shuffle(made)
    for decision in made:
        life.undo(decision)
    assert life.record == before


@alike
@given(EVENTS, st.sampled_from(["paused", "retired", "evolving"]))
def test_a_state_that_somebody_set_since_stays(events: list[str], state: str) -> None:
    life = lived(events)
    approval = life.decide(approved=True)
    if ArtistState(state) not in TRANSITIONS[life.state]:
        return
    life.by_hand(ArtistState(state))
    life.undo(approval)
    assert life.state == state


def test_it_says_who_made_the_state_what_it_is() -> None:
    life = lived([])
    approval = life.decide(approved=True)
    life.by_hand(ArtistState.PAUSED)
    life.undo(approval)
    assert (life.state, life.kept) == (ArtistState.PAUSED, "grace made it so meanwhile")


def test_an_approval_that_stands_keeps_the_artist_active() -> None:
    life = lived([])
    first, second = life.decide(approved=True), life.decide(approved=True)
    life.undo(first)
    assert (life.state, life.kept) == (ArtistState.ACTIVE, "another approval of its songs stands")
    life.undo(second)
    assert (life.state, life.kept) == (ArtistState.CANDIDATE, "")


def test_rejections_since_are_counted_on_from_those_before() -> None:
    life = lived(["reject", "reject"])
    approval = life.decide(approved=True)
    life.decide(approved=False)
    life.undo(approval)
    assert life.count == 3


def test_a_count_that_a_person_began_again_is_not_brought_back() -> None:
    life = lived([*["reject"] * THRESHOLD, "active"])
    life.undo(life.decide(approved=True))
    assert life.record == (ArtistState.ACTIVE, 0)


def test_undoing_the_rejection_that_retired_an_artist_brings_it_back() -> None:
    life = lived(["approve", *["reject"] * (THRESHOLD - 1)])
    rejection = life.decide(approved=False)
    assert life.state is ArtistState.RETIRED
    life.undo(rejection)
    assert life.record == (ArtistState.ACTIVE, THRESHOLD - 1)


def test_an_artist_that_no_decision_changed_is_left_alone() -> None:
    undone = Ruling(later(seconds=1), True, later(seconds=2))
    assert without(ArtistState.PAUSED, [], [undone], undone) == Record(ArtistState.PAUSED, 0)


@alike
@given(st.sampled_from(ArtistState), st.integers(0, 9), st.booleans())
def test_every_step_of_a_decision_can_be_taken_back(state: ArtistState, in_a_row: int, approved: bool) -> None:
    after = after_decision(state, in_a_row, approved=approved, threshold=THRESHOLD)
    if after is not state:
        check_transition("a-1", after, state, undoing=True)


def test_only_undoing_makes_an_active_artist_a_candidate() -> None:
    check_transition("a-1", ArtistState.ACTIVE, ArtistState.CANDIDATE, undoing=True)
    with pytest.raises(NotAllowed):
        check_transition("a-1", ArtistState.ACTIVE, ArtistState.CANDIDATE)


def test_undoing_brings_no_paused_artist_back() -> None:
    for state in WORKING:
        with pytest.raises(NotAllowed):
            check_transition("a-1", ArtistState.PAUSED, state, undoing=True)
