"""The writer's memory knows its own lines again, however they were filled and written down."""

from __future__ import annotations

from engine.domain.song import Catalogue, Lyrics, LyricSection, SectionKind
from engine.llm.writer.memory import NEVER, Memory


def song(*lines: str, kind: SectionKind = SectionKind.BRIDGE) -> Lyrics:
    return Lyrics("en", (LyricSection(kind, lines),))


def test_a_line_is_as_old_as_the_newest_song_that_has_it() -> None:
    memory = Memory([song("one"), song("two"), song("two")])
    assert [memory.age("One!"), memory.age("two"), memory.age("three")] == [0, 1, NEVER]


def test_case_and_punctuation_do_not_hide_a_line() -> None:
    assert Memory([song("i won't be going, back that way")]).age("I won’t be going back that way") == 0


def test_a_line_with_a_slot_is_known_however_it_was_filled() -> None:
    memory = Memory([song("I sent your pocket torch by the post", "An open door stood there")])
    assert memory.age("I sent your {thing} by the post") == 0
    assert memory.age("A {door} stood there") == 0
    assert memory.age("I sent your {thing} by the train") == NEVER


def test_fresh_lines_come_first_then_those_that_were_sung_longest_ago() -> None:
    memory = Memory([song("newest"), song("older"), song("oldest")])
    pool = ("newest", "older", "oldest", "unsung")
    assert memory.fresh(pool, lambda line: (line,), 3) == ("unsung", "oldest", "older")
    assert memory.fresh(pool, lambda line: (line,), 1) == ("unsung",)


def test_a_catalogue_names_bridges_and_choruses_within_its_limit() -> None:
    verse = song("a verse", "is left out", kind=SectionKind.VERSE)
    bridges = [song(f"line {at}", "second", "third", "fourth") for at in range(9)]
    assert Catalogue((), (verse, *bridges)).lines(2) == ("line 0 / second", "line 1 / second")
