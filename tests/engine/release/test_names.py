"""File names for people, whatever the artist is called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.release.names import NAME_LIMIT, display_name, file_base, folder_name

pytestmark = pytest.mark.quick

ANY_TEXT = st.text(st.characters(), max_size=300)


def test_names_stay_readable() -> None:
    assert file_base("Sigur Björk", "Où es-tu? (Live)") == "Sigur Björk - Où es-tu (Live)"


def test_slashes_join_the_words_that_they_stood_between() -> None:
    assert file_base("AC/DC", "Back\\Black: Part 1") == "AC-DC - Back-Black- Part 1"


def test_a_path_stays_a_name() -> None:
    assert file_base("../../etc", "passwd\x00") == "etc - passwd"


@pytest.mark.parametrize(
    ("artist", "base"), [("NUL.x", "_NUL.x - a"), ("com1.wav", "_com1.wav - a"), ("CON", "CON - a")]
)
def test_device_names_of_windows_are_avoided(artist: str, base: str) -> None:
    assert file_base(artist, "a") == base


def test_direction_overrides_are_dropped_and_right_to_left_words_kept() -> None:
    assert file_base("\u202eשלום", "مرحبا") == "שלום - مرحبا"


@pytest.mark.parametrize("empty", ["", "   ", "...", "\x00\x1b[31m", "///"])
def test_what_is_empty_after_cleaning_gets_a_name(empty: str) -> None:
    assert file_base(empty, empty) == "Unknown artist - Untitled"


@given(ANY_TEXT, ANY_TEXT)
def test_any_two_texts_make_a_safe_name(artist: str, title: str) -> None:
    base = file_base(artist, title)
    assert not re.search(r'[/\\|:<>"?*\x00-\x1f\x7f]', base)
    assert base[0] not in " .-" and base[-1] not in " ."
    assert len(f"{base}.flac".encode()) <= 255


def test_ten_thousand_characters_make_a_name_that_fits() -> None:
    assert len(f"{file_base('💥' * 10_000, 'ü' * 10_000)}.flac".encode()) <= 255


@given(ANY_TEXT)
def test_displayed_names_are_one_harmless_line(text: str) -> None:
    name = display_name(text, "Untitled")
    assert name and len(name) <= NAME_LIMIT
    assert name.encode() and not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", name)


def test_two_releases_of_one_title_have_two_folders() -> None:
    first, second = (folder_name("Mira Vale", "Neon", f"p-7k3f9qx2m{end}") for end in "tv")
    assert (first, second) == ("mira-vale-neon-p-7k3f9qx2mt", "mira-vale-neon-p-7k3f9qx2mv")


@given(ANY_TEXT, ANY_TEXT, st.text(st.characters(), min_size=1, max_size=80))
def test_folder_names_are_small_letters_digits_and_hyphens(artist: str, title: str, release_id: str) -> None:
    name = folder_name(artist, title, release_id)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) and len(name) < 200


@given(st.sets(st.text(st.characters(), min_size=1, max_size=80), min_size=2, max_size=2))
def test_different_ids_make_different_folders(ids: set[str]) -> None:
    first, second = ids
    assert folder_name("a", "b", first) != folder_name("a", "b", second)
