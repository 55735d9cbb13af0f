"""What holds for every song of a label of 96: it rhymes, it scans, and it repeats nobody."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from benchmarks.words import MISFITS, Song, repeated_lines
from engine.domain.persona import Persona
from engine.domain.prosody import line_syllables
from engine.domain.song import Catalogue, SectionKind
from engine.llm.writer.concept import write_concept
from engine.llm.writer.lyrics import write_lyrics
from engine.llm.writer.memory import folded
from engine.llm.writer.rhyme import end_word, rhymes


def rhyme_together(first: str, second: str) -> bool:
    return rhymes(end_word(first), end_word(second))


def test_every_stanza_is_two_rhymed_couplets_or_a_refrain_around_one(songs: list[Song]) -> None:
    for song in songs:
        for section in song.lyrics.sections:
            one, two, three, four = section.lines
            couplets = rhyme_together(one, two) and rhyme_together(three, four)
            refrain = section.kind is SectionKind.CHORUS and rhyme_together(two, three)
            assert couplets or refrain, section.lines


def test_lines_of_a_stanza_can_be_sung_to_one_tune(songs: list[Song]) -> None:
    """Four to eleven syllables, and in verses and bridges at most two apart."""
    for song in songs:
        for section in song.lyrics.sections:
            counts = [len(line_syllables(line)) for line in section.lines]
            assert min(counts) >= 4 and max(counts) <= 12, section.lines
            if section.kind is not SectionKind.CHORUS:
                assert max(counts) - min(counts) <= 2, section.lines


def test_most_choruses_keep_within_two_syllables_although_they_carry_the_title(songs: list[Song]) -> None:
    counts = [[len(line_syllables(line)) for line in song.section(SectionKind.CHORUS)] for song in songs]
    even = [max(each) - min(each) <= 2 for each in counts]
    assert sum(even) >= 0.9 * len(even)


def test_no_line_stands_twice_in_a_song_outside_the_chorus(songs: list[Song]) -> None:
    for song in songs:
        sections = [s for s in song.lyrics.sections if s.kind is not SectionKind.CHORUS]
        lines = [folded(line) for section in sections for line in section.lines]
        assert len(lines) == len(set(lines)), song.concept.title


def test_a_chorus_carries_the_title_and_returns_unchanged(songs: list[Song]) -> None:
    for song in songs:
        choruses = {s.lines for s in song.lyrics.sections if s.kind is SectionKind.CHORUS}
        assert len(choruses) == 1
        (lines,) = choruses
        assert folded(song.concept.title) in folded(" ".join(lines))


def test_no_title_is_given_twice_in_the_label(songs: list[Song]) -> None:
    titles = Counter(folded(song.concept.title) for song in songs)
    assert [title for title, count in titles.items() if count > 1] == []


def test_no_bridge_is_sung_twice_in_the_label(songs: list[Song]) -> None:
    bridges = Counter(song.section(SectionKind.BRIDGE) for song in songs)
    assert max(bridges.values()) == 1


def test_hardly_a_line_comes_again_and_none_a_third_time(songs: list[Song]) -> None:
    again = repeated_lines(songs)
    every = {folded(line) for song in songs for line in song.lyrics.text().splitlines() if line}
    assert len(again) <= 0.04 * len(every)
    assert max(again.values(), default=1) <= 2


def test_titles_and_words_fit_the_lines_that_they_fill(songs: list[Song]) -> None:
    """No `at the dog days I said`, no `a an`, no `from before the boats`, no hole left open."""
    misfits = [line for song in songs for line in song.lyrics.text().splitlines() if MISFITS.search(line)]
    assert misfits == []


@pytest.mark.parametrize("trap", ["At all weekend long I said I knew", "Back to in the cool", "A owl", "the the sea"])
def test_the_check_for_misfits_knows_the_traps(trap: str) -> None:
    assert MISFITS.search(trap)


def test_the_same_seed_gives_the_same_words_and_another_seed_others(artists: list[Persona]) -> None:
    def song(seed: int) -> tuple[object, str]:
        concept = write_concept(artists[0], seed, judgements=(), lessons=(), catalogue=Catalogue(), parameters={})
        return concept, write_lyrics(artists[0], concept, seed, duration_s=150).text()

    assert song(7) == song(7)
    assert len({song(seed)[1] for seed in range(12)}) == 12


def test_what_the_label_has_sung_changes_the_words_of_the_same_seed(songs: list[Song]) -> None:
    first = songs[0]
    again = write_lyrics(first.artist, first.concept, 0, duration_s=150, catalogue=Catalogue((), (first.lyrics,)))
    both = set(first.lyrics.text().splitlines()) & set(again.text().splitlines())
    assert {folded(line) for line in both if line} <= {folded(line) for line in first.section(SectionKind.CHORUS)}


def test_when_everything_has_been_sung_the_longest_unheard_comes_first(songs: list[Song]) -> None:
    """The writer never falls silent: it goes round again, from the oldest."""
    last = songs[-1]
    catalogue = Catalogue((), tuple(song.lyrics for song in reversed(songs)) * 3)
    concept = dataclasses.replace(last.concept, title="Nobody's Title")
    assert all(
        section.lines for section in write_lyrics(last.artist, concept, 1, duration_s=150, catalogue=catalogue).sections
    )


@pytest.mark.parametrize(
    ("title", "line"),
    [("Ωμέγα", "ωμέγα"), ("[red]Escape[/red]", "red"), ("x" * 5_000, "xxxx")],
    ids=["Greek", "markup", "endless"],
)
def test_a_title_that_is_not_ours_is_sung_as_it_stands(artists: list[Persona], title: str, line: str) -> None:
    concept = write_concept(artists[0], 1, judgements=(), lessons=(), catalogue=Catalogue(), parameters={})
    lyrics = write_lyrics(artists[0], dataclasses.replace(concept, title=title), 1, duration_s=60)
    assert line in lyrics.text().casefold()
    assert max(len(each) for each in lyrics.text().splitlines()) < 200


@pytest.mark.parametrize("duration_s", [20, 40, 150, 300])
def test_a_song_of_any_length_has_a_verse_and_a_chorus(songs: list[Song], duration_s: float) -> None:
    song = songs[0]
    kinds = [s.kind for s in write_lyrics(song.artist, song.concept, 3, duration_s=duration_s).sections]
    assert kinds[:2] == [SectionKind.VERSE, SectionKind.CHORUS]
    assert (SectionKind.BRIDGE in kinds) is (duration_s > 60)
