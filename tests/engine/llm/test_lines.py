"""The writer's own lines, as they stand in the word lists: each couplet rhymes, scans and stands only once."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.domain.prosody import line_syllables
from engine.llm.writer.bank import Couplet, Situation, World, situations, worlds
from engine.llm.writer.memory import folded
from engine.llm.writer.rhyme import end_word, rhymes

SOURCES: dict[str, World | Situation] = {**worlds(), **situations()}


def couplets(source: World | Situation) -> list[Couplet]:
    bridge = [couplet for quatrain in source.bridge for couplet in quatrain]
    if isinstance(source, World):
        return [*source.opening, *source.verse, *source.chorus, *bridge]
    return [*source.setup, *source.complication, *source.chorus, *bridge]


@pytest.mark.parametrize("name", SOURCES)
def test_every_couplet_rhymes_on_two_different_words(name: str) -> None:
    for couplet in couplets(SOURCES[name]):
        if not any(line.endswith("}") for line in couplet.lines):
            assert rhymes(end_word(couplet.first), end_word(couplet.second)), couplet


@pytest.mark.parametrize("name", SOURCES)
def test_the_lines_of_a_couplet_differ_by_two_syllables_at_most(name: str) -> None:
    for couplet in couplets(SOURCES[name]):
        one, two = (len(line_syllables(line)) for line in couplet.lines)
        assert abs(one - two) <= 2 and max(one, two) <= 10, couplet


def test_no_line_stands_twice_in_the_lists() -> None:
    counts = Counter(folded(line) for source in SOURCES.values() for c in couplets(source) for line in c.lines)
    assert [line for line, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(("first", "second"), [("light", "night"), ("again", "rain"), ("told", "gold")])
def test_words_of_one_sound_rhyme(first: str, second: str) -> None:
    assert rhymes(first, second)


@pytest.mark.parametrize(
    ("first", "second"), [("light", "light"), ("light", "daylight"), ("two", "too"), ("sun", "sea")]
)
def test_a_word_does_not_rhyme_with_itself_nor_with_what_ends_in_it(first: str, second: str) -> None:
    assert not rhymes(first, second)
