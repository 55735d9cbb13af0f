"""Clips: one ffmpeg pass gives the whole track, tagged, decodable, in step, with its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from engine.domain.errors import Interrupted, MediaError
from engine.media import ffmpeg, measure
from engine.visuals import clip, graph
from engine.visuals.brief import ClipBrief, ClipFacts
from tests.engine.visuals.material import beat, clip_brief, cue, timeline, write_wav


@dataclass(frozen=True)
class Rendered:
    """One clip that many tests look at, read once."""

    brief: ClipBrief
    facts: ClipFacts
    video: Path
    pictures: np.ndarray
    """(frames, height, width) of luma."""
    shares: list[float]


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("sound") / "track.wav", beat(4.0, tempo=240))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, wav: Path) -> Rendered:
    folder = tmp_path_factory.mktemp("it's: a [very], odd;\\ f%d=lder")
    brief = replace(clip_brief(), genre="techno")
    brief = replace(brief, timeline=replace(brief.timeline, cues=(cue("come home", 1.6, 2.2),)))
    shares: list[float] = []
    video = folder / "clip.mp4"
    facts = clip.render_clip(brief, wav, video, work=folder, progress=shares.append)
    return Rendered(brief, facts, video, _frames(video, brief), shares)


def _render(brief: ClipBrief, wav: Path, folder: Path) -> ClipFacts:
    return clip.render_clip(brief, wav, folder / "clip.mp4", work=folder / "work", progress=lambda share: None)


def _frames(video: Path, brief: ClipBrief) -> np.ndarray:
    args = ["-v", "error", "-i", str(video), "-map", "0:v", "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    data = ffmpeg.run(args, want_output=True).output
    return np.frombuffer(data, np.uint8).reshape(-1, brief.height, brief.width).astype(np.int16)


def test_a_clip_is_as_long_as_its_track_and_decodes_without_a_complaint(rendered: Rendered) -> None:
    stream = measure.probe(rendered.video)
    assert measure.decodes(rendered.video) == []
    assert (stream.video_codec, stream.audio_codec) == ("h264", "aac")
    assert (stream.width, stream.height, stream.fps) == (320, 192, 15)
    assert stream.duration_s == pytest.approx(4.0, abs=1 / 15)
    assert len(rendered.pictures) == rendered.facts.frames == 60


def test_picture_and_sound_are_tagged_and_placed_for_players(rendered: Rendered) -> None:
    said = ffmpeg.run(["-i", str(rendered.video)], accept_failure=True).log
    assert re.search(r"Video: h264.*yuv420p\(tv, bt709, progressive\)", said)
    data = rendered.video.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_cuts_fall_on_bars_and_change_the_picture(rendered: Rendered) -> None:
    cuts = rendered.facts.cuts
    assert set(cuts) <= {round(bar * 15) / 15 for bar in rendered.brief.timeline.bars}
    steps = np.abs(np.diff(rendered.pictures[:, :130], axis=0)).mean(axis=(1, 2))
    chorus = round(2.0 * 15)
    assert 2.0 in cuts
    assert steps[chorus - 1] == steps[chorus - 4 : chorus + 3].max()


def test_words_are_on_the_screen_while_they_are_sung(rendered: Rendered) -> None:
    white = (rendered.pictures[:, 140:] > 225).mean(axis=(1, 2))
    assert rendered.facts.lyric_lines == 1
    assert white[29:32].min() > white[:18].max() + 0.002
    assert white[29:32].min() > white[45:].max() + 0.002


def test_title_and_artist_open_and_close_the_clip(rendered: Rendered) -> None:
    white = (rendered.pictures[:, 30:135] > 225).mean(axis=(1, 2))
    assert white[9] > white[0] + 0.01
    assert white[51] > white[59] + 0.01


def test_progress_rises_to_one(rendered: Rendered) -> None:
    assert rendered.shares == sorted(rendered.shares)
    assert (rendered.shares[0], rendered.shares[-1]) == (0.0, 1.0)


def test_only_the_clip_stays_in_its_folder_whatever_that_is_called(rendered: Rendered) -> None:
    assert list(rendered.video.parent.iterdir()) == [rendered.video]


def test_there_is_a_key_frame_at_least_every_two_seconds(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "track.wav", beat(5.0))
    _render(clip_brief(5.0, width=160, height=96), wav, tmp_path)
    args = ["-skip_frame", "nokey", "-i", str(tmp_path / "clip.mp4"), "-an", "-vf", "showinfo", "-f", "null", "-"]
    keys = [float(at) for at in re.findall(r"pts_time:([\d.]+)", ffmpeg.run(args).log)]
    assert keys[0] == 0
    assert max(np.diff([*keys, 5.0])) <= 2.01


def test_the_sound_is_the_tracks_own_and_in_step(tmp_path: Path) -> None:
    click = np.zeros(22_050 * 2)
    click[33_000:33_100] = 0.9
    wav = write_wav(tmp_path / "track.wav", click)
    _render(clip_brief(2.0, width=160, height=96), wav, tmp_path)
    args = ["-v", "error", "-i", str(tmp_path / "clip.mp4"), "-ac", "1", "-ar", "22050", "-f", "s16le", "-"]
    heard = np.frombuffer(ffmpeg.run(args, want_output=True).output, np.int16)
    assert abs(int(np.abs(heard.astype(np.int32)).argmax()) - 33_050) < 22_050 / 15


def test_sound_that_the_codec_pushed_over_full_scale_is_turned_down(tmp_path: Path) -> None:
    square = 0.99 * np.sign(np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050))
    wav = write_wav(tmp_path / "track.wav", square)
    assert measure.loudness(wav).true_peak_dbtp > 0
    facts = _render(clip_brief(1.0, width=160, height=96), wav, tmp_path)
    heard = measure.loudness(tmp_path / "clip.mp4").true_peak_dbtp
    assert facts.true_peak_dbtp == heard <= 0
    assert measure.probe(tmp_path / "clip.mp4").duration_s == pytest.approx(1.0, abs=1 / 15)


def test_equal_briefs_give_equal_frames(tmp_path: Path, wav: Path) -> None:
    brief = clip_brief(width=160, height=96)
    prepared = [clip.prepare(brief, wav, tmp_path) for _ in range(2)]
    first, second = (b"".join(clip.feed(ready.reel, lambda share: None)) for ready in prepared)
    assert first == second


def test_a_stopped_render_leaves_nothing_behind(tmp_path: Path, wav: Path) -> None:
    def stop(share: float) -> None:
        if share > 0.3:
            raise Interrupted("stopping")

    work = tmp_path / "work"
    with pytest.raises(Interrupted):
        clip.render_clip(clip_brief(width=160, height=96), wav, tmp_path / "clip.mp4", work=work, progress=stop)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["work"]


@pytest.mark.parametrize(
    "name", ["", "a\x00b\x1b[2J", "שלום", "東京", "%{pts}':x=1[b]", "y" * 9000], ids=range(6)
)  # fmt: skip
def test_no_name_breaks_a_clip(tmp_path: Path, name: str) -> None:
    wav = write_wav(tmp_path / "track.wav", beat(0.5))
    song = replace(timeline(0.5, tempo=240), cues=(cue(name, 0.05, 0.45),))
    brief = replace(clip_brief(1.0, width=160, height=96), title=name, artist=name, timeline=song)
    assert _render(brief, wav, tmp_path).frames == 8


def test_a_track_longer_than_its_timeline_is_shown_to_its_end(tmp_path: Path, wav: Path) -> None:
    assert _render(clip_brief(2.0, width=160, height=96), wav, tmp_path).frames == 60


@pytest.mark.parametrize("change", [{"width": 1001}, {"height": 0}, {"fps": 0}, {"fps": 1000}])
def test_a_size_that_cannot_be_encoded_is_refused(tmp_path: Path, wav: Path, change: dict[str, int]) -> None:
    with pytest.raises(MediaError):
        _render(replace(clip_brief(), **change), wav, tmp_path)  # type: ignore[arg-type]


def test_the_real_size_is_720_lines_at_30_frames(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "track.wav", beat(1.0, tempo=240))
    facts = _render(clip_brief(1.0, width=1280, height=720, fps=30), wav, tmp_path)
    stream = measure.probe(tmp_path / "clip.mp4")
    assert (stream.width, stream.height, stream.fps, facts.frames) == (1280, 720, 30, 30)


def test_every_number_for_ffmpeg_has_a_leading_digit_and_no_minus(tmp_path: Path, wav: Path) -> None:
    brief = clip_brief()
    ready = clip.prepare(brief, wav, tmp_path)
    arguments = graph.arguments(brief, wav, tmp_path / "o.mp4", ready.lettering, reel=ready.reel, work=tmp_path)
    chain = _after(arguments, "-filter_complex")
    assert not re.search(r"(?<![\d])\.\d|=-\d|:-\d", chain)


def _after(arguments: Iterable[str], name: str) -> str:
    words = list(arguments)
    return words[words.index(name) + 1]
