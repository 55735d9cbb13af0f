"""JSON documents: one text for each, and nothing else is read."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import MediaError
from engine.release.documents import parse, render, utc
from engine.release.metadata import Metadata

pytestmark = pytest.mark.quick


@dataclass(frozen=True)
class Sample:
    name: str
    share: float
    count: int
    ready: bool
    code: str | None
    notes: tuple[str, ...]


SAMPLE = Sample("Mira", 0.5, 3, True, None, ("a",))
TEXT = render(SAMPLE)


def test_keys_stand_in_the_order_of_the_fields() -> None:
    assert list(json.loads(TEXT)) == ["name", "share", "count", "ready", "code", "notes"]


def test_a_whole_number_in_a_decimal_field_is_written_as_one() -> None:
    assert '"share": 2.0' in render(Sample("a", 2, 1, True, None, ()))


@given(st.text(st.characters()), st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text()))
def test_what_is_written_is_read_back(name: str, share: float, notes: list[str]) -> None:
    sample = Sample(name, share, 1, False, "x", tuple(notes))
    found = parse(Sample, render(sample), "sample.json")
    assert found == replace(sample, name=joined(name))


def joined(text: str) -> str:
    """`text` with surrogate pairs as the one character that they mean."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@given(st.text(st.characters()))
def test_no_document_holds_what_a_terminal_obeys(name: str) -> None:
    text = render(Sample(name, 1.0, 1, False, None, ()))
    assert text.encode() and not set(text) & set("\x1b\x7f\x9b\u202e\u2066")


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace('"count": 3', '"count": "3"'),
        TEXT.replace('"count": 3', '"count": 3.0'),
        TEXT.replace('"ready": true', '"ready": 1'),
        TEXT.replace('"share": 0.5', '"share": NaN'),
        TEXT.replace('"name": "Mira",\n', ""),
        TEXT.replace('"name": "Mira"', '"name": "Mira",\n  "more": 1'),
        TEXT.replace('"name": "Mira"', '"name": "Kim",\n  "name": "Mira"'),
        TEXT.replace("  ", " "),
        TEXT.rstrip(),
        "[" * 100_000,
        "[]",
        "7",
        "null",
        "",
    ],
)
def test_any_other_text_is_refused_with_the_name_of_the_file(other: str) -> None:
    with pytest.raises(MediaError, match=r"sample\.json"):
        parse(Sample, other, "sample.json")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*Metadata.__slots__]), inner, max_size=9)
        ),
        max_leaves=20,
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    with pytest.raises(MediaError):
        parse(Metadata, json.dumps(value), "metadata.json")


def test_times_are_told_in_utc() -> None:
    assert utc(datetime(2031, 5, 4, 1, 0, 0, 999, timezone(timedelta(hours=2)))) == "2031-05-03T23:00:00Z"
