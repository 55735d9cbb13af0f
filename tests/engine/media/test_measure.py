"""What is said of a media file is what ffmpeg measured in it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from engine.domain.errors import MediaError
from engine.domain.media import StreamFacts
from engine.media import ffmpeg, measure


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def tone(folder: Path) -> Path:
    """Three seconds of a 1 kHz sine at -23 dBFS peak in both channels, titled like ffmpeg's own words."""
    path = folder / "tone.wav"
    title = "title=Duration: 99:00:00.00\nStream #0:0: Audio: fake, 1 Hz, mono"
    sine = "aevalsrc=0.0708*sin(2*PI*1000*t)|0.0708*sin(2*PI*1000*t):s=48000:d=3"
    ffmpeg.run(["-f", "lavfi", "-i", sine, "-metadata", title, "-c:a", "pcm_s24le", str(path)])
    return path


@pytest.fixture(scope="module")
def clip(folder: Path, tone: Path) -> Path:
    path = folder / "clip.mp4"
    picture = ["-f", "lavfi", "-i", "color=c=navy:s=320x180:r=30:d=1"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest"]
    ffmpeg.run([*picture, "-i", str(tone), *codecs, str(path)])
    return path


def test_a_track_is_described(tone: Path) -> None:
    assert measure.probe(tone) == StreamFacts(3.0, "wav", "pcm_s24le", 48_000, 2, "", 0, 0, 0.0)


def test_a_clip_is_described(clip: Path) -> None:
    facts = measure.probe(clip)
    assert facts.duration_s == pytest.approx(1.0, abs=0.05)
    assert (facts.video_codec, facts.width, facts.height, facts.fps) == ("h264", 320, 180, 30.0)
    assert (facts.audio_codec, facts.channels) == ("aac", 2)


def test_what_is_no_media_file_is_refused_by_name(folder: Path) -> None:
    path = folder / "song.mp3"
    path.write_text("not a song")
    with pytest.raises(MediaError, match=r"song\.mp3"):
        measure.probe(path)


def test_loudness_is_that_of_the_standards_test_tone(tone: Path) -> None:
    """EBU Tech 3341, case 1: a 1 kHz stereo sine at -23 dBFS reads -23 LUFS."""
    found = measure.loudness(tone)
    assert found.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert found.true_peak_dbtp == pytest.approx(-23.0, abs=0.2)


def test_a_filter_in_front_counts(tone: Path) -> None:
    assert measure.loudness(tone, before="volume=-6dB").integrated_lufs == pytest.approx(-29.0, abs=0.1)


def test_silence_has_no_peak(folder: Path) -> None:
    path = folder / "silence.wav"
    ffmpeg.run(["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo:d=1", str(path)])
    assert measure.loudness(path).true_peak_dbtp == -math.inf


def test_without_sound_there_is_nothing_to_measure(folder: Path) -> None:
    path = folder / "mute.mp4"
    ffmpeg.run(["-f", "lavfi", "-i", "color=s=64x64:r=5:d=1", "-c:v", "libx264", str(path)])
    with pytest.raises(MediaError):
        measure.loudness(path)


@pytest.mark.parametrize("log", ["", "Summary:\n", "Summary:\n  I: -14.0 LUFS\n"])
def test_a_report_without_figures_is_an_error(log: str) -> None:
    with pytest.raises(MediaError, match="ebur128"):
        measure.parse_loudness(log)


def test_a_sound_file_decodes_and_a_damaged_one_says_what_is_wrong(tone: Path, clip: Path, folder: Path) -> None:
    assert measure.decodes(tone) == []
    damaged = folder / "damaged.mp4"
    data = bytearray(clip.read_bytes())
    middle = data.index(b"mdat") + 200
    data[middle : middle + 400] = bytes(400)
    damaged.write_bytes(data)
    assert measure.decodes(damaged)


def test_equal_sound_has_an_equal_hash_whatever_the_container(tone: Path, folder: Path) -> None:
    lossless = folder / "tone.flac"
    ffmpeg.run(["-i", str(tone), "-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24", str(lossless)])
    louder = folder / "louder.wav"
    ffmpeg.run(["-i", str(tone), "-af", "volume=1dB", "-c:a", "pcm_s24le", str(louder)])
    assert measure.pcm_sha256(lossless) == measure.pcm_sha256(tone)
    assert measure.pcm_sha256(louder) != measure.pcm_sha256(tone)
    assert len(measure.pcm_sha256(tone)) == 64
