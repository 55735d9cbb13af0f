"""Lyrics on the screen: in time, one line at a time, word by word."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.domain.song import LyricCue
from engine.visuals import lyrics
from engine.visuals.lyrics import Strip
from engine.visuals.overlays import Ink
from tests.engine.visuals.material import cue

INK = Ink((255, 240, 220), (150, 130, 140), (8, 9, 21), "grotesk", True)
SIZE = (640, 352)
FPS = 30


def _strip(tmp_path: Path, *cues: LyricCue, frames: int = 300) -> Strip:
    strip = lyrics.draw_strip(cues, INK, SIZE, frames, FPS, tmp_path)
    assert strip is not None
    return strip


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0.05, 8)), max_size=20))
def test_lines_never_meet_and_never_pass_the_end(times: list[tuple[float, float]]) -> None:
    cues = [cue("some words", start, start + length) for start, length in times]
    shown = lyrics.on_screen(cues, 30 * FPS, FPS)
    assert all(0 <= first < last <= 30 * FPS for _, first, last in shown)
    assert all(one[2] <= other[1] for one, other in pairwise(shown))


def test_a_line_is_fully_there_when_it_is_sung(tmp_path: Path) -> None:
    strip = _strip(tmp_path, cue("hold the line", 2.0, 4.0))
    at_start = [still for still in strip.stills if still.frame <= 2.0 * FPS][-1]
    assert at_start.opacity == 1.0
    assert [still.opacity for still in strip.stills if still.frame < 1.7 * FPS] == [0.0]


def test_a_word_lights_up_on_the_frame_of_its_first_note(tmp_path: Path) -> None:
    strip = _strip(tmp_path, cue("one two three four", 2.0, 4.0))
    changes = [still.frame for still, before in zip(strip.stills[1:], strip.stills, strict=False)
               if still.path != before.path]  # fmt: skip
    assert changes[1:5] == [60, 75, 90, 105]


def test_syllables_are_counted_into_words() -> None:
    line = replace(
        cue("x", 1.0, 3.0),
        syllables=("har", "bour", "lights", "a", "gain"),
        onsets=(1.0, 1.4, 1.8, 2.2, 2.6),
    )
    assert lyrics.word_onsets(line, ["harbour", "lights", "again"]) == [1.0, 1.8, 2.2]


def test_without_syllables_words_share_the_line_evenly() -> None:
    line = replace(cue("ab cd", 1.0, 3.0), syllables=(), onsets=())
    assert lyrics.word_onsets(line, ["ab", "cd"]) == [1.0, 2.0]


def test_sung_words_are_lighter_than_waiting_ones(tmp_path: Path) -> None:
    _strip(tmp_path, cue("left right", 2.0, 4.0))
    with Image.open(tmp_path / "line-0-1.tif") as picture:
        pixels = np.asarray(picture, np.float32)
    letters = pixels[..., :3].max(axis=2) * (pixels[..., 3] > 250)
    middle = letters.shape[1] // 2
    assert letters[:, :middle].max() > letters[:, middle:].max() + 40


def test_a_long_line_is_broken_and_stays_in_the_strip(tmp_path: Path) -> None:
    _strip(
        tmp_path,
        cue("and every single window in the whole of this old city is burning slowly in the rain tonight", 2, 6),
    )
    with Image.open(tmp_path / "line-0-0.tif") as picture:
        solid = np.asarray(picture.getchannel("A")) > 200
    assert solid.any()
    assert not solid[[0, -1]].any()
    assert not solid[:, [0, -1]].any()


def test_letters_are_outlined_so_that_they_read_on_any_ground(tmp_path: Path) -> None:
    _strip(tmp_path, cue("outlined", 2.0, 4.0))
    with Image.open(tmp_path / "line-0-1.tif") as picture:
        pixels = np.asarray(picture)
    light = (pixels[..., 0] > 200) & (pixels[..., 3] > 200)
    rows, columns = np.nonzero(light)
    dark = (pixels[..., 0] < 60) & (pixels[..., 3] > 120)
    around = dark[rows.min() - 3 : rows.max() + 4, columns.min() - 4 : columns.max() + 5]
    assert around.mean() > 0.25


@pytest.mark.parametrize("text", ["", "\x00\x1b", "🔥", " "])
def test_a_line_without_a_drawable_letter_is_left_out(tmp_path: Path, text: str) -> None:
    assert lyrics.draw_strip([cue(text, 1, 2)], INK, SIZE, 300, FPS, tmp_path) is None


@pytest.mark.parametrize(
    "text", ["שלום עולם", "مرحبا بالعالم", "東京の夜", "Полночь", "x" * 5000, "[b]m[/b]"], ids=range(6)
)
def test_every_script_and_any_length_is_drawn(tmp_path: Path, text: str) -> None:
    assert _strip(tmp_path, cue(text, 1, 3)).lines == 1


def test_a_right_to_left_line_lights_up_from_the_right(tmp_path: Path) -> None:
    _strip(tmp_path, cue("שלום עולם", 2.0, 4.0))
    with Image.open(tmp_path / "line-0-1.tif") as picture:
        pixels = np.asarray(picture, np.float32)
    letters = pixels[..., :3].max(axis=2) * (pixels[..., 3] > 250)
    middle = letters.shape[1] // 2
    assert letters[:, middle:].max() > letters[:, :middle].max() + 40
