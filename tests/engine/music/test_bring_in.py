"""A bought clip is read under bounds, mastered like our own, and heard: key, beats, parts, copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.domain.errors import CheckFailed, MediaError
from engine.domain.media import TrackFacts
from engine.media import ffmpeg, measure
from engine.music.bring_in import Brought, bring_in, measured, mono_of
from engine.music.fingerprint import COPY, distance, fingerprint, nearest, read
from engine.music.hearing import RATE, energy_of, hear, key_of
from engine.music.studio.track import make_track
from tests.engine.music.briefs import brief

SECONDS = 24.0
NOISE = np.random.default_rng(1).normal(0, 0.1, RATE * 24).astype(np.float32)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "song.wav"
    make_track(brief("house", SECONDS, key="A minor"), path, progress=lambda _share, _what: None)
    return path


@pytest.fixture(scope="module")
def clip(song: Path) -> Path:
    """The same song as a vendor would send it: quieter, other encoder, other rate, a little later."""
    path = song.with_name("clip.mp3")
    args = ["-i", str(song), "-af", "adelay=700:all=1,volume=-9dB", "-ar", "48000", "-b:a", "128k", str(path)]
    ffmpeg.run(args)
    return path


@pytest.fixture(scope="module")
def own(song: Path) -> tuple[TrackFacts, bytes]:
    """The song's facts and its print."""
    return measured(song)


@pytest.fixture(scope="module")
def brought(
    clip: Path, own: tuple[TrackFacts, bytes], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Brought]:
    """The clip, brought into a house that knows the song, and a noise."""
    folder = tmp_path_factory.mktemp("brought")
    fleet = [("Static", fingerprint(NOISE)), ("Midnight Glow", own[1])]
    return folder / "track.wav", bring_in(clip, folder / "track.wav", folder, fleet=fleet)


def test_the_clip_becomes_a_master_like_our_own(brought: tuple[Path, Brought]) -> None:
    wav, found = brought
    facts = measure.probe(wav)
    assert (facts.audio_codec, facts.sample_rate, facts.channels) == ("pcm_s24le", 44100, 2)
    assert abs(found.mastered.loudness.integrated_lufs + 14) <= 0.5
    assert found.mastered.loudness.true_peak_dbtp <= -1.0
    assert sorted(path.name for path in wav.parent.iterdir()) == ["track.wav"]


def test_it_is_measured_as_it_came(brought: tuple[Path, Brought]) -> None:
    found = brought[1].measured
    assert found.integrated_lufs < -20 and abs(found.duration_s - SECONDS - 0.7) < 0.3


def test_tempo_and_bars_are_heard(brought: tuple[Path, Brought]) -> None:
    timeline = brought[1].timeline
    asked = brief("house", SECONDS).tempo_bpm
    assert abs(timeline.tempo_bpm - asked) < 1.0
    gaps = np.diff(timeline.bars)
    assert np.allclose(gaps, 240 / timeline.tempo_bpm, atol=0.01)
    assert timeline.sections[0].start == 0.0 and timeline.sections[-1].end == timeline.duration_s
    assert timeline.cues == ()


def test_bars_begin_where_beats_are_heard(song: Path) -> None:
    clicks = np.zeros(RATE * 20, dtype=np.float32)
    for beat in range(38):
        at = int((0.25 + beat * 0.5) * RATE)
        pitch = 70 if beat % 4 == 0 else 900
        clicks[at : at + 900] += np.sin(2 * np.pi * pitch * np.arange(900) / RATE).astype(np.float32) * 0.5
    first = hear(clicks).timeline.bars[0]
    assert abs(first - 0.25) < 0.06


@pytest.mark.parametrize(("root", "third", "expected"), [(9, 3, "A minor"), (2, 4, "D major")])
def test_a_key_is_heard_in_its_triads(root: int, third: int, expected: str) -> None:
    chroma = np.full(12, 0.01)
    scale = (0, 2, 3, 5, 7, 8, 10) if third == 3 else (0, 2, 4, 5, 7, 9, 11)
    for step in scale:
        chroma[(root + step) % 12] += 0.3
    for step, weight in ((0, 2.0), (third, 1.0), (7, 1.2)):
        chroma[(root + step) % 12] += weight
    assert key_of(chroma / chroma.sum())[0] == expected


def test_silence_has_no_key() -> None:
    assert key_of(np.zeros(12)) == ("", 0.0)


def test_another_encoding_of_a_track_is_a_copy_of_it(
    own: tuple[TrackFacts, bytes], brought: tuple[Path, Brought]
) -> None:
    assert distance(read(brought[1].print), read(own[1])) < COPY


def test_another_song_of_the_genre_is_none(own: tuple[TrackFacts, bytes], tmp_path: Path) -> None:
    other = tmp_path / "other.wav"
    make_track(brief("house", 20.0, seed=8, key="D minor"), other, progress=lambda _share, _what: None)
    assert distance(read(own[1]), read(fingerprint(mono_of(other)))) > COPY


def test_the_nearest_earlier_track_is_named(brought: tuple[Path, Brought]) -> None:
    assert brought[1].measured.copy_of == "Midnight Glow"
    assert nearest(fingerprint(NOISE), []) is None


def test_a_track_too_short_to_compare_is_no_copy(own: tuple[TrackFacts, bytes]) -> None:
    assert distance(read(b""), read(own[1])) == 1.0


def test_a_file_that_breaks_off_is_refused(clip: Path, tmp_path: Path) -> None:
    flac = tmp_path / "whole.flac"
    ffmpeg.run(["-t", "4", "-i", str(clip), str(flac)])
    broken = tmp_path / "broken.flac"
    data = flac.read_bytes()
    broken.write_bytes(data[: len(data) // 2] + b"\0" * 4096)
    with pytest.raises(MediaError):
        bring_in(broken, tmp_path / "track.wav", tmp_path)


def test_silence_is_refused(tmp_path: Path) -> None:
    silent = tmp_path / "silent.wav"
    ffmpeg.run(["-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo", "-t", "5", str(silent)])
    with pytest.raises(CheckFailed, match="silent"):
        bring_in(silent, tmp_path / "track.wav", tmp_path)


def test_something_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.mp3"
    page.write_text("<html>429 Too Many Requests</html>")
    with pytest.raises(MediaError, match=r"page\.mp3"):
        bring_in(page, tmp_path / "track.wav", tmp_path)


def test_mono_of_keeps_the_length(song: Path) -> None:
    assert abs(len(mono_of(song)) / RATE - SECONDS) < 0.1


def test_a_track_of_our_own_is_measured_as_a_bought_one_is(
    own: tuple[TrackFacts, bytes], brought: tuple[Path, Brought]
) -> None:
    facts, _ = own
    bought, _ = measured(brought[0])
    assert facts.key == bought.key == brought[1].timeline.key
    assert facts.energy == pytest.approx(bought.energy, abs=0.05)
    assert 0.0 < facts.key_confidence <= 1.0 and 0.0 < facts.energy < 1.0
    assert facts.parts[0].start == 0.0 and facts.parts[-1].end == pytest.approx(facts.duration_s, abs=0.01)


@pytest.mark.quick
def test_what_is_busy_bright_and_even_has_more_energy() -> None:
    calm, driven = energy_of(1.0, 900.0, 9.0), energy_of(5.0, 2500.0, 4.0)
    assert calm < driven
    assert energy_of(0.0, 0.0, 30.0) == 0.0 and energy_of(20.0, 20_000.0, 0.0) == 1.0
