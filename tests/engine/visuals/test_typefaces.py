"""The shipped typefaces: their licences, their characters, and which one writes what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.visuals import typefaces
from engine.visuals.typefaces import FOLDER, TYPEFACES

pytestmark = pytest.mark.quick


def test_every_typeface_is_there_with_a_licence_beside_it() -> None:
    licences = {path.name.split("-")[0] for path in FOLDER.glob("*-*.txt")}
    for face in TYPEFACES.values():
        assert (FOLDER / face.file).is_file()
        assert face.file.split("-")[0].removesuffix("Sans") in {name.removesuffix("Sans") for name in licences}


def test_all_typefaces_together_stay_under_four_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 4_000_000


@pytest.mark.parametrize("face", sorted(TYPEFACES))
def test_the_character_table_agrees_with_the_glyphs(face: str) -> None:
    from engine.visuals.typeset import font

    letters = font(TYPEFACES[face], 60)
    missing = bytes(letters.getmask("\U0010fffd"))
    known = typefaces.characters(TYPEFACES[face].file)
    for char in "AZaz09éñ?":
        assert ord(char) in known
        assert bytes(letters.getmask(char)) != missing


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("Plain words", "bebas"),
        ("Полночь", "jost"),
        ("Ελλάδα", "dejavu"),
        ("שלום עולם", "dejavu"),
        ("مرحبا", "dejavu"),
        ("東京の夜", "cjk"),
        ("서울 밤", "cjk"),
        ("夜曲", "cjk"),
    ],
)
def test_a_script_is_written_in_a_typeface_that_has_it(text: str, face: str) -> None:
    chosen, written, omitted = typefaces.choose(text, "bebas")
    assert (chosen.id, written, omitted) == (face, text, ())


@given(st.text(max_size=60), st.sampled_from(sorted(TYPEFACES)))
def test_nothing_is_ever_written_without_a_glyph(text: str, wished: str) -> None:
    face, written, _ = typefaces.choose(text, wished)
    known = typefaces.characters(face.file)
    assert all(char == " " or ord(char) in known for char in written)


def test_what_no_typeface_has_is_folded_or_reported() -> None:
    face, written, omitted = typefaces.choose("東京 Łódź 🔥", "grotesk")
    assert (face.id, written, omitted) == ("cjk", "東京 Lódz", ("🔥",))
