"""Nobody real is imitated, nothing is sung twice, nobody is harmed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.domain.originality import fold, lyrics_problems, prompt_problems, refused
from engine.domain.song import Lyrics, LyricSection, SectionKind

pytestmark = pytest.mark.quick

NAMES = refused(["# people", "", "Björk Example", "glass harbour"])


def song(*lines: str) -> Lyrics:
    return Lyrics("en", (LyricSection(SectionKind.VERSE, lines),))


OWN = song("I keep a light on in the window", "carry me home through the glow", "paper planes above the river", "oh oh")


@pytest.mark.parametrize(
    "text", ["like BJORK  example, but slower", "Björk Example's voice", "in a Glass-Harbour mood"]
)
def test_a_refused_name_is_found_in_any_spelling(text: str) -> None:
    assert prompt_problems(text.replace("'s", ""), NAMES)


def test_a_part_of_a_word_is_not_the_word() -> None:
    assert prompt_problems("glass harbours at night", NAMES) == ()


@pytest.mark.parametrize("text", ["synthwave in the style of somebody", "a drill type beat", "Sounds like that band"])
def test_an_imitation_is_refused_without_any_list(text: str) -> None:
    assert prompt_problems(text, refused([]))


def test_plain_style_words_pass() -> None:
    assert prompt_problems("Synthwave, outrun, wistful, 96 bpm, A minor, warm, dark timbre", NAMES) == ()


def test_words_of_ones_own_pass() -> None:
    assert lyrics_problems(OWN, [("Other", song("nothing of this stands in the other song"))], NAMES) == ()


def test_words_that_the_label_has_sung_are_named_with_their_song() -> None:
    other = song(
        "I KEEP a light on, in the window!", "Carry me home through the glow", "something else entirely new here"
    )
    assert lyrics_problems(OWN, [("Old Song", other)], NAMES) == ("repeat 67% of the lines of 'Old Song'",)


def test_short_lines_belong_to_nobody() -> None:
    assert lyrics_problems(song("oh oh", "hold on"), [("Other", song("oh oh", "hold on"))], NAMES) == ()


@pytest.mark.parametrize("line", ["call me on 0170 123 45 67", "see www.example.org", "just kill yourself tonight"])
def test_harm_and_ways_to_reach_somebody_are_refused(line: str) -> None:
    assert len(lyrics_problems(song(line), [], refused([]))) == 1


@pytest.mark.parametrize("line", ["nineteen ninety nine", "in 1999 we danced", "it kills me that you stay"])
def test_ordinary_lines_pass(line: str) -> None:
    assert lyrics_problems(song(line), [], refused([])) == ()


@example("𝕬 ſ İ")
@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
