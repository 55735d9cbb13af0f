"""A whole short track: the file, its loudness as ffmpeg hears it, the same samples for the same brief."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.domain.errors import CheckFailed
from engine.domain.gate import check_track
from engine.media import measure
from engine.music.analysis import analyse
from engine.music.master import master
from engine.music.studio.compose import compose
from engine.music.studio.provider import Studio
from engine.music.studio.synth.mix import Mixer
from engine.music.studio.track import StudioTrack, make_track
from tests.engine.music.briefs import brief


def silent_progress(_share: float, _what: str) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StudioTrack]:
    """A 20-second house track."""
    wav = tmp_path_factory.mktemp("track") / "house.wav"
    return wav, make_track(brief("house", 20.0), wav, progress=silent_progress)


def test_the_file_is_a_mastered_24_bit_stereo_wav(made: tuple[Path, StudioTrack]) -> None:
    wav, track = made
    stream = measure.probe(wav)
    assert (stream.audio_codec, stream.sample_rate, stream.channels) == ("pcm_s24le", 44100, 2)
    assert stream.duration_s == track.timeline.duration_s == 20.0
    assert measure.loudness(wav) == track.loudness
    assert track.vocals == "none"


def test_the_track_passes_the_gate(made: tuple[Path, StudioTrack]) -> None:
    wav, track = made
    checks = check_track(analyse(wav), track.timeline.duration_s, measure.decodes(wav))
    assert [check for check in checks if not check.ok] == []


def test_the_measured_tempo_is_the_composed_one(made: tuple[Path, StudioTrack]) -> None:
    wav, track = made
    facts = analyse(wav)
    ratio = facts.tempo_bpm / track.timeline.tempo_bpm
    assert min(abs(ratio / octave - 1) for octave in (0.5, 1.0, 2.0)) < 0.02


def test_equal_briefs_give_equal_samples(tmp_path: Path, made: tuple[Path, StudioTrack]) -> None:
    again = tmp_path / "again.wav"
    make_track(brief("house", 20.0), again, progress=silent_progress)
    assert measure.pcm_sha256(again) == measure.pcm_sha256(made[0])


def test_genres_differ_in_sound(tmp_path: Path, made: tuple[Path, StudioTrack]) -> None:
    house = analyse(made[0])
    make_track(brief("ambient", 20.0), tmp_path / "ambient.wav", progress=silent_progress)
    ambient = analyse(tmp_path / "ambient.wav")
    assert ambient.onset_rate < 0.5 * house.onset_rate
    assert ambient.brightness_hz < 0.8 * house.brightness_hz
    assert ambient.bass_share < house.bass_share


def test_brightness_is_heard() -> None:
    def highs(how: str) -> float:
        score = compose(brief("synthwave", 20.0, parameters={"brightness": how}))
        mix = Mixer(score).render(lambda _share: None)
        spectrum = np.abs(np.fft.rfft(mix[0]))
        freqs = np.fft.rfftfreq(mix.shape[1], 1 / 44100)
        return float(spectrum[freqs > 3000].sum() / spectrum.sum())

    assert highs("warm") < 0.85 * highs("bright")


def test_progress_climbs_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    provider = Studio()
    track = provider.make(brief("reggae", 20.0), tmp_path / "r.wav", progress=lambda s, w: told.append((s, w)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    assert list(dict.fromkeys(what for _, what in told)) == [
        "composing",
        "playing",
        "mastering",
        "mastered",
    ]
    assert track.provider == provider.name and track.timeline is not None
    assert not provider.abilities.vocals and not provider.abilities.network


def test_a_silent_mix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="silent"):
        master(np.zeros((2, 44100), dtype=np.float32), tmp_path / "s.wav", lambda _share: None)


def test_a_mix_that_cannot_be_mastered_is_refused(tmp_path: Path) -> None:
    """Half a second of sound in ten of silence: the gate of the measure hears only the sound, no gain brings it up."""
    clicks = np.zeros((2, 441000), dtype=np.float32)
    clicks[:, ::44100] = 1.0
    with pytest.raises(CheckFailed, match="LUFS"):
        master(clicks, tmp_path / "c.wav", lambda _share: None)
