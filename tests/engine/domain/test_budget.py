"""Budgets: typed in dollars, kept in micro-dollars, exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.budget import MOST_MICROUSD, checked, dollars, microusd, rounded
from engine.domain.errors import UsageError

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0", 0), ("0.25", 250_000), ("$2", 2_000_000), (" 1.5 ", 1_500_000), ("$ 0.000001", 1), ("1000", MOST_MICROUSD)],
)
def test_dollars_are_read_exactly(text: str, amount: int) -> None:
    assert microusd(text) == amount


@pytest.mark.parametrize("text", ["", "-1", "1,50", "1e3", "NaN", "1000.01", "0.0000001", "٣", "one", "1.", "$"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        microusd(text)


@pytest.mark.parametrize("amount", [-1, MOST_MICROUSD + 1])
def test_an_amount_outside_the_limits_is_refused(amount: int) -> None:
    with pytest.raises(UsageError, match="not possible"):
        checked(amount)


@given(st.integers(0, MOST_MICROUSD))
def test_what_is_shown_can_be_typed_again(amount: int) -> None:
    assert microusd(dollars(amount).replace(",", "")) == amount


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (20, "$0.00002"),
        (123, "$0.00012"),
        (3_149, "$0.0031"),
        (9_999, "$0.01"),
        (10_000, "$0.01"),
        (1_254_999, "$1.25"),
        (1_234_567_891, "$1,234.57"),
        (-4_000, "-$0.004"),
    ],
)
def test_what_costs_something_never_shows_as_nothing(amount: int, said: str) -> None:
    assert rounded(amount) == said
