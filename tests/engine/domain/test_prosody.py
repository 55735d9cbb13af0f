"""Syllables and stress: what the melody counts its notes by."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.prosody import line_stresses, line_syllables, stresses, syllables

pytestmark = pytest.mark.quick

SPLIT = """\
moon-light some-where lone-ly for-e-ver can-dle can-dles lit-tle walked ro-ses homes eve-ry eve-ning flo-wer could-n't
don't I'll be-yond cry-ing qui-et o-cean i-de-a cre-ate ra-di-o li-on vi-o-lin spe-cial mo-tion fire hours rhy-thm
peo-ple ea-si-er fly-ing see-ing win-dow sha-dow yel-low re-mem-ber to-mor-row yes-ter-day sis-ter mir-ror high-way
en-gine gui-tar build blue trou-ble high-er bu-ried stu-died breathe si-lence lan-guage strange mo-tor-way te-le-phone
ca-the-dral vi-o-let home-less care-ful move-ment fire-fly aren't ca-fé pi-a-no ba-by quick-ly wolves
"""


@pytest.mark.parametrize("split", SPLIT.split())
def test_breaks_words_where_a_singer_would(split: str) -> None:
    assert "-".join(syllables(split.replace("-", ""))) == split


def test_keeps_case_and_punctuation_on_the_syllable() -> None:
    assert line_syllables("“Every” light’s on…") == ("“Eve", "ry”", "light’s", "on…")


def test_punctuation_that_stands_alone_has_no_note() -> None:
    assert line_syllables("— So we go -- on !") == ("—So", "we", "go--", "on!")


def test_nothing_sung_has_no_syllables() -> None:
    assert syllables("") == ()
    assert line_syllables("  ") == ()
    assert line_syllables("...") == ("...",)


def test_other_scripts_are_split_by_their_own_vowels_or_characters() -> None:
    assert len(syllables("Москва")) == 2
    assert syllables("東京") == ("東", "京")
    assert len(syllables("שלום")) == 2


@given(st.text(max_size=200))
def test_no_letter_is_lost_or_invented(word: str) -> None:
    assert "".join(syllables(word)) == word
    assert all(syllables(word))
    assert bool(syllables(word)) == bool(word)


@given(st.text(max_size=200))
def test_a_line_has_the_letters_of_its_words_and_one_stress_for_each_syllable(line: str) -> None:
    sung = line_syllables(line)
    assert "".join(sung) == "".join(line.split())
    assert len(line_stresses(line)) == len(sung)


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=12))
def test_a_word_has_no_more_syllables_than_characters(word: str) -> None:
    assert 1 <= len(syllables(word)) <= len(unicodedata.normalize("NFD", word))


def test_ten_thousand_letters_are_no_trouble() -> None:
    assert len(syllables("la" * 5_000)) == 5_000


@pytest.mark.parametrize(
    ("word", "leant"),
    [("tomorrow", 1), ("window", 0), ("electric", 1), ("alone", 1), ("remember", 1), ("station", 0), ("nothing", 0)],
)
def test_leans_on_the_syllable_that_speech_leans_on(word: str, leant: int) -> None:
    assert stresses(word).index(True) == leant


def test_small_words_carry_no_stress() -> None:
    assert line_stresses("and the light in my window") == (False, False, True, False, False, True, False)
