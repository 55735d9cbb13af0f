"""ffmpeg's own text form for tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import MediaError
from engine.release.ffmetadata import parse, render

pytestmark = pytest.mark.quick

VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), min_size=1)


def test_special_characters_are_escaped() -> None:
    assert render({"title": "a=b;c#d\\e\nf", "empty": ""}) == ";FFMETADATA1\ntitle=a\\=b\\;c\\#d\\\\e\\\nf\n"


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), VALUES, max_size=5))
def test_what_is_written_is_read_back(tags: dict[str, str]) -> None:
    assert parse(render(tags)) == tags


def test_only_the_part_on_the_whole_file_is_read() -> None:
    assert parse(";FFMETADATA1\ntitle=a\n[STREAM]\ntitle=b\n") == {"title": "a"}


@pytest.mark.parametrize("text", ["", "title=a\n", ";FFMETADATA1\nno pair\n"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(MediaError):
        parse(text)
