"""Times, sizes and money as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.human import ago, bar, latency, left, many, money, percent, short_money, size, span, waited

pytestmark = pytest.mark.quick

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (7_300, "2 h ago"),
        (90_000, "yesterday"),
        (5 * 86_400, "5 days ago"),
        (40 * 86_400, "14 Oct"),
        (400 * 86_400, "19 Oct 2025"),
    ],
)
def test_the_past_is_told_as_coarsely_as_it_is_far(seconds: float, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_what_never_was_is_never() -> None:
    assert ago(None, NOW) == "never"


def test_a_clock_that_is_a_little_ahead_makes_no_negative_times() -> None:
    assert ago(NOW + timedelta(seconds=5), NOW) == "just now"
    assert waited(NOW + timedelta(seconds=5), NOW) == "<1 min"


@pytest.mark.parametrize(
    ("seconds", "said"), [(30, "<1 min"), (180, "3 min"), (7_500, "2 h 05"), (4 * 86_400, "4 days")]
)
def test_waiting_times(seconds: float, said: str) -> None:
    assert waited(NOW - timedelta(seconds=seconds), NOW) == said


@pytest.mark.parametrize(("seconds", "said"), [(7, "0:07"), (123.4, "2:03"), (3_723, "1:02:03"), (-1, "0:00")])
def test_lengths_as_a_player_shows_them(seconds: float, said: str) -> None:
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, ""), (4, "<10 s"), (42, "~40 s"), (170, "~3 min"), (7_200, "~2.0 h")]
)
def test_time_left_is_no_more_exact_than_an_estimate(seconds: float | None, said: str) -> None:
    assert left(seconds) == said


@pytest.mark.parametrize(
    ("milliseconds", "said"), [(0, "0 ms"), (999, "999 ms"), (1_240, "1.2 s"), (9_949, "9.9 s"), (45_210, "45 s")]
)
def test_what_an_answer_took(milliseconds: int, said: str) -> None:
    assert latency(milliseconds) == said


@pytest.mark.parametrize(("count", "said"), [(812, "812 B"), (4_200_000, "4.2 MB"), (31_000_000_000, "31.0 GB")])
def test_sizes(count: int, said: str) -> None:
    assert size(count) == said


@pytest.mark.parametrize(("amount", "said"), [(0, "$0.00"), (4_000, "$0.004"), (1_250_000, "$1.25")])
def test_money_never_rounds_something_to_nothing(amount: int, said: str) -> None:
    assert money(amount) == said


def test_shares_and_counts() -> None:
    assert (percent(0.734), percent(None)) == ("73%", "–")
    assert (many(1, "run"), many(1200, "run")) == ("1 run", "1,200 runs")


@given(st.floats(-1, 2), st.integers(1, 60))
def test_a_bar_always_fills_its_room(share: float, width: int) -> None:
    assert len(bar(share, width)) == width


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_is_never_a_shorter_bar(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert bar(less, 20).count("━") <= bar(more, 20).count("━")


@pytest.mark.parametrize(
    ("amount", "said"), [(0, "$0.00"), (20, "<$0.001"), (310, "$0.0003"), (3_149, "$0.0031"), (999_990_000, "$999.99")]
)
def test_money_fits_a_narrow_column_and_is_never_shown_as_nothing(amount: int, said: str) -> None:
    assert short_money(amount) == said and len(said) <= 7
