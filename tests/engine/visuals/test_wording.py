"""Words that we did not write, made fit to be drawn."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.visuals import wording

pytestmark = pytest.mark.quick


@given(st.text(max_size=400), st.integers(4, 120))
def test_any_text_becomes_one_short_visible_line(text: str, limit: int) -> None:
    line = wording.clean(text, limit)
    assert len(line) <= limit
    assert line == " ".join(line.split())
    assert not any(unicodedata.category(char)[0] == "C" for char in line)


@pytest.mark.parametrize(
    ("raw", "drawn"),
    [
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("  two\n\nlines\t", "two lines"),
        ("e\u0301", "é"),
        ("../../etc", "../../etc"),
    ],
)
def test_what_cannot_be_seen_is_left_out(raw: str, drawn: str) -> None:
    assert wording.clean(raw, 80) == drawn


def test_a_name_of_ten_thousand_letters_is_cut_with_an_ellipsis() -> None:
    assert wording.clean("word " * 2000, 60).endswith("…")
    assert len(wording.clean("x" * 10_000, 60)) == 60


def test_a_letter_keeps_two_marks_at_most() -> None:
    assert wording.clean("x" + "\u0331" * 50, 80) == "x" + "\u0331" * 2


@pytest.mark.parametrize(("text", "rtl"), [("שלום", True), ("12 مرحبا", True), ("abc שלום", False), ("...", False)])
def test_the_first_strong_letter_gives_the_direction(text: str, rtl: bool) -> None:
    assert wording.right_to_left(text) is rtl


@pytest.mark.parametrize(
    ("text", "drawn"),
    [("νύχτα", "ΝΥΧΤΑ"), ("Ελλάδα", "ΕΛΛΑΔΑ"), ("zażółć", "ZAŻÓŁĆ"), ("Été", "ÉTÉ"), ("straße", "STRASSE")],
)
def test_capitals_are_written_as_in_print(text: str, drawn: str) -> None:
    assert wording.capitals(text) == drawn


@pytest.mark.parametrize(("text", "anywhere"), [("東京の夜", True), ("서울의 밤거리", False), ("Tokyo", False)])
def test_only_chinese_and_japanese_break_anywhere(text: str, anywhere: bool) -> None:
    assert wording.unspaced(text) is anywhere
