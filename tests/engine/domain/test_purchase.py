"""A purchase takes only the steps of its table; an end is an end; a plan covers its days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.domain.errors import NotAllowed
from engine.domain.purchase import (
    MAY_HAVE_COST,
    OPEN,
    REMEDIES,
    TRANSITIONS,
    PurchaseState,
    Rights,
    Trouble,
    check_transition,
)

pytestmark = pytest.mark.quick

S = PurchaseState


@given(st.sampled_from(S), st.sampled_from(S))
def test_a_step_passes_exactly_when_the_table_names_it(before: S, after: S) -> None:
    if after in TRANSITIONS[before]:
        check_transition("k-1", before, after)
    else:
        with pytest.raises(NotAllowed, match="k-1"):
            check_transition("k-1", before, after)


def test_every_open_state_leads_to_an_end() -> None:
    for state in OPEN:
        reached, ahead = set(), {state}
        while ahead:
            reached |= ahead
            ahead = {after for before in ahead for after in TRANSITIONS[before]} - reached
        assert reached & {S.DOWNLOADED} and reached & {S.FAILED}


def test_every_trouble_has_a_remedy() -> None:
    assert set(REMEDIES) == set(Trouble)


class Orders(RuleBasedStateMachine):
    """Any sequence of steps that the table allows, counting how often an order left for the vendor."""

    def __init__(self) -> None:
        super().__init__()
        self.state = S.CREATED
        self.past = [S.CREATED]

    @precondition(lambda self: bool(TRANSITIONS[self.state]))
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        self.state = data.draw(st.sampled_from(sorted(TRANSITIONS[self.state])))
        self.past.append(self.state)

    @precondition(lambda self: not TRANSITIONS[self.state])
    @rule()
    def another_one(self) -> None:
        self.state = S.CREATED
        self.past = [S.CREATED]

    @invariant()
    def an_order_leaves_once(self) -> None:
        assert self.past.count(S.CREATED) == 1

    @invariant()
    def nothing_is_fetched_that_was_not_ready(self) -> None:
        if S.DOWNLOADED in self.past:
            assert self.past[self.past.index(S.DOWNLOADED) - 1] is S.READY

    @invariant()
    def what_may_have_cost_never_returns_to_the_start(self) -> None:
        if self.state in MAY_HAVE_COST:
            assert S.CREATED not in TRANSITIONS[self.state]


TestOrders = Orders.TestCase


def test_a_plan_covers_its_last_day_and_no_later_one() -> None:
    rights = Rights("Pro", commercial=True, until=date(2026, 12, 31))
    assert rights.cover(date(2026, 12, 31)) and not rights.cover(date(2027, 1, 1))
    assert Rights("Pro", commercial=True).cover(date(2099, 1, 1))
