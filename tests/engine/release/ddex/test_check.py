"""Whatever is wrong with a message is found: its form, its references, its codes, its shares, its files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.release.ddex.check import check
from engine.release.ddex.meaning import is_icpn, is_isrc
from engine.release.ddex.messages import write
from engine.release.ddex.model import Version
from engine.release.ddex.reader import MOST_BYTES
from tests.engine.release.conftest import bare_request
from tests.engine.release.ddex.announced import announced, judge, resealed, written

pytestmark = pytest.mark.quick

# Found by the grammar that was written by hand as well.
FORM = (
    ("<ContainsAI>Partly</ContainsAI>", "<ContainsAI>Some</ContainsAI>", "'Some'"),
    ("<ContainsAI>Partly</ContainsAI>", "", "lacks ContainsAI"),
    ("<Algorithm>SHA-256<", "<Algorithm>SHA256<", "'SHA256'"),
    ("<Duration>PT0M7S<", "<Duration>7<", "Duration is '7'"),
    ("<ReleaseType>Single<", "<ReleaseType>Maxi<", "'Maxi'"),
    ("<ReleaseReference>R0<", "<ReleaseReference>Q0<", "'Q0'"),
    ("TestMessage", "Test", "'Test'"),
    (">2031-05-04<", ">someday<", "'someday'"),
    ("<Year>2031<", "<Year>31<", "'31'"),
    ("DisplayGenre", "Genre", "lacks DisplayGenre"),
    (' LanguageAndScriptCode="en"', "", "LanguageAndScriptCode=None"),
    (' IsDefault="true"', ' IsDefault="perhaps"', "'perhaps'"),
    ("<FullName>Mira Vale<", "<FullName>  <", "FullName is"),
    ("<PartyId>PADPIDATESTSENDER<", "<PartyId>somebody<", "'somebody'"),
    ("<Value>Composer</Value>", "Composer", "lacks Value"),
    ("<GenreText>Synthwave</GenreText>", "<GenreText><b/></GenreText>", "has children"),
    ("<DealList>", "<Extra/><DealList>", "has Extra where it may not stand"),
    ("<ResourceList>", "words<ResourceList>", "text between"),
)
MEANING = (
    ("<ArtistPartyReference>PArtist<", "<ArtistPartyReference>PNobody<", "refers to PNobody"),
    ("<LinkedReleaseResourceReference LinkDescription=\"CoverArt\">A5<",
     "<LinkedReleaseResourceReference LinkDescription=\"CoverArt\">A1<", "does not link its cover"),
    ("<ReleaseResourceReference>A1<", "<ReleaseResourceReference>A2<", "does not hold its recordings"),
    ("<DealReleaseReference>R1</DealReleaseReference>", "", "releases without a deal"),
    ("<PartyReference>P1<", "<PartyReference>PLabel<", "PLabel' 2 times"),
    ("<TechnicalResourceDetailsReference>T2<", "<TechnicalResourceDetailsReference>T1<", "'T1' 2 times"),
    ("PADPIDATESTSENDER", "PADPIDA2013042410U", "no DDEX party identifier"),
    ("TestMessage", "LiveMessage", "is a placeholder"),
    ("<SequenceNumber>2<", "<SequenceNumber>3<", "does not number"),
    ("<Duration>PT0M7S<", "<Duration>PT0M0S<", "lasts no time"),
    ("<IsInstrumental>false<", "<IsInstrumental>true<", "contradicts itself on the voices"),
    ("<HasVocalPerformance>true<", "<HasVocalPerformance>false<", None),
    ("<LanguageOfPerformance>en</LanguageOfPerformance>", "", "a language of what is sung"),
    ("<AiContribution>All<", "<AiContribution>Partly<", "with a share of Partly"),
    ("<ContainsAI>Partly<", "<ContainsAI>All<", "but names a person"),
    ("<ContainsAI>Partly<", "<ContainsAI>None<", "but names some"),
    ("-clip<", "-recording<", "2 times"),
    (">2031-05-04<", ">2031-02-30<", "'2031-02-30'"),
    ("T10:20:30Z", "T30:20:30Z", "as its time"),
)  # fmt: skip


@pytest.mark.parametrize(("before", "after", "complaint"), FORM)
def test_a_broken_form_is_found_by_the_check_and_by_the_grammar(before: str, after: str, complaint: str) -> None:
    assert before in written().decode()
    text = written().decode().replace(before, after).encode()
    assert any(complaint in problem for problem in check(text)), check(text)
    assert judge(text, Version.ERN432)


@pytest.mark.parametrize(("before", "after", "complaint"), MEANING)
def test_a_broken_meaning_is_found(before: str, after: str, complaint: str | None) -> None:
    assert before in written().decode()
    found = check(resealed(written().decode().replace(before, after).encode()))
    assert not found if complaint is None else any(complaint in problem for problem in found), found


@pytest.mark.parametrize(
    ("code", "word"),
    [("DEAB1260000", "ISRC"), ("DE-AB1-26-00001", "ISRC"), ("036000291453", "ICPN"), ("000000000000", "ICPN")],
)
def test_a_code_that_is_none_is_found(code: str, word: str) -> None:
    good = {"ISRC": "DEAB12600001", "ICPN": "036000291452"}
    text = write(announced(isrc=good["ISRC"], upc=good["ICPN"]), Version.ERN432).decode()
    found = check(resealed(text.replace(f"<{word}>{good[word]}<", f"<{word}>{code}<").encode()))
    assert found == [f"has {code!r} as an {word}"]


def test_the_schemas_blind_spot_is_ours_an_empty_recording_code() -> None:
    text = write(announced(isrc="DEAB12600001"), Version.ERN432)
    assert check(text.replace(b"<ISRC>DEAB12600001</ISRC>", b"<ISRC></ISRC>"))


@pytest.mark.parametrize("code", ["036000291452", "4006381333931", "00012345678905"])
def test_product_codes_have_a_check_digit(code: str) -> None:
    assert is_icpn(code)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert not is_icpn(wrong)


def test_recording_codes_have_a_form() -> None:
    assert is_isrc("QZNWX2600001")
    assert not [code for code in ("", "qznwx2600001", "QZNWX26000011", "1ZNWX2600001") if is_isrc(code)]


def test_any_change_to_the_bytes_gives_the_id_away() -> None:
    text = written().replace(b"Neon Water", b"Neon Rain ")
    assert check(text) == ["has an id that does not follow from what it says"]


def test_4_3_with_a_word_on_machines_is_no_4_3() -> None:
    text = written(Version.ERN43).replace(b"<HasVocal", b"<ContainsAI>All</ContainsAI><HasVocal")
    assert any("lacks HasVocalPerformance" in problem for problem in check(text))


# --- documents that are none


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"", "is no XML"),
        (b"<a>", "is no XML"),
        (b"\xff\xfe<\x00a\x00/\x00>\x00", "is no UTF-8"),
        (b"<a/>", "is no message of ours"),
        (b'<x:NewReleaseMessage xmlns:x="http://ddex.net/xml/ern/382"/>', "is no message of ours"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document type"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', "document type"),
        (b"<a>" * 100 + b"</a>" * 100, "nested deeper"),
        (b"<a>" + b" " * MOST_BYTES + b"</a>", "larger than"),
    ],
)
def test_what_is_no_message_is_refused_unread(text: bytes, complaint: str) -> None:
    (found,) = check(text)
    assert complaint in found


# --- files


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the message in `ern/` and the files that it names, each holding its own name."""
    text = written()
    for name in re.findall(rb"<URI>\.\./([^<]+)</URI>", text):
        path = tmp_path / name.decode().replace("%20", " ")
        path.write_text(path.name)
    (tmp_path / "ern").mkdir()
    return tmp_path


def test_files_that_are_as_it_says_pass(package: Path) -> None:
    assert check(written(), lies_in=package / "ern", package=package) == []


@pytest.mark.parametrize("name", ["Mira Vale - Neon Water.wav", "Mira Vale - Neon Water.jpg", "lyrics.lrc"])
def test_a_changed_file_is_found_in_every_role(package: Path, name: str) -> None:
    (package / name).write_text(name.swapcase())
    (problem,) = check(written(), lies_in=package / "ern", package=package)
    assert problem.startswith("says another SHA-256 of")
    (package / name).write_text("longer " + name)
    (problem,) = check(written(), lies_in=package / "ern", package=package)
    assert problem.startswith("says another size of")
    (package / name).unlink()
    (problem,) = check(written(), lies_in=package / "ern", package=package)
    assert problem.endswith("is not there")


@pytest.mark.parametrize("way", ["../../etc/passwd", "/etc/passwd", "%2e%2e/%2e%2e/x", "../link"])
def test_a_file_outside_the_package_is_never_looked_at(package: Path, way: str) -> None:
    (package / "link").symlink_to("/etc/passwd")
    text = resealed(written().replace(b"../lyrics.lrc", way.encode()))
    (problem,) = check(text, lies_in=package / "ern", package=package)
    assert problem.endswith("outside the package")


def test_an_instrumental_is_sound_too() -> None:
    assert check(write(announced(request=bare_request()), Version.ERN432)) == []
