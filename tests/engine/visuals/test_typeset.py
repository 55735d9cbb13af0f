"""Setting a text into a box."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.visuals import typeset
from engine.visuals.typefaces import TYPEFACES

pytestmark = pytest.mark.quick

FACE = TYPEFACES["grotesk"]


def test_a_short_title_stands_in_one_large_line() -> None:
    block = typeset.fit("Stay", FACE, (1000, 400), largest=300, most_lines=4)
    assert block.lines == ("Stay",)
    assert block.size == 300


def test_a_long_title_is_broken_into_even_lines() -> None:
    text = "The Year We Painted Every Door in the House Blue and Forgot the Keys"
    block = typeset.fit(text, FACE, (1000, 500), largest=300, most_lines=5)
    assert " ".join(block.lines) == text
    assert 3 <= len(block.lines) <= 5
    assert min(block.widths) > 0.7 * max(block.widths)


def test_one_endless_word_is_cut_and_still_fits() -> None:
    block = typeset.fit("x" * 80, FACE, (1000, 500), largest=300, most_lines=5)
    assert block.width <= 1001
    assert block.size > 40


def test_japanese_breaks_between_any_two_characters() -> None:
    block = typeset.fit("東京の夜に降る雨の音", TYPEFACES["cjk"], (600, 400), largest=300, most_lines=3)
    assert "".join(block.lines) == "東京の夜に降る雨の音"
    assert len(block.lines) > 1


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(codec="latin-1", exclude_categories=["C"]), min_size=1, max_size=80))
def test_any_title_fits_its_box(text: str) -> None:
    block = typeset.fit(text, FACE, (900, 300), largest=200, most_lines=5, tracking=0.02)
    assert block.width <= 901
    assert block.line_height * (len(block.lines) - 1) + block.cap_height <= 301


@pytest.mark.parametrize("align", ["left", "centre", "right"])
def test_the_mask_holds_all_of_the_letters(align: str) -> None:
    block = typeset.fit("Élan vital, ygq", FACE, (500, 200), largest=120, most_lines=2)
    drawn = np.asarray(typeset.mask(block, align, block.size // 2))
    assert drawn.max() == 255
    assert not drawn[0].any()
    assert not drawn[-1].any()
    assert not drawn[:, 0].any()
    assert not drawn[:, -1].any()
