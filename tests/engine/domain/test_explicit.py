"""The explicit mark follows from a list of strong words, in the language of the song and in English."""

from __future__ import annotations

import pytest

from engine.domain.explicit import strong_words

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Carry me home through the midnight glow", "en", ()),
        ("FUCK the rain, fucking rain", "en", ("fuck", "fucking")),
        ("Scheiße, es regnet", "de", ("scheisse",)),
        ("Scheiße, es regnet", "en", ()),
        ("La lluvia y la puta ciudad, what a shit day", "es-MX", ("puta", "shit")),
        ("Scunthorpe, cocktails, class, assume, Dickens", "en", ()),
        ("enculé", "fr", ("encule",)),
        ("", "en", ()),
    ],
)
def test_strong_words_are_found_as_whole_words(text: str, language: str, found: tuple[str, ...]) -> None:
    assert strong_words(text, language) == found
