"""A question to the models in words: what is said of it, and when nothing needs to be."""

from __future__ import annotations

import pytest

from console.chains import tried
from engine.api.outside_models import ChainRow, TriedRow
from tests.conftest import NOW

pytestmark = pytest.mark.quick


def answered(cause: str) -> ChainRow:
    """A chain whose first choice answered."""
    attempt = TriedRow("openai:m", "answered", cause, 812, 500, asked=True)
    return ChainRow(NOW, "lyrics", None, None, "lyrics-2", "openai:m", "", 812, 500, (attempt,))


def test_nothing_is_to_be_said_of_a_first_choice_that_answered() -> None:
    assert tried(answered("")) == ()


def test_that_an_answers_cost_is_not_known_is_said_even_of_the_first_choice() -> None:
    (line,) = tried(answered("answered, but how many tokens it took is not known"))
    assert line == "openai:m: answered, but how many tokens it took is not known (812 ms, $0.0005)"
