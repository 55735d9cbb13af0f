"""The audio files: what a master must be, and what coding does to it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from engine.domain.errors import CheckFailed, MediaError
from engine.media import ffmpeg, measure
from engine.release import audio, id3
from tests.engine.release.conftest import SECONDS


def convert(master: Path, target: Path, *args: str) -> Path:
    ffmpeg.run(["-v", "error", "-i", str(master), "-t", "1", *args, str(target)])
    return target


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("-c:a", "pcm_s16le"), "16 bits, 44100 Hz and 2 channel"),
        (("-c:a", "pcm_s24le", "-ar", "48000"), "24 bits, 48000 Hz and 2 channel"),
        (("-c:a", "pcm_s24le", "-ac", "1"), "24 bits, 44100 Hz and 1 channel"),
    ],
)
def test_a_master_of_another_form_is_refused(
    artefacts: Path, tmp_path: Path, args: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(CheckFailed, match=complaint):
        audio.check_master(convert(artefacts / "track.wav", tmp_path / "other.wav", *args))


def test_the_mp3_is_turned_down_until_its_peaks_fit(artefacts: Path, tmp_path: Path) -> None:
    plain = convert(artefacts / "track.wav", tmp_path / "plain.mp3", "-t", str(SECONDS), "-b:a", "320k")
    assert measure.loudness(plain).true_peak_dbtp > -1.0  # else this master proves nothing
    made = audio.write_mp3(artefacts / "track.wav", tmp_path / "made.mp3", -9.0)  # as if there were room enough
    assert made.gain_db < 0
    assert measure.loudness(tmp_path / "made.mp3") == made.loudness
    assert made.loudness.true_peak_dbtp <= -1.0


def test_room_for_what_coding_lifts_is_made_at_once(artefacts: Path, tmp_path: Path) -> None:
    peak = measure.loudness(artefacts / "track.wav").true_peak_dbtp
    made = audio.write_mp3(artefacts / "track.wav", tmp_path / "made.mp3", peak)
    assert -1.0 <= made.gain_db <= -0.5
    assert made.loudness.true_peak_dbtp <= -1.0


def test_a_soft_master_is_coded_as_it_is(artefacts: Path, tmp_path: Path) -> None:
    soft = convert(artefacts / "track.wav", tmp_path / "soft.wav", "-c:a", "pcm_s24le", "-af", "volume=-3dB")
    assert audio.write_mp3(soft, tmp_path / "soft.mp3", -4.1).gain_db == 0.0


def test_the_form_of_a_wav_is_read_and_its_duration_exact(artefacts: Path) -> None:
    found = audio.wav_format(artefacts / "track.wav")
    assert (found.sample_rate, found.channels, found.bits, found.seconds) == (44_100, 2, 24, SECONDS)
    assert found.size == SECONDS * 44_100 * 6


def test_the_samples_of_a_wav_have_the_hash_that_ffmpeg_finds(artefacts: Path) -> None:
    track = artefacts / "track.wav"
    assert audio.samples_sha256(track) == measure.pcm_sha256(track, "pcm_s24le")


def test_samples_that_are_no_integers_are_no_master(artefacts: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no PCM"):
        audio.check_master(convert(artefacts / "track.wav", tmp_path / "float.wav", "-c:a", "pcm_f32le"))


def wav(*chunks: bytes) -> bytes:
    return b"RIFF\x00\x00\x00\x00WAVE" + b"".join(chunks)


FORM = b"fmt \x10\x00\x00\x00" + struct.pack("<HHIIHH", 1, 2, 44_100, 264_600, 6, 24)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "does not start as a WAV"),
        (b"RIFF\x00\x00\x00\x00AVI ", "does not start as a WAV"),
        (wav(), "no PCM samples"),
        (wav(FORM), "no PCM samples"),
        (wav(b"data\x00\x00\x00\x00", FORM), "no PCM samples"),
        (wav(FORM, b"data\xff\xff\xff\xff", bytes(6)), "cut short"),
        (wav(b"fmt \x02\x00\x00\x00\x01\x00", b"data\x00\x00\x00\x00"), "no PCM samples"),
    ],
)
def test_a_damaged_wav_is_refused(tmp_path: Path, data: bytes, complaint: str) -> None:
    (tmp_path / "track.wav").write_bytes(data)
    with pytest.raises(MediaError, match=complaint):
        audio.wav_format(tmp_path / "track.wav")


@pytest.mark.quick
def test_chunks_of_odd_size_are_padded(tmp_path: Path) -> None:
    (tmp_path / "track.wav").write_bytes(wav(b"LIST\x01\x00\x00\x00x\x00", FORM, b"data\x06\x00\x00\x00", bytes(6)))
    assert audio.wav_format(tmp_path / "track.wav").bits == 24


@pytest.mark.quick
def test_a_flac_that_starts_with_an_id3_tag_is_refused(tmp_path: Path) -> None:
    (tmp_path / "signed.flac").write_bytes(id3.write(id3.Tag(text={"TIT2": "a" * 30})) + b"fLaC")
    with pytest.raises(MediaError, match="does not start as a FLAC file"):
        audio.flac_format(tmp_path / "signed.flac")


@pytest.fixture(scope="module")
def mp3(artefacts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mp3") / "second.mp3"
    convert(artefacts / "track.wav", path, "-b:a", "320k", "-id3v2_version", "0", "-write_id3v1", "0")
    audio.put_id3(path, id3.write(id3.Tag(text={"TIT2": "a"})))
    return path


def test_every_frame_of_the_mp3_is_walked(mp3: Path) -> None:
    assert audio.mp3_seconds(mp3) == pytest.approx(1.07, abs=0.02)  # with the coder's delay and padding


@pytest.mark.parametrize("spoil", [b"x", b"TAG" + bytes(125)])
def test_bytes_after_the_last_frame_are_found(mp3: Path, tmp_path: Path, spoil: bytes) -> None:
    (tmp_path / "more.mp3").write_bytes(mp3.read_bytes() + spoil)
    with pytest.raises(MediaError):
        audio.mp3_seconds(tmp_path / "more.mp3")


def test_a_lower_bitrate_is_found(artefacts: Path, tmp_path: Path) -> None:
    path = convert(artefacts / "track.wav", tmp_path / "low.mp3", "-b:a", "192k", "-id3v2_version", "0")
    audio.put_id3(path, id3.write(id3.Tag(text={"TIT2": "a"})))
    with pytest.raises(MediaError, match="no stereo frame at 320 kbit/s"):
        audio.mp3_seconds(path)
