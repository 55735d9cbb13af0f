"""One spelling for each key, whoever names it."""

from __future__ import annotations

import pytest

from engine.domain.keys import spelled


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("A minor", "A minor"),
        ("Am", "A minor"),
        ("F#m", "F sharp minor"),
        ("e flat major", "E flat major"),
        ("C sharp major", "D flat major"),
        ("G sharp major", "A flat major"),
        ("A flat minor", "G sharp minor"),
        ("D flat minor", "C sharp minor"),
        ("D sharp minor", "E flat minor"),
    ],
)
def test_a_key_is_spelled_with_the_fewest_accidentals(key: str, said: str) -> None:
    assert spelled(key) == said


@pytest.mark.parametrize(
    ("key", "asked", "said"),
    [
        ("G sharp minor", "A flat minor", "A flat minor"),
        ("C#", "D flat major", "D flat major"),
        ("D flat major", "C sharp major", "C sharp major"),
        ("G flat major", "E major", "F sharp major"),
        ("F sharp major", "A flat major", "G flat major"),
        ("C sharp minor", "A flat major", "C sharp minor"),
    ],
)
def test_beside_the_key_that_was_asked_for_it_is_spelled_alike(key: str, asked: str, said: str) -> None:
    assert spelled(key, asked) == said


@pytest.mark.parametrize("text", ["", "H minor", "no key", "A dorian"])
def test_what_is_no_key_stays_as_it_is(text: str) -> None:
    assert spelled(text, "A minor") == text
