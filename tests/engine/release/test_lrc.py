"""Timed lyrics as LRC."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import MediaError
from engine.release.lrc import Line, parse, timed_lines, write

pytestmark = pytest.mark.quick

TEXT = st.text(st.characters(), max_size=60)
CUES = st.lists(
    st.tuples(st.floats(0, 5), st.floats(0, 5), TEXT), max_size=12
)  # pauses before and lengths of lines, in seconds


def test_a_file_in_full() -> None:
    lines = timed_lines([(1.0, 3.5, "Neon on the water"), (4.0, 6.0, "Count the lights"), (11.004, 12.5, "Home")])
    assert write("Neon", "Mira", "Neon EP", 65.4, lines) == (
        "[ti:Neon]\n[ar:Mira]\n[al:Neon EP]\n[length:01:05]\n"
        "[00:01.00]Neon on the water\n[00:04.00]Count the lights\n[00:06.00]\n[00:11.00]Home\n[00:12.50]\n"
    )


def test_minutes_go_on_beyond_the_hour() -> None:
    assert "[100:00.00]late\n" in write("t", "a", "b", 6001, [Line(600_000, "late")])


def test_square_brackets_turn_round_since_players_read_them_as_times() -> None:
    assert timed_lines([(0, 1, "[00:09.00] now")])[0].text == "(00:09.00) now"


def test_times_that_go_backwards_are_refused() -> None:
    with pytest.raises(MediaError, match=r"backwards at 00:01\.00: 'b'"):
        write("t", "a", "b", 10, [Line(200, "a"), Line(100, "b")])


def test_lines_after_the_end_of_the_track_are_refused() -> None:
    with pytest.raises(MediaError, match=r"end at 00:10\.50, after the track's 10\.00 s"):
        write("t", "a", "b", 10, [Line(1050, "a")])


@given(TEXT, TEXT, CUES)
def test_what_is_written_is_read_back(title: str, artist: str, steps: list[tuple[float, float, str]]) -> None:
    cues, now = [], 0.0
    for pause, length, text in steps:
        cues.append((now + pause, now + pause + length, text))
        now += pause + length
    lines = timed_lines(cues)
    found = parse(write(title, artist, title, now + 1, lines))
    assert found.lines == lines
    assert [line.text for line in found.lines if line.text] == [line.text for line in lines if line.text]
    assert list(found.tags) == ["ti", "ar", "al", "length"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[00:01.00]a", "last line does not end"),
        ("[00:01.00]a\nb\n", "line 2: 'b'"),
        ("[00:61.00]a\n", "line 1"),
        ("[0:01.00]a\n", "line 1"),
        ("[00:01.00][00:05.00]a\n", "line 1"),
        ("[٠٠:٠١.٠٠]a\n", "line 1"),
        ("[00:02.00]a\n[00:01.00]b\n", "line 2: the time goes backwards"),
        ("[00:02.00]a\n[ti:late]\n", "line 2"),
        ("[ti:a]\n[ti:b]\n", "line 2"),
    ],
)
def test_reading_is_strict(text: str, complaint: str) -> None:
    with pytest.raises(MediaError, match=complaint):
        parse(text)


@given(st.text(st.sampled_from("[]0123456789:.\nab"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except MediaError:
        return
    assert all(line.at >= 0 for line in found.lines)
