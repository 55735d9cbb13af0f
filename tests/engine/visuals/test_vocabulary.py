"""What an artist's motif and keywords are about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.persona import VisualIdentity
from engine.visuals import vocabulary
from tests.engine.visuals.material import NIGHT

pytestmark = pytest.mark.quick


def _look(motif: str, *keywords: str) -> VisualIdentity:
    return VisualIdentity(NIGHT, keywords, motif)


def test_the_motif_comes_before_the_keywords() -> None:
    assert vocabulary.subjects(_look("a paper boat", "geometric"))[:2] == ["paper", "sea"]


@pytest.mark.parametrize(("words", "subject"), [("windows", "town"), ("broken glass", "crystal"), ("grass", "wind")])
def test_plurals_and_words_that_end_in_s_are_known(words: str, subject: str) -> None:
    assert subject in vocabulary.subjects(_look(words))


def test_words_of_treatment_change_how_it_is_painted() -> None:
    plain = vocabulary.treatment(_look("a boat"))
    faded = vocabulary.treatment(_look("a boat", "faded print", "nocturnal"))
    assert (plain.grain, plain.chroma, plain.tone) == (1.0, 1.0, "")
    assert faded.grain > plain.grain
    assert faded.chroma < plain.chroma
    assert faded.tone == "dark"


@given(st.text(max_size=80), st.lists(st.text(max_size=30), max_size=4))
def test_any_words_are_taken(motif: str, keywords: list[str]) -> None:
    look = _look(motif, *keywords)
    assert set(vocabulary.subjects(look)) <= set(vocabulary.SUBJECTS)
    assert vocabulary.treatment(look).chroma > 0
