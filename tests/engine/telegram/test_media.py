"""What a chat can play: the sound out of the clip, the clip under the limit, a small cover."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from engine.media import ffmpeg, measure
from engine.telegram import media


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of picture and sound, as clips are made."""
    path = tmp_path_factory.mktemp("media") / "clip.mp4"
    sources = ["-f", "lavfi", "-i", "testsrc=s=320x180:d=6", "-f", "lavfi", "-i", "sine=d=6"]
    ffmpeg.run([*sources, "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", str(path)])
    return path


def test_the_sound_is_taken_out_of_the_clip(clip: Path, tmp_path: Path) -> None:
    made = media.sound(tmp_path / "track.wav", clip, tmp_path / "chat")
    assert made is not None and made.suffix == ".m4a"
    facts = measure.probe(made)
    assert (facts.audio_codec, facts.video_codec) == ("aac", "")
    assert facts.duration_s == pytest.approx(6, abs=0.1)
    assert made.stat().st_mode & 0o777 == 0o600


def test_without_a_clip_the_track_is_encoded(tmp_path: Path) -> None:
    track = tmp_path / "track.wav"
    ffmpeg.run(["-f", "lavfi", "-i", "sine=d=2", str(track)])
    made = media.sound(track, tmp_path / "none.mp4", tmp_path / "chat")
    assert made is not None and measure.probe(made).audio_codec == "aac"


def test_a_clip_above_the_limit_is_cut_and_says_so(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "_ROOM", clip.stat().st_size // 2)
    cut, left_out = media.cut(clip, tmp_path / "chat", 6.0)
    assert cut is not None and left_out
    assert cut.stat().st_size <= clip.stat().st_size // 2
    assert 0 < measure.probe(cut).duration_s < 6


def test_a_clip_below_the_limit_is_sent_as_it_is(clip: Path, tmp_path: Path) -> None:
    assert media.cut(clip, tmp_path / "chat", 6.0) == (clip, False)


def test_the_thumbnail_keeps_telegrams_limits(tmp_path: Path) -> None:
    import io

    cover = tmp_path / "cover.png"
    Image.effect_noise((1500, 1500), 90).save(cover)
    found = media.thumbnail(cover)
    assert found is not None and len(found) < 200_000
    with Image.open(io.BytesIO(found)) as small:
        assert (small.format, max(small.size)) == ("JPEG", 320)


def test_files_that_are_gone_leave_a_preview_of_words(tmp_path: Path) -> None:
    found = media.playable(tmp_path / "a.wav", tmp_path / "a.mp4", tmp_path / "a.jpg", tmp_path / "chat")
    assert (found.sound, found.clip, found.thumbnail) == (None, None, None)
