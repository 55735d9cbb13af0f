"""What the palette finds: whole words first, beginnings, parts; never letters that happen to stand in this order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.style import Style

from console.matching import fit, marked, nearly

pytestmark = pytest.mark.quick

ACTIONS = {
    "Pause all work": "no run starts, and runs at work wait",
    "Pause spending": "nothing that costs money is called",
    "Compare": "Beside the artist's previous tracks",
    "Copy": "Copy what is under the cursor",
    "Releases": "Show the finished release packages",
    "Theme: nocturne": "dark, blue",
}


def found(typed: str) -> list[str]:
    scores = {name: fit(typed, name, about) for name, about in ACTIONS.items()}
    return sorted((name for name, score in scores.items() if score), key=lambda name: -scores[name])


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("pause", ["Pause all work", "Pause spending"]),
        ("spend", ["Pause spending"]),
        ("pause sp", ["Pause spending"]),
        ("spending pause", ["Pause spending"]),
        ("leas", ["Releases"]),
        ("release", ["Releases"]),
        ("money", ["Pause spending"]),
        ("co", ["Compare", "Copy", "Pause spending"]),
        ("copy", ["Copy"]),
        ("noct", ["Theme: nocturne"]),
        ("psd", []),
        ("cm", []),
        ("as", []),
        ("pause xyz", []),
    ],
)
def test_what_is_found_and_in_which_order(typed: str, names: list[str]) -> None:
    assert found(typed) == names


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("puase", ["Pause all work", "Pause spending"]),
        ("pauze sepnding", ["Pause spending"]),
        ("spen dnig", []),
        ("cmopare", ["Compare"]),
        ("relaeses", ["Releases"]),
        ("relea", ["Releases"]),
        ("reela", ["Releases"]),
        ("cop", ["Copy"]),
        ("cpo", []),
        ("psd", []),
    ],
)
def test_one_slip_in_each_longer_word_is_forgiven(typed: str, names: list[str]) -> None:
    scores = {name: nearly(typed, name, about) for name, about in ACTIONS.items()}
    assert [name for name in ACTIONS if scores[name]] == names


@given(st.sampled_from(sorted(ACTIONS)), st.data())
def test_any_two_letters_that_changed_places_still_find_the_action(name: str, data: st.DataObject) -> None:
    words = name.lower().replace(":", "").split()
    at = data.draw(st.sampled_from([i for i, word in enumerate(words) if len(word) >= 4]))
    place = data.draw(st.integers(0, len(words[at]) - 2))
    word = words[at]
    words[at] = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    assert 0 < nearly(" ".join(words), name) <= fit(name.replace(":", ""), name)


def test_marks_on_letters_do_not_matter() -> None:
    assert fit("cafe", "Café") == fit("café", "CAFE") == 1.0


def test_what_was_typed_stands_out_where_a_word_begins() -> None:
    style = Style(reverse=True)
    [span] = marked("re", "Fire relay", style).spans
    assert (span.start, span.end) == (5, 7)


def test_a_name_is_no_markup() -> None:
    assert marked("bold", "[bold]x", Style(reverse=True)).plain == "[bold]x"
