"""Covers in half blocks or characters, and waveforms with their sections."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.graphics.halfblocks import Depth, draw
from console.widgets.storyboard import beside
from console.widgets.waveform import bars, columns_of, marks
from engine.domain.song import Section, SectionKind
from tests.console.label import cover_jpeg, timeline


@pytest.fixture
def cover(tmp_path: Path) -> Path:
    path = tmp_path / "cover.jpg"
    path.write_bytes(cover_jpeg())
    return path


@pytest.mark.parametrize("depth", list(Depth))
def test_a_cover_fills_exactly_its_cells(cover: Path, depth: Depth) -> None:
    lines = draw(cover, 40, 20, depth)
    assert len(lines) == 20
    assert {sum(segment.cell_length for segment in line) for line in lines} == {40}


def test_true_colour_shows_the_sky_above_and_the_water_below(cover: Path) -> None:
    lines = draw(cover, 40, 20, Depth.TRUE)
    sky, water = lines[0][0].style, lines[-1][0].style
    assert sky is not None and sky.color is not None and sky.color.triplet is not None
    assert water is not None and water.color is not None and water.color.triplet is not None
    assert sky.color.triplet.blue > sky.color.triplet.red
    assert water.color.triplet.red > water.color.triplet.blue


def test_the_colour_table_stays_within_its_240_fixed_colours(cover: Path) -> None:
    styles = [segment.style for line in draw(cover, 40, 20, Depth.TABLE) for segment in line]
    numbers = {style.color.number for style in styles if style is not None and style.color is not None}
    assert all(number is not None and 16 <= number <= 255 for number in numbers)
    assert len(numbers) > 8


def test_without_colour_light_and_dark_are_told_by_characters(cover: Path) -> None:
    lines = draw(cover, 40, 20, Depth.NONE)
    text = "\n".join(segment.text for line in lines for segment in line)
    assert all(segment.style is None for line in lines for segment in line)
    assert "@" in text or "%" in text
    assert len(set(text)) > 5


@pytest.mark.parametrize("data", [b"", b"GIF89a not for us", b"\xff\xd8\xff half a jpeg"])
def test_a_file_that_is_no_picture_is_an_error_and_no_crash(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "cover.jpg"
    path.write_bytes(data)
    with pytest.raises((OSError, ValueError)):
        draw(path, 40, 20, Depth.TRUE)


@pytest.mark.quick
@given(st.lists(st.floats(0, 1), min_size=1, max_size=500), st.integers(1, 300))
def test_a_waveform_keeps_its_loudest_peak_at_every_width(peaks: list[float], width: int) -> None:
    columns = columns_of(peaks, width)
    assert len(columns) == width
    if width >= 1 and len(peaks) >= width:
        assert max(columns) == max(peaks)


@pytest.mark.quick
@given(st.lists(st.floats(0, 1), min_size=1, max_size=80), st.integers(1, 6))
def test_bars_fill_their_lines(levels: list[float], rows: int) -> None:
    lines = bars(levels, rows)
    assert len(lines) == rows
    assert {len(line) for line in lines} == {len(levels)}


@pytest.mark.quick
@given(st.integers(20, 300))
def test_sections_share_the_whole_width(width: int) -> None:
    track = timeline()
    found = marks(track.sections, track.duration_s, width)
    assert sum(columns for _, columns, _ in found) == width
    assert [start for start, _, _ in found] == sorted(start for start, _, _ in found)


@pytest.mark.quick
def test_equal_sections_in_a_row_have_one_name() -> None:
    kinds = [SectionKind.INTRO, SectionKind.INTRO, SectionKind.VERSE, SectionKind.OUTRO, SectionKind.OUTRO]
    sections = [Section(kind, start=10.0 * i, end=10.0 * i + 10, bars=4, energy=0.5) for i, kind in enumerate(kinds)]
    found = [(start, columns, section.kind) for start, columns, section in marks(sections, 50.0, 50)]
    assert found == [(0, 20, SectionKind.INTRO), (20, 10, SectionKind.VERSE), (30, 20, SectionKind.OUTRO)]


@pytest.mark.parametrize(
    ("stills", "width", "count"), [(6, 136, 6), (6, 77, 3), (8, 136, 8), (8, 115, 4), (8, 54, 3), (7, 75, 4), (6, 9, 1)]
)
def test_stills_use_the_width_in_rows_of_about_the_same_length(stills: int, width: int, count: int) -> None:
    assert beside(stills, width) == count
