"""Whatever a release is called, its messages are valid to every judge, or it is refused in words."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import CheckFailed
from engine.domain.song import Lyrics, LyricSection, SectionKind
from engine.release.ddex.check import check
from engine.release.ddex.compose import single
from engine.release.ddex.messages import write
from engine.release.ddex.model import Exchange, Version
from engine.release.ddex.schema import validate
from engine.release.request import Credit, Maker, Method, PackageRequest, Part
from engine.safety.text import plain
from tests.engine.release.conftest import bare_request
from tests.engine.release.ddex.announced import judge, source_of

OFFICIAL = os.environ.get("DDEX_XSD_PATH")

# All of Unicode, lone surrogates and characters that are none among it; markup; nothing; far too much.
texts = st.one_of(
    st.text(st.characters(categories=None), max_size=40),
    st.text(st.sampled_from("\x00\x01\x08\x0b\x1b\x7f\x85\u2028\ufeff\ufffe\uffff\ud800<>&\"' \t\r\n]"), max_size=12),
    st.sampled_from(["", " ", "]]>", "<!DOCTYPE a>", "&lt;", "a" * 5000, "\U0010ffff", "\u0301" * 300]),
)
roles = st.sampled_from(["Composer", "Vocalist", "Lyricist", "Cover"])
makers = st.builds(
    Maker, st.sampled_from([Method.ABSENT, Method.RULES, Method.MODEL, Method.PERSON]), st.just("studio"), texts, texts
)


@st.composite
def requests(draw: st.DrawFn) -> PackageRequest:
    base = bare_request()
    return replace(
        base,
        release_id=draw(st.one_of(st.just(base.release_id), texts)),
        title=draw(texts),
        artist=draw(texts),
        label=draw(texts),
        genre=draw(texts),
        subgenre=draw(texts),
        language=draw(st.one_of(st.sampled_from(["en", "de", "ja"]), texts)),
        explicit=draw(st.booleans()),
        release_date=draw(st.dates(date(1, 1, 1))),
        lyrics=Lyrics("en", (LyricSection(SectionKind.VERSE, (draw(texts),)),)),
        makers={part: draw(makers) for part in Part},
        credits=tuple(
            Credit(draw(st.sampled_from(["Composer", "Vocalist", "Lyricist", "Cover"])), draw(texts)) for _ in "ab"
        ),
    )


def hold(request: PackageRequest) -> None:
    for version in Version:
        try:
            text = write(single(source_of(request), Exchange(), version), version)
        except CheckFailed as refusal:
            assert plain(refusal.message, limit=9_000) == refusal.message
            assert refusal.message.startswith(("The DDEX message has nothing to say in", "Release "))
            continue
        assert check(text) == []
        assert judge(text, version) == []
        if OFFICIAL is not None:
            assert validate(text, Path(OFFICIAL)).problems == ()


@settings(max_examples=500, deadline=None)
@given(requests())
def test_any_metadata_is_written_validly_or_refused(request: PackageRequest) -> None:
    hold(request)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(requests())
def test_ten_thousand_of_them_are(request: PackageRequest) -> None:
    hold(request)


@pytest.mark.quick
@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 1 << 20))
def test_any_bytes_are_checked_without_a_fall(noise: bytes, place: int) -> None:
    from tests.engine.release.ddex.announced import written

    text = written()
    where = place % len(text)
    for mangled in (noise, text[:where] + noise + text[where:], text[:where] + text[where + 20 :]):
        found: Any = check(mangled)
        assert all(isinstance(problem, str) for problem in found)
        assert found or mangled == text
