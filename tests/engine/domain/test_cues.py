"""Edited words keep their place in the track; nothing but the words moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.cues import retimed
from engine.domain.errors import NotAllowed, UsageError
from engine.domain.prosody import line_syllables
from engine.domain.song import LyricCue, Lyrics, LyricSection, Section, SectionKind, Timeline

pytestmark = pytest.mark.quick
LINES = ("Walk me along the shore", "The city hums tonight", "And all the wires shine", "Walk me along the shore")


def lyrics(*lines: str, more: tuple[str, ...] = ("The lights are out",)) -> Lyrics:
    """A verse of these lines, then a chorus."""
    return Lyrics("en", (LyricSection(SectionKind.VERSE, lines), LyricSection(SectionKind.CHORUS, more)))


def timeline(song: Lyrics, *, sung: int | None = None) -> Timeline:
    """Each line four seconds, a note for each syllable in the first three; `sung` lines of each section at most."""
    cues: list[LyricCue] = []
    start = 8.0
    for index, section in enumerate(song.sections):
        for line in section.lines[:sung]:
            syllables = line_syllables(line)
            onsets = tuple(start + 3.0 * at / len(syllables) for at in range(len(syllables)))
            cues.append(LyricCue(line, start, start + 3.2, index + 1, syllables, onsets))
            start += 4.0
    sections = (Section(SectionKind.INTRO, 0, 8, 4, 0.3), Section(SectionKind.VERSE, 8, start, 8, 0.6))
    return Timeline(96.0, 4, "A minor", start + 8, (0.0, 2.5), sections, tuple(cues))


BEFORE = lyrics(*LINES)
TRACK = timeline(BEFORE)


def test_an_unchanged_text_keeps_every_cue() -> None:
    assert retimed(TRACK, BEFORE, BEFORE) == TRACK


def test_a_line_of_as_many_syllables_takes_over_the_notes() -> None:
    after = retimed(TRACK, BEFORE, lyrics(LINES[0], "The harbour sleeps tonight", *LINES[2:]))
    old, new = TRACK.cues[1], after.cues[1]
    assert len(old.onsets) == len(new.onsets) == 6
    assert (new.start, new.end, new.onsets) == (old.start, old.end, old.onsets)
    assert after.cues[:1] + after.cues[2:] == TRACK.cues[:1] + TRACK.cues[2:]


def test_fewer_syllables_fall_on_notes_that_are_there() -> None:
    new = retimed(TRACK, BEFORE, lyrics("Walk me", *LINES[1:])).cues[0]
    assert new.syllables == ("Walk", "me")
    assert set(new.onsets) <= set(TRACK.cues[0].onsets) and new.onsets[0] == TRACK.cues[0].start


def test_more_syllables_share_the_time_between_the_notes() -> None:
    new = retimed(TRACK, BEFORE, lyrics("Walk me along the quiet and empty shore", *LINES[1:])).cues[0]
    assert len(new.onsets) == len(new.syllables) == 11
    assert list(new.onsets) == sorted(set(new.onsets)) and new.onsets[-1] < TRACK.cues[0].end


def test_an_added_line_shares_the_time_of_the_one_above() -> None:
    after = retimed(TRACK, BEFORE, lyrics(LINES[0], "and back", *LINES[1:]))
    first, second, third = after.cues[:3]
    assert (first.start, second.text, second.end) == (TRACK.cues[0].start, "and back", TRACK.cues[0].end)
    assert first.end <= second.start and third == TRACK.cues[1]


def test_a_line_added_before_the_first_shares_its_time() -> None:
    after = retimed(TRACK, BEFORE, lyrics("Oh come", *LINES))
    assert [cue.text for cue in after.cues[:2]] == ["Oh come", LINES[0]]
    assert (after.cues[0].start, after.cues[1].end) == (TRACK.cues[0].start, TRACK.cues[0].end)


def test_a_line_taken_out_leaves_its_time_without_words() -> None:
    after = retimed(TRACK, BEFORE, lyrics(LINES[0], LINES[2], LINES[3]))
    assert after.cues == (TRACK.cues[0], *TRACK.cues[2:])


def test_lines_that_the_track_left_out_stay_left_out() -> None:
    short = timeline(BEFORE, sung=2)
    after = retimed(short, BEFORE, lyrics(*LINES[:3], "Another last line"))
    assert after == short


def test_an_edit_that_is_taken_back_gives_the_very_same_times() -> None:
    changed = lyrics("Walk", *LINES[1:])
    assert retimed(TRACK, BEFORE, changed) != TRACK
    assert retimed(TRACK, BEFORE, BEFORE) == TRACK


def test_a_line_that_nobody_could_read_along_is_refused_with_the_room_there_is() -> None:
    with pytest.raises(UsageError, match=r"3\.2 s, which is room for 32 syllables"):
        retimed(TRACK, BEFORE, lyrics("la " * 40, *LINES[1:]))
    with pytest.raises(UsageError, match=r"These 7 lines"):
        retimed(TRACK, BEFORE, lyrics(LINES[0], *("oh",) * 6, *LINES[1:]))


def test_a_track_whose_words_have_other_times_is_refused() -> None:
    with pytest.raises(NotAllowed, match="not known line by line"):
        retimed(TRACK, lyrics("something else"), lyrics("another thing"))


WORDS = st.sampled_from(["night", "over", "harbour", "la", "remember", "I"])
NEW_LINES = st.lists(
    st.lists(WORDS, min_size=1, max_size=6).map(" ".join) | st.sampled_from(LINES), min_size=1, max_size=7
)


@given(NEW_LINES)
def test_whatever_is_written_the_cues_ascend_inside_their_time(lines: list[str]) -> None:
    try:
        after = retimed(TRACK, BEFORE, lyrics(*lines))
    except UsageError:
        return
    first, last = TRACK.cues[0].start, TRACK.cues[3].end
    verse = after.cues[:-1]
    assert after.cues[-1] == TRACK.cues[-1], "the other section is left alone"
    assert [cue.text for cue in verse] == lines
    for cue, following in zip(after.cues, after.cues[1:], strict=False):
        assert cue.start < following.start and cue.end <= following.start + 1e-9
    for cue in verse:
        assert first <= cue.start < cue.end <= last
        assert len(cue.onsets) == len(cue.syllables) and list(cue.onsets) == sorted(cue.onsets)
        assert cue.start <= cue.onsets[0] and cue.onsets[-1] <= cue.end
