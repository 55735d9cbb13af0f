"""What an edit may change, and what has to be made again for it."""

from __future__ import annotations

import pytest

from engine.domain.edits import (
    LINE_LIMIT,
    SECTION_LIMIT,
    Editable,
    checked_title,
    in_words,
    kept,
    made_again,
    read_lyrics,
    refuse_sung,
    written,
)
from engine.domain.errors import NotAllowed, UsageError, WordsError
from engine.domain.runs import PRODUCE_STAGES, Stage
from engine.domain.song import Lyrics, LyricSection, SectionKind

pytestmark = pytest.mark.quick
VERSE = LyricSection(SectionKind.VERSE, ("The platform clock has lost its hands", "We count the hours by the rain"))
CHORUS = LyricSection(SectionKind.CHORUS, ("Walk me along the silver line",))
BEFORE = Lyrics("en", (VERSE, CHORUS))
TEXT = written(BEFORE)


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ((Editable.TITLE,), (Stage.COVER, Stage.CLIP)),
        ((Editable.LYRICS,), (Stage.CLIP,)),
        ((Editable.TITLE, Editable.LYRICS), (Stage.COVER, Stage.CLIP)),
        ((), ()),
    ],
)
def test_only_what_shows_the_changed_words_is_made_again(
    changed: tuple[Editable, ...], again: tuple[Stage, ...]
) -> None:
    assert made_again(changed) == again
    assert sorted((*again, *kept(changed))) == sorted(PRODUCE_STAGES), "each stage is either made again or kept"


@pytest.mark.parametrize("stage", [Stage.CONCEPT, Stage.LYRICS, Stage.TRACK, Stage.ANALYSIS, Stage.REFLECTION])
def test_no_edit_makes_the_sound_or_asks_the_writer_again(stage: Stage) -> None:
    assert stage in kept(tuple(Editable))


def test_a_title_is_stored_with_single_spaces_in_composed_form() -> None:
    assert checked_title("  Cafe\u0301   Noir ") == "Café Noir"


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("", "visible"),
        (" \u3000 ", "visible"),
        ("x" * 121, "121 characters"),
        ("Last\x1b[31m Tram", "U\\+001B"),
        ("Last \u202eTram", "U\\+202E"),
        ("Tram\u200b", "U\\+200B"),
    ],
)
def test_a_title_that_cannot_be_shown_is_refused_with_the_reason(title: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        checked_title(title)


def test_lyrics_are_read_back_as_they_were_written() -> None:
    assert read_lyrics(TEXT, BEFORE) == BEFORE


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[verse]\nOne\n...\n\n[chorus]\nTwo", 3),
        ("[verse]\nOne\n\nTwo\n\n[chorus]\nThree", 3),
        ("One\n[verse]\nTwo\n\n[chorus]\nThree", 1),
        ("[verse]\n\n[chorus]\nTwo", 1),
        ("[verse]\nOne\n\n[refrain]\nTwo", 4),
        ("[verse]\nOne\n\n[verse]\nTwo", 4),
        ("[verse]\nOne\n\n[chorus]\nTwo\n\n[verse]\nThree", 7),
        ("[verse]\nOne\nTwo\n\n", 3),
        (f"[verse]\nOne\n\n[chorus]\n{'x' * (LINE_LIMIT + 1)}", 5),
        ("[verse]\nOne\u202e\n\n[chorus]\nTwo", 2),
    ],
)
def test_words_that_cannot_be_used_name_their_line(text: str, line: int) -> None:
    with pytest.raises(WordsError) as refused:
        read_lyrics(text, BEFORE)
    assert refused.value.line == line


def test_a_title_that_cannot_be_used_is_line_0() -> None:
    with pytest.raises(WordsError) as refused:
        checked_title("")
    assert refused.value.line == 0


def test_lines_may_change_come_and_go() -> None:
    after = read_lyrics("[Verse]\nOne new line\n\n\n[ chorus ]\n  Walk me   home \nand stay\n", BEFORE)
    assert [section.lines for section in after.sections] == [("One new line",), ("Walk me home", "and stay")]
    assert after.language == "en"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[verse]\nonly this one", "must stay verse, chorus"),
        ("[chorus]\na\n[verse]\nb", "must stay verse, chorus"),
        ("[verse]\na\n[chorus]\nb\n[verse]\nc", "must stay verse, chorus"),
        ("", "The sections are missing"),
        ("walk\n[verse]\na", "Line 1 stands before"),
        ("[verse]\na\n\nb\n[chorus]\nc", "Line 3 is empty"),
        ("[verse]\n[chorus]\nb", "Section 1 \\[verse\\] has no line"),
        ("[verse]\na\n[chorus]\n", "Section 2 \\[chorus\\] has no line"),
        ("[verse]\na\n[refrain]\nb", "no section \\[refrain\\]"),
        ("[verse]\n...\n[chorus]\nb", "Line 2 has no word"),
        (f"[verse]\n{'a' * (LINE_LIMIT + 1)}\n[chorus]\nb", "at most 160"),
        ("[verse]\n" + "a\n" * (SECTION_LIMIT + 1) + "[chorus]\nb", "at most 24 lines"),
        ("[verse]\nbell\x07\n[chorus]\nb", "U\\+0007"),
        ("[verse]\n" + "a" * 20_001, "at most 20,000"),
        ("[verse]\nМы считаем часы\n[chorus]\nПроводи меня", "Cyrillic"),
    ],
)
def test_lyrics_that_cannot_be_used_are_refused_with_the_line(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_lyrics(text, BEFORE)


def test_a_foreign_word_in_the_song_is_no_other_language() -> None:
    assert read_lyrics("[verse]\nShe said спасибо and left\n[chorus]\nWalk me", BEFORE).language == "en"


def test_sung_words_cannot_be_edited() -> None:
    refuse_sung("none")
    with pytest.raises(NotAllowed, match=r"sung.*its title can"):
        refuse_sung("model")


def test_the_next_song_is_told_what_went_and_what_came() -> None:
    after = read_lyrics(TEXT.replace("by the rain", "by the sea"), BEFORE)
    assert in_words(("Old", "New"), (BEFORE, after)) == (
        "title changed from 'Old' to 'New' by a person",
        "line taken out by a person: 'We count the hours by the rain'",
        "line put in by a person: 'We count the hours by the sea'",
    )
    assert in_words(None, None) == ()
