"""Whatever a release is called and says, every writer writes what independent readers take, or refuses in words."""

from __future__ import annotations

import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp4 import MP4

from engine.domain.errors import MediaError
from engine.domain.learning import ReasonTag
from engine.domain.runs import Actor, ActorKind, Channel
from engine.domain.song import Concept, LyricCue, Lyrics, LyricSection, SectionKind
from engine.media import ffmpeg
from engine.release import documents, ffmetadata, id3, lyrics, names, tags, ttml
from engine.release.disclosure import disclose
from engine.release.manifest import MANIFEST, SCHEMA, Manifest, checksums, parse_checksums
from engine.release.metadata import Metadata
from engine.release.prompts import PromptsUsed, list_prompts
from engine.release.provenance import Provenance, disclosure_text, licences_text, trace
from engine.release.request import Credit, Decision, Material, PackageRequest, PromptRecord, Tool
from engine.safety.text import plain
from tests import ttml as ttml_judge
from tests.engine.release.conftest import SECONDS, bare_request
from tests.engine.release.test_metadata import described

NASTY = (
    *(
        "",
        " ",
        "\x00",
        "\x1b[31mred\x1b[0m",
        "\u202eevil\u2066",
        "\ud83d\ude00",
        "\ud800",
        "\udfff\ud800",
        "👩‍👩‍👧‍👦 🏳️‍🌈",
    ),
    *("שלום עולם", "a\u0301" * 90, "\ufffe\uffff", "[00:01.00]x", "[ti:x]", ";#=\\\n[STREAM]", "<p>&amp;]]></p>"),
    *(
        "CON",
        "../../etc",
        "a/b\\c:d",
        "\u202etxt.exe",
        "é" * 3_000,
        "𝄞" * 300,
        "line\nline\r\nline\x85line\u2028line",
        "\t\v\f",
    ),
    *(
        "-v error -i",
        '"; DROP TABLE',
        "％０Ａ",
        "\u200b\u200d\ufeff",
        "Duration: 99:00:00.00, start: 0",
        "." * 300,
        "ends with \\",
        "\\\\",
    ),
)
TEXTS = st.one_of(
    st.text(st.characters(categories=None), max_size=40),
    st.text(
        st.sampled_from("\x00\x07\n\r\x1b\x7f\x85\u202e\u2029\ufeff\ufffe\ud800\udfff=;#\\[]<>&\"' a"), max_size=16
    ),
    st.sampled_from(NASTY),
    st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=4), st.integers(50, 400)),
)
AT = datetime(2031, 5, 4, 10, 20, 30, tzinfo=UTC)
HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What may stand in no document, not even word for word."""
JPEG = b"\xff\xd8\xff\xd9"


@st.composite
def cues(draw: st.DrawFn) -> tuple[LyricCue, ...]:
    """Lines in order, or now and then not."""
    found, now = [], 0.0
    for text in draw(st.lists(TEXTS, max_size=4)):
        now += draw(st.floats(0, 2))
        length = draw(st.floats(0, 2))
        syllables = tuple(text.split()) or (text,)
        onsets = tuple(now + length * number / len(syllables) for number in range(len(syllables)))
        found.append(LyricCue(text, now, now + length, 0, syllables, onsets))
    return tuple(draw(st.one_of(st.just(found), st.permutations(found))))


@st.composite
def requests(draw: st.DrawFn) -> PackageRequest:
    base = bare_request()

    def text() -> str:
        return draw(TEXTS)

    return replace(
        base,
        release_id=draw(st.one_of(st.just(base.release_id), TEXTS)),
        label=text(),
        artist_id=text(),
        artist=text(),
        title=text(),
        genre=text(),
        subgenre=text(),
        language=draw(st.one_of(st.sampled_from(["en", "pt-BR", "ja"]), TEXTS)),
        explicit=draw(st.booleans()),
        concept=Concept(text(), text(), text(), (text(),), 0.5, 96, text(), {text(): text()}, (text(),)),
        lyrics=Lyrics("en", (LyricSection(SectionKind.VERSE, (text(), text())),)),
        timeline=replace(base.timeline, key=text(), cues=draw(cues())),
        decision=Decision(
            Actor(ActorKind.OPERATOR, Channel.CLI, text()), AT, (ReasonTag.OTHER,), text(), draw(st.booleans())
        ),
        tools={**base.tools, "font": Tool(text(), text(), text(), text(), text(), {text(): text()})},
        credits=(Credit(text(), text()),),
        prompts=(PromptRecord(text(), text(), text(), text(), text(), text(), AT),),
        materials=(Material(text(), text(), text(), text(), text()),),
        costs_microusd={text(): draw(st.integers(0, 10**9))},
    )


def judged(request: PackageRequest) -> Metadata:
    """Every writer of text on one request, each judged; the metadata for the writers of containers."""
    data = described(request)
    for file in (names.file_base(request.artist, request.title),):
        judge_name(f"{file} (canvas).flac")
    assert re.fullmatch(r"[a-z0-9-]{1,160}", names.folder_name(request.artist, request.title, request.release_id))
    record = trace(request, data, disclose(request), ())
    kinds: tuple[tuple[type[Any], Any], ...] = (
        (Metadata, data),
        (Provenance, record),
        (PromptsUsed, list_prompts(request, data)),
        (Manifest, Manifest(SCHEMA, data.release_id, data.revision, ())),
    )
    for kind, document in kinds:
        judge_document(kind, document)
    for words in (disclosure_text(record), licences_text(record), lyrics.plain_text(data)):
        assert HARMFUL.search(words) is None
        assert words.encode().decode() == words
        assert words.endswith("\n")
    judge_id3(request, data)
    judge_timed(data)
    for pairs in (tags.flac_comments(data), tags.mp4_tags(data)):
        assert read_ffmetadata(ffmetadata.render(pairs)) == {name: value for name, value in pairs.items() if value}
    return data


def judge_name(name: str) -> None:
    """A file name that Linux, macOS and Windows take, and `sha256sum` and our manifest name."""
    assert len(name.encode()) <= 255
    assert not set(name) & set('<>:"/\\|?*') and HARMFUL.search(name) is None
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])", name.split(".")[0].strip())
    assert unicodedata.is_normalized("NFC", name)
    assert name[0] not in ". -" and not name.endswith((".", " "))
    listed = checksums([(name, hashlib.sha256(name.encode()).hexdigest())])
    assert list(parse_checksums(listed)) == [name]


def judge_document(kind: type[Any], document: Any) -> None:
    try:
        text = documents.render(document)
    except ValueError as refusal:  # a lone surrogate in what stands word for word
        raise AssertionError(f"{kind.__name__} cannot be written: {refusal}") from refusal
    assert OBEYED.search(text) is None
    found = json.loads(text.encode())
    assert list(found) == [field for field in kind.__slots__ if field in found]
    assert documents.render(documents.parse(kind, text, MANIFEST)) == text


def judge_id3(request: PackageRequest, data: Metadata) -> None:
    try:
        written = id3.write(tags.id3_tag(data, request.timeline.cues, JPEG))
    except ValueError as refusal:
        assert "ascend" in str(refusal)
        assert list(request.timeline.cues) != sorted(request.timeline.cues, key=lambda cue: cue.start)
        return
    found: Any = ID3(fileobj=io.BytesIO(written + bytes(417)), translate=False)  # type: ignore[no-untyped-call]
    for frame, value in (("TIT2", data.title), ("TPE1", data.artist.name), ("TCON", data.genre), ("TPUB", data.label)):
        assert found[frame].text == [value]
    language = tags.language_code(data.language)
    assert found[f"COMM::{language}"].text == [data.ai_disclosure.statement]
    assert found["TXXX:ITUNESADVISORY"].text == ["1" if data.explicit else "0"]
    if data.lyrics.text:
        assert found[f"USLT::{language}"].text == data.lyrics.text
    spoken = "".join(text for text, _ in found[f"SYLT::{language}"].text) if data.lyrics.lines else ""
    assert spoken == "\n".join(line.text for line in data.lyrics.lines)


def judge_timed(data: Metadata) -> None:
    """LRC and TTML: the lines in order with their times, or both refuse."""
    starts = [line.start_s for line in data.lyrics.lines]
    for write in (lyrics.timed_text, ttml.write):
        try:
            write(data)
        except MediaError as refusal:
            assert starts != sorted(starts) or max(line.end_s for line in data.lyrics.lines) > SECONDS
            assert plain(refusal.message, limit=9_000) == refusal.message
            return
    rows = [row for row in lyrics.timed_text(data).split("\n") if re.match(r"\[\d\d+:\d\d\.\d\d\].", row)]
    assert [row.partition("]")[2] for row in rows] == [line.text.translate(ROUND) for line in data.lyrics.lines]
    found = ttml_judge.read(ttml.write(data).encode())
    assert found.title == data.title.translate(NO_CHARACTERS)
    assert [text for _, _, text in found.lines] == [line.text.translate(NO_CHARACTERS) for line in data.lyrics.lines]
    assert [begin for begin, _, _ in found.lines] == pytest.approx(starts, abs=0.001)


ROUND = str.maketrans("[]", "()")
NO_CHARACTERS = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")


def read_ffmetadata(text: str) -> dict[str, str]:
    """A reader after ffmpeg's documentation: a backslash takes the meaning off what follows it.

    A NUL ends a line as well, and no newline that ends one may stand behind a backslash: ffmpeg would go on reading.
    """
    head, _, rest = text.partition("\n")
    assert head == ";FFMETADATA1"
    found: dict[str, str] = {}
    parts, escaped = [""], False
    for before, char in pairwise(f"\n{rest}"):
        if char == "\n" and before == "\x00":
            continue
        assert escaped or char != "\n" or before != "\\"
        char = "\n" if char == "\x00" else char
        if escaped or char not in "\\=\n":
            assert escaped or char not in ";#"
            parts[-1] += char
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == "=":
            parts.append("")
        else:
            name, value = parts
            found[name] = value
            parts = [""]
    assert parts == [""] and not escaped
    return found


# --- containers, through ffmpeg itself, a few dozen to each run


def judge_containers(sets: Sequence[Metadata], folder: Path) -> None:
    """FLAC and MP4 of each set, written as a package's are, read by mutagen."""
    inputs, outputs = ["-v", "error", "-f", "lavfi", "-i", "anullsrc=d=0.05:r=44100"], list[str]()
    for number, data in enumerate(sets):
        for codec, form, pairs in (("flac", "flac", tags.flac_comments(data)), ("aac", "mp4", tags.mp4_tags(data))):
            notes = folder / f"{number}.{form}.ffmeta"
            notes.write_text(ffmetadata.render(pairs), encoding="utf-8")
            inputs += ["-f", "ffmetadata", "-i", str(notes)]
            place = str(inputs.count("-i") - 1)
            outputs += ["-map", "0:a", "-map_metadata", place, "-c:a", codec, "-fflags", "+bitexact"]
            outputs += ["-f", form, str(folder / f"{number}.{form}")]
    ffmpeg.run([*inputs, *outputs])
    for number, data in enumerate(sets):
        flac: Any = FLAC(folder / f"{number}.flac")  # type: ignore[no-untyped-call]
        for name, key in (("title", "title"), ("artist", "artist"), ("genre", "genre"), ("lyrics", "LYRICS")):
            assert flac.get(name, [""]) == [tags.flac_comments(data)[key]]
        mp4: Any = MP4(folder / f"{number}.mp4")  # type: ignore[no-untyped-call]
        for name, key in (("\xa9nam", "title"), ("\xa9ART", "artist"), ("\xa9cmt", "comment"), ("\xa9lyr", "lyrics")):
            assert mp4.get(name, [""]) == [tags.mp4_tags(data)[key]]


def batches(sets: Sequence[Metadata], size: int) -> Iterator[Sequence[Metadata]]:
    for start in range(0, len(sets), size):
        yield sets[start : start + size]


_CALM = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


@settings(max_examples=120, deadline=None, suppress_health_check=_CALM)
@given(requests())
def test_any_metadata_is_written_validly_or_refused(request: PackageRequest) -> None:
    judged(request)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_what_is_known_to_be_nasty_is_written_validly(text: str, tmp_path: Path) -> None:
    base = bare_request()
    line = LyricSection(SectionKind.VERSE, (text,))
    everywhere = replace(base, title=text, artist=text, genre=text, label=text, lyrics=Lyrics("en", (line,)))
    judge_containers([judged(everywhere)], tmp_path)


@pytest.mark.faults
@pytest.mark.long
def test_ten_thousand_metadata_sets_through_every_writer(tmp_path: Path) -> None:
    found: list[Metadata] = []

    @settings(max_examples=10_000, deadline=None, database=None, suppress_health_check=_CALM)
    @given(requests())
    def every(request: PackageRequest) -> None:
        found.append(judged(request))

    every()
    assert len(found) >= 10_000
    for number, batch in enumerate(batches(found, 25)):
        folder = tmp_path / str(number)
        folder.mkdir()
        judge_containers(batch, folder)
        for path in folder.iterdir():
            path.unlink()
