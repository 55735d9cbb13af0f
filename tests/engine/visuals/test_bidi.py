"""Right-to-left text where Pillow cannot lay it out itself."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.visuals import bidi

pytestmark = pytest.mark.quick


def test_hebrew_is_put_in_the_order_in_which_it_is_drawn() -> None:
    assert bidi.reorder("שלום") == "םולש"


def test_numbers_and_latin_keep_their_order_within_hebrew() -> None:
    assert bidi.reorder("שיר 42 live") == "live 42 ריש"


def test_brackets_are_mirrored() -> None:
    assert bidi.reorder("(אב)") == "(בא)"


def test_hebrew_within_latin_is_turned_alone() -> None:
    assert bidi.reorder("song אבג end") == "song גבא end"


def test_arabic_letters_take_their_joined_forms() -> None:
    names = [unicodedata.name(char) for char in bidi.join("بيت")]
    assert [name.rsplit(" ", 2)[-2:] for name in names] == [["INITIAL", "FORM"], ["MEDIAL", "FORM"], ["FINAL", "FORM"]]


def test_a_letter_that_does_not_join_on_breaks_the_link() -> None:
    names = [unicodedata.name(char) for char in bidi.join("دار")]
    assert all(name.endswith("ISOLATED FORM") for name in names)


@given(st.text(alphabet="אבגدبabc 12()", max_size=30))
def test_reordering_loses_nothing(text: str) -> None:
    swap = str.maketrans("()", "((")
    assert sorted(bidi.reorder(text).translate(swap)) == sorted(text.translate(swap))
