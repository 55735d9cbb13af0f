"""Nobody real is imitated, nothing is sung twice, nobody is harmed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.domain.genres import GENRES
from engine.domain.originality import fold, lyrics_problems, prompt_problems, refused
from engine.domain.song import Lyrics, LyricSection, SectionKind
from engine.llm import writer

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


REAL = refused()


@pytest.mark.parametrize("text", ["slow synthwave, Daft Punk", "a BEYONCE ballad", "AC/DC riffs", "like jay z"])
def test_a_prompt_names_no_real_artist_whatever_the_file_says(text: str) -> None:
    assert any("names" in problem for problem in prompt_problems(text, REAL))


@pytest.mark.parametrize(
    "text", ["Prince style funk", "Muse-inspired rock", "queen-esque choirs", "a Drake type chorus"]
)
def test_nobodys_style_is_asked_for_by_a_word_that_has_a_meaning_too(text: str) -> None:
    assert any("asks for the style" in problem for problem in prompt_problems(text, REAL))


@pytest.mark.parametrize("text", ["a prince in the garden", "low and slow, future bass", "a kiss in the air, yes"])
def test_words_with_a_meaning_of_their_own_may_be_said_and_sung(text: str) -> None:
    assert prompt_problems(text, REAL) == ()
    assert lyrics_problems(song(text), [], REAL) == ()


def test_a_song_names_no_real_artist() -> None:
    assert lyrics_problems(song("we drove all night to Fleetwood Mac"), [], REAL)


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("Prince", "Prince"),
        ("THE MUSE", "Muse"),
        ("beach boys", "The Beach Boys"),
        ("Bjork", "Björk"),
        ("Jay Z", "Jay-Z"),
    ],
)
def test_an_artist_is_not_called_like_a_real_one(name: str, real: str) -> None:
    assert REAL.is_called(name) == real


def test_a_name_of_which_a_real_one_is_a_part_is_another_name() -> None:
    assert REAL.is_called("Prince of Low Water") == ""


def test_the_operators_file_takes_a_name_out() -> None:
    allowed = refused(["! daft punk", "!Prince"])
    assert prompt_problems("Daft Punk, prince style", allowed) == ()
    assert allowed.is_called("Prince") == ""
    assert prompt_problems("Kraftwerk", allowed)


def test_our_own_writer_has_no_word_that_would_be_refused() -> None:
    words = Path(writer.__file__).parent / "words"
    written = [path.read_text("utf-8") for path in words.rglob("*.txt") if path.name != "names.txt"]  # it lists them
    assert written and [name for text in written for name in REAL.found_in(text)] == []
    assert [name for genre in GENRES.values() for name in REAL.found_in(genre.label)] == []
