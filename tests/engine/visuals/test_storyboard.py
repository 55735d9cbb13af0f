"""The storyboard: stills at section changes on one sheet, from the pass that renders the clip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.domain.media import STORYBOARD_COLUMNS, STORYBOARD_ROWS
from engine.domain.song import Section, SectionKind, Timeline
from engine.media import ffmpeg
from engine.visuals import clip
from engine.visuals.storyboard import LEAST, MOST, STILL_WIDTH, plan
from tests.engine.visuals.material import beat, clip_brief, timeline, write_wav


def parts(count: int, seconds: float = 10.0) -> Timeline:
    """A track of this many equal parts."""
    sections = tuple(
        Section(SectionKind.VERSE, place * seconds, (place + 1) * seconds, 4, 0.5) for place in range(count)
    )
    return replace(timeline(count * seconds), sections=sections)


@pytest.mark.quick
@pytest.mark.parametrize("count", range(1, 20))
def test_there_are_six_to_eight_stills_whatever_the_form(count: int) -> None:
    track = parts(count)
    frames = round(track.duration_s * 30)
    board = plan(track, Path("sheet.jpg"), frames=frames, fps=30)
    assert LEAST <= len(board.frames) <= MOST
    assert list(board.frames) == sorted(set(board.frames))
    assert 0 <= board.frames[0] < board.frames[-1] < frames


@pytest.mark.quick
def test_each_still_stands_a_moment_into_its_section() -> None:
    board = plan(parts(7), Path("sheet.jpg"), frames=2100, fps=30)
    assert [frame / 30 for frame in board.frames] == [10 * place + 2.5 for place in range(7)]


@pytest.mark.quick
def test_a_clip_of_a_few_frames_has_no_still_twice_and_none_past_its_end() -> None:
    board = plan(parts(1, 0.1), Path("sheet.jpg"), frames=3, fps=30)
    assert set(board.frames) <= {0, 1, 2}
    assert len(board.frames) == len(set(board.frames))


def test_the_sheet_shows_the_clips_own_frames(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "track.wav", beat(4.0, tempo=240))
    brief, video, sheet = clip_brief(), tmp_path / "clip.mp4", tmp_path / "sheet.jpg"
    facts = clip.render_clip(brief, wav, video, work=tmp_path / "w", progress=lambda _share: None, sheet=sheet)
    assert LEAST <= len(facts.stills) <= MOST
    with Image.open(sheet) as opened:
        picture = opened.convert("RGB")
    width, height = picture.width // STORYBOARD_COLUMNS, picture.height // STORYBOARD_ROWS
    assert (width, height) == (STILL_WIDTH, STILL_WIDTH * brief.height // brief.width)
    args = ["-v", "error", "-i", str(video), "-map", "0:v", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    frames = np.frombuffer(ffmpeg.run(args, want_output=True).output, np.uint8).reshape(-1, height, width, 3)
    for place, at in enumerate(facts.stills):
        row, column = divmod(place, STORYBOARD_COLUMNS)
        still = np.asarray(picture)[row * height : (row + 1) * height, column * width : (column + 1) * width]
        apart = [float(np.abs(still.astype(int) - frame).mean()) for frame in frames]
        assert abs(int(np.argmin(apart)) - round(at * brief.fps)) <= 1
        assert min(apart) < 8


def test_without_a_wish_for_one_there_is_none(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "track.wav", beat(1.0, tempo=240))
    brief = clip_brief(1.0, width=160, height=96)
    facts = clip.render_clip(brief, wav, tmp_path / "c.mp4", work=tmp_path / "w", progress=lambda _share: None)
    assert facts.stills == ()
    assert sorted(path.name for path in tmp_path.glob("*.jpg")) == []
