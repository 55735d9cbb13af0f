"""A purchase takes only the steps of its table; an end is an end; a plan covers its days."""

from __future__ import annotations

from datetime import date

import pytest

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


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
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


def test_no_step_sends_an_order_a_second_time() -> None:
    assert all(S.CREATED not in after for after in TRANSITIONS.values())


def test_nothing_is_fetched_that_was_not_ready() -> None:
    assert [before for before in S if S.DOWNLOADED in TRANSITIONS[before]] == [S.READY]


def test_what_may_have_cost_never_ends_in_silence() -> None:
    """It is fetched, or fails by a word of the vendor's or of a person."""
    assert {after for before in MAY_HAVE_COST for after in TRANSITIONS[before]} <= MAY_HAVE_COST | {S.FAILED}


def test_a_plan_covers_its_last_day_and_no_later_one() -> None:
    rights = Rights("Pro", commercial=True, until=date(2026, 12, 31))
    assert rights.cover(date(2026, 12, 31)) and not rights.cover(date(2027, 1, 1))
    assert Rights("Pro", commercial=True).cover(date(2099, 1, 1))
