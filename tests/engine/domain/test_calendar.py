"""The rules of the calendar: slots, what is due, what is free, what comes too close."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.domain import calendar as rules
from engine.domain.calendar import Cadence, Planned, Standing, Unit
from engine.domain.errors import UsageError

pytestmark = pytest.mark.quick
FRIDAYS = Cadence(2, Unit.WEEKS, 4, date(2026, 11, 2))
"""Every second Friday from 6 November 2026 on."""


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("text", "words"),
    [("10d", "every 10 days"), ("1w", "every week"), ("2w fri", "every 2 weeks on Friday"), ("1D", "every day")],
)
def test_a_cadence_is_read_and_said(text: str, words: str) -> None:
    assert rules.read_cadence(text, day("11-02")).in_words() == words


@pytest.mark.parametrize("text", ["", "w", "0d", "2w xyz", "5d fri", "53w", "-1d", "2 months"])
def test_what_is_no_cadence_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        rules.read_cadence(text, day("11-02"))


def test_slots_are_counted_from_the_start_wherever_one_looks() -> None:
    every = rules.slots(FRIDAYS, day("01-01"), day("12-31"))
    assert every[:3] == [day("11-06"), day("11-20"), day("12-04")]
    for since in range(60):
        begin = day("11-01") + timedelta(days=since)
        assert rules.slots(FRIDAYS, begin, day("12-31")) == [each for each in every if each >= begin]


def test_without_any_release_the_first_slot_is_due() -> None:
    assert rules.standing(FRIDAYS, [], day("11-03")) == Standing(day("11-06"), 0, 0)


def test_a_slot_that_went_by_makes_the_artist_late() -> None:
    assert rules.standing(FRIDAYS, [day("11-06")], day("11-27")) == Standing(day("11-20"), 7, 1)


def test_a_release_before_its_day_fills_the_slots_that_have_passed() -> None:
    assert rules.standing(FRIDAYS, [day("11-21")], day("11-27")) == Standing(day("12-04"), 0, 0)


def test_what_is_only_planned_fills_no_slot_yet() -> None:
    assert rules.standing(FRIDAYS, [day("12-25")], day("11-10")).due == day("11-06")


def test_free_days_keep_away_from_what_is_planned() -> None:
    assert rules.free(FRIDAYS, {day("12-03")}, day("11-27"), 2) == [day("12-18"), date(2027, 1, 1)]


def test_the_same_day_clashes_and_so_does_half_a_beat() -> None:
    planned = [
        Planned("a", day("12-04"), "One"),
        Planned("b", day("12-04"), "Two"),
        Planned("c", day("12-10"), "Three"),
    ]
    assert [clash.in_words() for clash in rules.clashes(planned, None)] == [
        "One and Two come on the same day, 2026-12-04"
    ]
    assert len(rules.clashes(planned, FRIDAYS)) == 2
    assert rules.clashes(planned, FRIDAYS)[1].in_words() == "Two and Three come only 6 days apart, 2026-12-10"
