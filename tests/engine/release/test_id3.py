"""ID3v2.3 tags, judged by mutagen, which shares no code with the writer."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import ID3

from engine.domain.errors import MediaError
from engine.release.id3 import HEADER_BYTES, Picture, Tag, Timed, read, tag_size, with_object, without_object, write

pytestmark = pytest.mark.quick

CARRIED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
SAID = CARRIED.filter(bool)
TAGS = st.builds(
    Tag,
    text=st.dictionaries(st.sampled_from(["TIT2", "TPE1", "TALB", "TCON"]), SAID),
    extra=st.dictionaries(SAID, SAID, max_size=3),
    comment=SAID,
    language=st.sampled_from(["eng", "und", "jpn"]),
    lyrics=CARRIED,
    timed=st.lists(st.builds(Timed, SAID, st.integers(0, 2**32 - 1)), max_size=8).map(
        lambda items: tuple(sorted(items, key=lambda item: item.at_ms))
    ),
    picture=st.none() | st.builds(Picture, st.just("image/jpeg"), st.binary(min_size=1, max_size=50)),
)
SONG = Tag(
    text={"TIT2": "Über 東京 💥", "TPE1": "Mira Vale", "TBPM": "96", "TKEY": "F#m"},
    extra={"AI_DISCLOSURE": "Made by software – all of it"},
    comment="Hello",
    language="eng",
    lyrics="Neon on\nthe wåter",
    timed=(Timed("Ne", 1000), Timed("on", 1400), Timed("\nthe", 2000)),
    picture=Picture("image/jpeg", b"\xff\xd8\xff\xe0picture"),
)


def judge(data: bytes) -> Any:
    """What mutagen reads, without its translation to 2.4."""
    return ID3(io.BytesIO(data + b"\xff\xfb\xe0\x00" * 8), translate=False)  # type: ignore[no-untyped-call]


def test_mutagen_reads_every_frame() -> None:
    found = judge(write(SONG))
    assert found.version == (2, 3, 0)
    assert {name: str(found[name]) for name in SONG.text} == SONG.text
    assert found["TXXX:AI_DISCLOSURE"].text == ["Made by software – all of it"]
    assert (found["COMM::eng"].text, found["USLT::eng"].text) == (["Hello"], "Neon on\nthe wåter")
    assert (found["SYLT::eng"].format, found["SYLT::eng"].type) == (2, 1)  # milliseconds, lyrics
    assert found["SYLT::eng"].text == [("Ne", 1000), ("on", 1400), ("\nthe", 2000)]
    cover = found["APIC:"]
    assert (cover.type, cover.mime, cover.data) == (3, "image/jpeg", b"\xff\xd8\xff\xe0picture")


@given(TAGS)
def test_mutagen_and_the_reader_agree_on_any_text(tag: Tag) -> None:
    data = write(tag)
    assert read(data) == (tag, len(data))
    found = judge(data)
    assert {name: str(found[name]) for name in tag.text} == tag.text
    assert {frame.desc: str(frame) for frame in found.getall("TXXX")} == tag.extra
    assert [frame.text for frame in found.getall("USLT")] == [tag.lyrics] * bool(tag.lyrics)
    assert [tuple(frame.text) for frame in found.getall("SYLT")] == [
        tuple((item.text, item.at_ms) for item in tag.timed)
    ] * bool(tag.timed)


def test_plain_english_needs_no_sixteen_bits() -> None:
    assert b"TIT2\x00\x00\x00\x05\x00\x00\x00Neon" in write(Tag(text={"TIT2": "Neon"}))


@pytest.mark.parametrize(
    ("tag", "complaint"),
    [
        (Tag(text={"TIT2": "a\x00b"}), "cannot carry"),
        (Tag(lyrics="\ud800"), "cannot carry"),
        (Tag(text={"TXXX": "a"}), "no text frame"),
        (Tag(text={"title": "a"}), "no text frame"),
        (Tag(language="english"), "ISO 639-2"),
        (Tag(timed=(Timed("a", 2), Timed("b", 1))), "ascend"),
        (Tag(timed=(Timed("a", -1),)), "ascend"),
    ],
)
def test_what_the_format_cannot_carry_is_refused(tag: Tag, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        write(tag)


@pytest.mark.parametrize("cut", [0, 5, HEADER_BYTES, HEADER_BYTES + 7, 60])
def test_a_tag_that_ends_too_early_is_refused(cut: int) -> None:
    with pytest.raises(MediaError):
        read(write(SONG)[:cut])


def test_a_newer_version_is_refused() -> None:
    data = bytearray(write(SONG))
    data[3] = 4
    with pytest.raises(MediaError, match=r"No ID3v2\.3 tag"):
        read(bytes(data))


def test_a_frame_that_stands_twice_is_refused() -> None:
    once = write(Tag(text={"TIT2": "a"}))[HEADER_BYTES:]
    size = bytes([0, 0, 0, 2 * len(once)])
    with pytest.raises(MediaError, match="unexpected frame 'TIT2'"):
        read(b"ID3\x03\x00\x00" + size + once + once)


@given(st.integers(0, len(write(SONG)) - 1), st.integers(1, 255))
def test_a_changed_byte_is_read_or_refused_in_words(place: int, flip: int) -> None:
    data = bytearray(write(SONG))
    data[place] ^= flip
    try:
        found, size = read(bytes(data))
    except MediaError:
        return
    assert size == len(data) and isinstance(found, Tag)


def test_an_object_goes_in_last_and_comes_out_without_a_trace() -> None:
    plain = write(Tag(text={"TIT2": "Neon"}, comment="made", timed=(Timed("Ne", 0), Timed("on", 5))))
    tag, start = with_object(plain, 300)
    assert len(tag) == start + 300 and tag_size(tag) == len(tag)
    assert read(tag)[0] == read(plain)[0]
    assert without_object(tag[:start] + b"x" * 300) == plain
    assert without_object(plain) == plain


def test_a_tag_with_padding_takes_no_object() -> None:
    plain = write(Tag(text={"TIT2": "Neon"}))
    with pytest.raises(ValueError, match="padding"):
        with_object(plain[:9] + bytes([plain[9] + 10]) + plain[10:] + bytes(10), 300)


def test_another_object_than_a_manifest_is_refused() -> None:
    plain = write(Tag(text={"TIT2": "Neon"}))
    tag, _ = with_object(plain, 3)
    with pytest.raises(MediaError, match="no C2PA manifest"):
        read(tag.replace(b"application/c2pa", b"application/evil"))
