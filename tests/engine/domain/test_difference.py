"""A difference keeps every line of both texts, in order, and marks the words that changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.difference import Line, Mark, Word, difference, words

pytestmark = pytest.mark.quick
TEXTS = st.lists(st.sampled_from(["one line", "one word", "two", "", "three four", "nine"]), max_size=14).map("\n".join)


def marks(found: list[Line]) -> str:
    return "".join("s" if line.mark is Mark.SKIPPED else line.mark for line in found)


def test_equal_texts_do_not_differ() -> None:
    assert difference("a\nb", "a\nb\n") == []


def test_a_changed_line_stands_above_what_became_of_it_with_the_words_that_differ() -> None:
    gone, came = difference("the city sleeps", "the harbour sleeps")
    assert (gone.mark, gone.text) == (Mark.GONE, "the city sleeps")
    assert gone.words == (Word("the ", False), Word("city", True), Word(" sleeps", False))
    assert came.words == (Word("the ", False), Word("harbour", True), Word(" sleeps", False))


def test_lines_without_anything_in_common_are_two_lines() -> None:
    gone, came = difference("walk me home", "under glass and rain")
    assert [word.changed for word in (*gone.words, *came.words)] == [True, True]


def test_an_added_line_does_not_hide_what_happened_to_its_neighbour() -> None:
    found = difference("the city sleeps tonight", "a new beginning\nthe town sleeps tonight")
    assert [(line.mark, line.text) for line in found] == [
        ("+", "a new beginning"),
        ("-", "the city sleeps tonight"),
        ("+", "the town sleeps tonight"),
    ]


def test_long_unchanged_stretches_are_counted() -> None:
    before = [str(number) for number in range(20)]
    found = difference("\n".join(before), "\n".join([*before[:10], "new", *before[11:]]))
    assert marks(found) == "s   -+   s"
    assert [line.skipped for line in found if line.mark is Mark.SKIPPED] == [7, 6]


def test_a_line_of_five_megabytes_is_not_taken_apart() -> None:
    long = "word " * 1_000_000
    gone, came = difference(long, long + "x")
    assert (len(gone.words), len(came.words)) == (1, 1)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_it(before: str, after: str) -> None:
    found = difference(before, after, context=1_000)
    if before.splitlines() == after.splitlines():
        assert found == []
        return
    assert [line.text for line in found if line.mark in (Mark.SAME, Mark.GONE)] == before.splitlines()
    assert [line.text for line in found if line.mark in (Mark.SAME, Mark.NEW)] == after.splitlines()


@given(st.text(max_size=60), st.text(max_size=60))
def test_words_lose_nothing(before: str, after: str) -> None:
    gone, came = words(before, after)
    assert "".join(word.text for word in gone) == before
    assert "".join(word.text for word in came) == after
