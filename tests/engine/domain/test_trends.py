"""A trend is a term against what is usual for it, as sure as those who say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.domain.trends import NOTICED, Reading, Trend, baseline_of, combined, counted, leading, reading, velocity
from tests.conftest import NOW

pytestmark = pytest.mark.quick

WEEK = [(NOW - timedelta(days=day), 0.10) for day in range(1, 9)]


def said(source: str, score: float, confidence: float = 1.0, age: timedelta = timedelta()) -> Reading:
    return Reading(source, "night drives", 0.2, 0.1, score, confidence, NOW - age)


def test_as_usual_is_zero_and_twice_and_half_lie_opposite() -> None:
    assert velocity(100, 100, 1) == 0
    assert velocity(2_000_000, 1_000_000, 1) == pytest.approx(-velocity(500_000, 1_000_000, 1), abs=1e-3)
    assert velocity(2_000_000, 1_000_000, 1) == pytest.approx(0.76, abs=0.01)


def test_small_numbers_are_no_news() -> None:
    assert velocity(3, 1, floor=5) < 0.4 < velocity(300, 100, floor=5)


def test_a_baseline_needs_three_readings_and_leans_on_the_newest() -> None:
    assert baseline_of(WEEK[:2], NOW) is None
    rising = [(NOW - timedelta(days=30), 0.0), (NOW - timedelta(days=29), 0.0), (NOW - timedelta(days=1), 0.3)]
    assert (baseline_of(rising, NOW) or 0) > 0.2


def test_a_first_reading_says_nothing_and_a_long_history_is_sure() -> None:
    first = reading("deezer", "night drives", 0.2, [], NOW, floor=0.01)
    assert (first.baseline, first.score, first.confidence) == (None, 0.0, 0.0)
    known = reading("deezer", "night drives", 0.2, WEEK, NOW, floor=0.01)
    assert known.score > 0.6 and known.confidence == 1.0
    assert reading("deezer", "night drives", 0.2, WEEK[:4], NOW, floor=0.01).confidence == 0.5


def test_counts_bring_their_own_baseline_and_more_posts_are_surer() -> None:
    loud = counted("x", "rain", [100.0] * 6 + [300.0], NOW, floor=5)
    quiet = counted("x", "rain", [1.0] * 6 + [3.0], NOW, floor=5)
    assert loud.baseline == pytest.approx(100)
    assert loud.score > 0.85 > quiet.score
    assert loud.confidence > 0.85 > 0.2 > quiet.confidence
    assert counted("x", "rain", [], NOW, floor=5).confidence == 0


def test_sources_are_weighed_by_how_sure_they_are() -> None:
    trend = combined("night drives", {"x": said("x", 0.8), "deezer": said("deezer", -0.4, 0.5)}, 2, NOW)
    assert trend == Trend("night drives", 0.4, 0.75, ("deezer", "x"))


def test_a_source_that_says_nothing_lowers_the_confidence() -> None:
    assert combined("night drives", {"x": said("x", 0.8)}, 1, NOW).confidence == 1.0
    assert combined("night drives", {"x": said("x", 0.8)}, 3, NOW).confidence == pytest.approx(0.333, abs=0.001)


def test_what_was_said_fades_and_ends() -> None:
    assert combined("night drives", {"x": said("x", 0.8, age=timedelta(hours=36))}, 1, NOW).confidence == 0.5
    assert combined("night drives", {"x": said("x", 0.8, age=timedelta(days=6))}, 1, NOW).sources == ()


def test_only_a_rise_that_somebody_vouches_for_leads() -> None:
    weak, falling = Trend("a", 1.0, NOTICED / 2, ("x",)), Trend("b", -0.9, 1.0, ("x",))
    assert leading([weak, falling]) is None
    assert leading([weak, falling, Trend("c", 0.5, 0.5, ("x",))]) == Trend("c", 0.5, 0.5, ("x",))
    assert leading([]) is None
