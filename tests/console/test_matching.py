"""What the palette finds: whole words first, beginnings, parts; never letters that happen to stand in this order."""

from __future__ import annotations

import pytest
from textual.style import Style

from console.matching import fit, marked

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


def test_marks_on_letters_do_not_matter() -> None:
    assert fit("cafe", "Café") == fit("café", "CAFE") == 1.0


def test_what_was_typed_stands_out_where_a_word_begins() -> None:
    style = Style(reverse=True)
    [span] = marked("re", "Fire relay", style).spans
    assert (span.start, span.end) == (5, 7)


def test_a_name_is_no_markup() -> None:
    assert marked("bold", "[bold]x", Style(reverse=True)).plain == "[bold]x"
