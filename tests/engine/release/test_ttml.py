"""lyrics.ttml reads back in a parser that shares nothing with its writer, whatever the words are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.errors import MediaError
from engine.release import lrc, lyrics, ttml
from engine.release.metadata import LyricLine, LyricText, Metadata
from tests import ttml as judge
from tests.engine.release.conftest import CUES, LINES, bare_request
from tests.engine.release.test_metadata import described

pytestmark = pytest.mark.quick


def with_lines(*lines: LyricLine) -> Metadata:
    data = described(bare_request())
    return replace(data, lyrics=LyricText("", lines), duration_s=60.0)


def read(data: Metadata) -> judge.Lyrics:
    return judge.read(ttml.write(data).encode())


def test_it_holds_each_line_at_its_time() -> None:
    found = read(described(bare_request()))
    assert found.lines == tuple((cue.start, cue.end, cue.text) for cue in CUES)
    assert (found.language, found.title, found.agents) == ("en", "Neon Water", ("v1",))


def test_its_times_are_those_of_the_lrc() -> None:
    data = described(bare_request())
    timed = [(line.at, line.text) for line in lrc.parse(lyrics.timed_text(data)).lines if line.text]
    assert timed == [(round(begin * 100), text) for begin, _, text in read(data).lines]
    assert [text for _, text in timed] == list(LINES)


def test_an_instrumental_has_an_empty_body() -> None:
    assert read(with_lines()).lines == ()


@pytest.mark.parametrize("text", ["a < b & c > d \" ' ]]>", "\ufffe\uffff", "𝄞 שלום", "<!ENTITY x SYSTEM 'file:///'>"])
def test_words_are_words_and_never_markup(text: str) -> None:
    (line,) = read(with_lines(LyricLine(1.0, 2.0, text))).lines
    assert line[2] == text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def test_a_language_that_is_none_is_undetermined() -> None:
    assert read(replace(with_lines(), language='en" onload="')).language == "und"


def test_a_line_without_length_shows_for_an_instant() -> None:
    assert read(with_lines(LyricLine(1.0, 1.0, "now"), LyricLine(1.0, 0.5, "then"))).lines == (
        (1.0, 1.01, "now"),
        (1.0, 1.01, "then"),
    )


def test_lines_that_go_backwards_are_refused() -> None:
    with pytest.raises(MediaError, match=r"backwards at 00:00:01\.000: 'b'"):
        ttml.write(with_lines(LyricLine(2.0, 3.0, "a"), LyricLine(1.0, 2.0, "b")))


def test_lines_after_the_end_are_refused() -> None:
    with pytest.raises(MediaError, match=r"end at 00:01:01\.000, after the track's 60\.00 s"):
        ttml.write(with_lines(LyricLine(59.0, 61.0, "a")))
