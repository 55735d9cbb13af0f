"""The approval rate over time: by month where there are enough months, else looking back on the last decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.approval import LAST, MONTHS, Curve, Month, Verdict, curve
from tests.conftest import NOW

pytestmark = pytest.mark.quick


def verdicts(*approved: bool) -> list[Verdict]:
    return [Verdict(NOW + timedelta(days=day), said) for day, said in enumerate(approved)]


def test_nobody_decided_yet() -> None:
    assert curve([], []) == Curve((), by_month=False, decisions=0)


def test_few_decisions_look_back_on_those_before_them() -> None:
    found = curve([Month("2026-11", 3, 4)], verdicts(True, False, True, True))
    assert [point.share for point in found.points] == [1.0, 0.5, pytest.approx(2 / 3), 0.75]
    assert (found.by_month, found.decisions) == (False, 4)


def test_only_the_last_few_count_for_a_point() -> None:
    found = curve([], verdicts(*[False] * 10, *[True] * LAST))
    assert found.points[-1].share == 1.0


def test_enough_months_are_a_point_each_and_a_month_without_decisions_is_a_gap() -> None:
    found = curve([Month("2025-12", 1, 2), Month("2026-01", 3, 3), Month("2026-03", 0, 4)], [])
    assert [(point.label, point.share) for point in found.points] == [
        ("2025-12", 0.5),
        ("2026-01", 1.0),
        ("2026-02", None),
        ("2026-03", 0.0),
    ]
    assert (found.by_month, found.decisions) == (True, 9)


def test_months_long_ago_are_left_out_and_not_counted() -> None:
    found = curve([Month("2019-01", 5, 5), Month("2026-10", 1, 1), Month("2026-11", 1, 2)], [])
    assert len(found.points) == MONTHS
    assert found.decisions == 3


@given(st.lists(st.booleans(), max_size=40))
def test_every_share_is_one(approved: list[bool]) -> None:
    found = curve([], verdicts(*approved))
    assert len(found.points) == found.decisions == len(approved)
    assert all(point.share is not None and 0 <= point.share <= 1 for point in found.points)
