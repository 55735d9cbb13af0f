"""One slip of the finger in a word: what lies one slip away, and how near texts come."""

from __future__ import annotations

from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.slips import ALIKE, Likeness, corrections, one_slip

pytestmark = pytest.mark.quick

words = st.text(ascii_lowercase, min_size=4, max_size=12)


@st.composite
def slipped(draw: st.DrawFn) -> tuple[str, str]:
    """A word, and the same after one slip that changes it."""
    word = draw(words)
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(ascii_lowercase))
    typed = draw(
        st.sampled_from(
            (
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            )
        ).filter(lambda typed: typed != word)
    )
    return word, typed


@given(slipped())
def test_every_slip_is_seen_from_both_sides(pair: tuple[str, str]) -> None:
    word, typed = pair
    assert one_slip(word, typed) and one_slip(typed, word)


@given(slipped())
def test_what_was_meant_is_among_the_corrections_of_what_was_typed(pair: tuple[str, str]) -> None:
    word, typed = pair
    assert word in corrections(typed)


@given(words)
def test_all_corrections_lie_one_slip_away(word: str) -> None:
    assert all(one_slip(word, other) for other in corrections(word))


@given(words, words)
def test_two_words_are_a_slip_apart_only_where_one_corrects_the_other(word: str, other: str) -> None:
    assert one_slip(word, other) is (other in corrections(word))


@given(slipped().filter(lambda pair: len(pair[1]) >= 4))
def test_a_word_with_a_slip_comes_behind_the_word_itself_and_before_others(pair: tuple[str, str]) -> None:
    word, typed = pair
    likeness = Likeness([typed])
    assert likeness.of(f"the {typed} song") == 1.0
    assert likeness.of("") == 0.0
    assert ALIKE <= likeness.of(f"the {word} song") <= 1.0


@pytest.mark.parametrize(
    ("typed", "text", "alike"),
    [
        ("lnae", "vesper lane", True),
        ("lan", "vesper lone", False),
        ("vespr", "vesper lane", True),
        ("machmi", "warm machines", True),
        ("machnnes", "warm machines", True),
        ("gatden", "ohm garden", True),
        ("tram", "slow ferry", False),
    ],
)
def test_what_passes_for_what_was_meant(typed: str, text: str, alike: bool) -> None:
    assert (Likeness([typed]).of(text) >= ALIKE) is alike


def test_no_words_are_like_nothing() -> None:
    assert Likeness([]).of("anything") == 0.0
