"""Numbers of things in words."""

from __future__ import annotations

import pytest

from engine.domain.plurals import many


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 lines"), (1, "1 line"), (2, "2 lines"), (1_000_000, "1,000,000 lines")]
)
def test_one_of_a_thing_has_no_plural(count: int, said: str) -> None:
    assert many(count, "line") == said


def test_a_word_may_have_a_plural_of_its_own() -> None:
    assert (many(1, "entry", "entries"), many(2, "entry", "entries")) == ("1 entry", "2 entries")
