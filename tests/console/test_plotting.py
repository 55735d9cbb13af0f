"""The curve as lines of text: of the size that was asked for, in braille or in ASCII, and honest about gaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.plotting import plot
from console.widgets.plot import drawn
from engine.domain.approval import Curve, Point

pytestmark = pytest.mark.quick


def curve(*shares: float | None, by_month: bool = True) -> Curve:
    return Curve(tuple(Point(f"2026-{at + 1:02d}", share) for at, share in enumerate(shares)), by_month, 12)


def text(found: Curve | None, width: int = 60, *, ascii: bool = False) -> str:
    return "\n".join(line.plain for line in drawn(found, width, ascii=ascii))


def test_a_rising_curve_goes_from_the_lower_left_to_the_upper_right() -> None:
    lines = plot([0.0, 1.0], 20, 4, ascii=True)
    assert lines[-1][0] == "*" and lines[0][-1] == "*"
    assert lines[0][0] == lines[-1][-1] == " "


def test_in_ascii_points_differ_from_the_line_between_them() -> None:
    (line,) = plot([0.5, 0.5, 0.5], 9, 1, ascii=True)
    assert line == "*...*...*"


def test_a_gap_is_left_open() -> None:
    (line,) = plot([0.5, 0.5, None, 0.5, 0.5], 13, 1, ascii=True)
    assert line == "*..*     *..*"


@given(st.lists(st.none() | st.floats(-1, 2), max_size=30), st.integers(1, 80), st.integers(1, 12), st.booleans())
def test_it_is_always_as_large_as_asked_for(shares: list[float | None], width: int, height: int, ascii: bool) -> None:
    lines = plot(shares, width, height, ascii=ascii)
    assert [len(line) for line in lines] == [width] * height
    assert not ascii or "".join(lines).isascii()


def test_it_says_what_it_rests_on_and_labels_its_axes() -> None:
    found = text(curve(0.5, None, 0.75), 100)
    for words in ("75% 2026-03", "12 decisions by people who looked", "a point for each month", "100%", "  0%"):
        assert words in found
    assert found.splitlines()[-1].split() == ["2026-01", "2026-03"]


def test_without_decisions_it_says_so() -> None:
    assert "No decision by a person yet" in text(Curve((), False, 0))


@pytest.mark.parametrize("width", [1, 5, 14, 20, 200])
def test_it_fits_any_width_that_can_hold_its_axis(width: int) -> None:
    assert all(len(line) <= max(width, 14) for line in text(curve(0.1, 0.9), width).splitlines())
