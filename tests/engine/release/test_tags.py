"""What tags are made of: keys, languages, syllables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.song import LyricCue
from engine.release.id3 import Timed
from engine.release.metadata import lyric_line
from engine.release.tags import language_code, short_key, timed_lines, timed_syllables

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("key", "short"),
    [("A minor", "Am"), ("C major", "C"), ("E flat major", "Eb"), ("F sharp minor", "F#m"), ("B♭ minor", "Bbm"),
     ("C#m", "C#m"), ("D", "D"), ("H minor", ""), ("", "")],
)  # fmt: skip
def test_keys_fit_into_three_characters(key: str, short: str) -> None:
    assert short_key(key) == short


@pytest.mark.parametrize(("language", "code"), [("en", "eng"), ("de-AT", "deu"), ("xx", "und"), ("", "und")])
def test_languages_have_three_letters(language: str, code: str) -> None:
    assert language_code(language) == code


def cue(text: str, syllables: tuple[str, ...], start: float = 1.0) -> LyricCue:
    onsets = tuple(start + 0.5 * number for number in range(len(syllables)))
    return LyricCue(text, start, start + 0.5 * len(syllables), 0, syllables, onsets)


def spelt(*cues: LyricCue) -> list[str]:
    return [item.text for item in timed_syllables(cues)]


def test_each_syllable_is_timed() -> None:
    assert timed_syllables([cue("Neon light", ("Ne", "on", "light"))]) == [
        Timed("Ne", 1000),
        Timed("on", 1500),
        Timed(" light", 2000),
    ]


def test_a_comma_stays_and_a_space_leads() -> None:
    assert spelt(cue("Stay, don't go – now!", ("Stay", "don't", "go", "now"))) == ["Stay,", " don't", " go –", " now!"]


def test_a_new_line_leads_its_first_syllable() -> None:
    assert spelt(cue("One", ("One",)), cue("Two", ("Two",), 2.0)) == ["One", "\nTwo"]


@pytest.mark.parametrize("syllables", [("Ne", "in"), ("Ne",), ("Ne", "on", "!"), ()])
def test_syllables_that_do_not_spell_the_line_leave_it_whole(syllables: tuple[str, ...]) -> None:
    assert spelt(cue("Neon", syllables)) == ["Neon"]


def test_onsets_that_go_backwards_leave_the_line_whole() -> None:
    assert spelt(LyricCue("Neon", 1.0, 2.0, 0, ("Ne", "on"), (1.0, 0.5))) == ["Neon"]


@given(st.lists(st.text(st.characters(), min_size=1, max_size=12), min_size=1, max_size=6), st.integers(1, 4))
def test_put_together_the_syllables_are_the_lines(texts: list[str], step: int) -> None:
    cues = [
        cue(text, tuple(text[at : at + step] for at in range(0, len(text), step)), 10.0 * number)
        for number, text in enumerate(texts)
    ]
    lines = timed_lines(timed_syllables(cues))
    assert lines == [(10_000 * number, lyric_line(text)) for number, text in enumerate(texts) if lyric_line(text)]
