"""Analysis against sounds whose facts are known by construction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.domain.errors import MediaError
from engine.media import ffmpeg
from engine.music.analysis import WAVEFORM_SLICES, analyse, tempo_of

RATE = 44100


def written(path: Path, sound: np.ndarray[tuple[int, ...], np.dtype[np.float64]], codec: str = "pcm_f32le") -> Path:
    """`sound` `(n, channels)` as a file."""
    channels = str(sound.shape[1])
    data = sound.astype("<f4").tobytes()
    ffmpeg.run(["-f", "f32le", "-ar", str(RATE), "-ac", channels, "-i", "-", "-c:a", codec, str(path)], feed=[data])
    return path


def tone(hz: float, seconds: float, level: float = 0.5) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A stereo sine."""
    wave = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack((wave, wave), axis=1)


def clicks(bpm: float, seconds: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A click on each beat, the first of four louder, over a little noise."""
    rng = np.random.Generator(np.random.PCG64(3))
    sound = rng.normal(0, 0.002, round(seconds * RATE))
    burst = rng.normal(0, 1, 900) * np.exp(-np.arange(900) / 150)
    for beat in range(int(seconds * bpm / 60)):
        at = round(beat * 60 / bpm * RATE)
        piece = burst[: len(sound) - at]
        sound[at : at + len(piece)] += piece * (0.6 if beat % 4 == 0 else 0.35)
    return np.stack((sound, sound), axis=1)


@pytest.mark.parametrize("bpm", [63.0, 84.0, 98.5, 120.0, 140.0, 174.0])
def test_the_tempo_of_clicks_is_found(tmp_path: Path, bpm: float) -> None:
    facts = analyse(written(tmp_path / "clicks.wav", clicks(bpm, 20.0)))
    octave = min((0.5, 1.0, 2.0), key=lambda o: abs(facts.tempo_bpm / bpm / o - 1))
    assert facts.tempo_bpm == pytest.approx(bpm * octave, rel=0.01)
    if octave != 1.0:
        assert facts.tempo_confidence < 0.8
    assert facts.tempo_confidence > 0.1
    assert facts.onset_rate == pytest.approx(bpm / 60, rel=0.15)


@pytest.mark.quick
def test_no_pulse_has_no_tempo_and_no_confidence() -> None:
    assert tempo_of(np.zeros(4000, dtype=np.float32), 86.0) == (0.0, 0.0)
    noise = np.random.Generator(np.random.PCG64(1)).random(6000).astype(np.float32)
    assert tempo_of(noise, 86.0)[1] < 0.2


def test_spectrum_width_and_waveform_of_known_tones(tmp_path: Path) -> None:
    low = analyse(written(tmp_path / "low.wav", tone(60.0, 2.0)))
    high = analyse(written(tmp_path / "high.wav", tone(3000.0, 2.0)))
    apart = analyse(written(tmp_path / "apart.wav", tone(3000.0, 2.0) * np.array([1.0, -1.0])))
    assert low.bass_share > 0.98 and high.bass_share < 0.02
    assert high.brightness_hz == pytest.approx(3000.0, rel=0.1) and low.brightness_hz < 200
    assert low.stereo_width < 0.01 and apart.stereo_width > 0.99
    assert len(low.waveform) == WAVEFORM_SLICES and set(low.waveform[2:-2]) <= {0.4999, 0.5}


def test_silence_and_clipping_are_counted(tmp_path: Path) -> None:
    sound = np.concatenate((tone(440.0, 1.0), np.zeros((3 * RATE, 2)), tone(440.0, 1.0, level=1.6)))
    facts = analyse(written(tmp_path / "gap.wav", np.clip(sound, -1.0, 1.0)))
    assert facts.longest_silence_s == pytest.approx(3.0, abs=0.1)
    assert facts.silence_share == pytest.approx(0.6, abs=0.03)
    assert facts.clipped_samples > 10000
    assert facts.duration_s == pytest.approx(5.0)


def test_a_full_scale_tone_is_not_called_clipped(tmp_path: Path) -> None:
    assert analyse(written(tmp_path / "tone.wav", tone(997.0, 1.0, level=0.99))).clipped_samples == 0


def test_blocks_join_without_a_seam(tmp_path: Path) -> None:
    """Longer than one block: nothing is lost or counted twice at the border."""
    facts = analyse(written(tmp_path / "long.wav", tone(440.0, 30.0)))
    assert facts.duration_s == pytest.approx(30.0)
    assert facts.silence_share == 0.0 and facts.onset_rate < 0.2


def test_other_containers_and_mono_are_read(tmp_path: Path) -> None:
    facts = analyse(written(tmp_path / "mono.flac", tone(440.0, 2.0)[:, :1], codec="flac"))
    assert facts.channels == 1 and facts.stereo_width == 0.0
    assert facts.duration_s == pytest.approx(2.0)


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("not a sound")
    with pytest.raises(MediaError):
        analyse(text)
