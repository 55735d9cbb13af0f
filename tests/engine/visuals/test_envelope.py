"""What pictures can follow in a sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.domain.errors import MediaError
from engine.visuals.envelope import BANDS, read_envelope
from tests.engine.visuals.material import RATE, beat, kick, write_wav

FPS = 20


def _tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)


def test_there_is_one_row_for_every_frame_and_all_levels_lie_between_0_and_1(tmp_path: Path) -> None:
    sound = read_envelope(write_wav(tmp_path / "a.wav", beat(2.0)), 40, FPS)
    assert sound.spectrum.shape == (40, BANDS)
    for level in (sound.spectrum, sound.bass, sound.mid, sound.treble, sound.loud, sound.onset):
        assert len(level) == 40
        assert 0 <= level.min() <= level.max() <= 1


@pytest.mark.parametrize(("hz", "strongest"), [(60, "bass"), (800, "mid"), (5000, "treble")])
def test_a_tone_moves_its_own_band(tmp_path: Path, hz: float, strongest: str) -> None:
    both = np.concatenate([_tone(hz), np.zeros(RATE)])
    sound = read_envelope(write_wav(tmp_path / "a.wav", both), 40, FPS)
    levels = {name: float(getattr(sound, name)[5:15].mean()) for name in ("bass", "mid", "treble")}
    assert max(levels, key=lambda name: levels[name]) == strongest


def test_onsets_fall_on_the_beats(tmp_path: Path) -> None:
    sound = read_envelope(write_wav(tmp_path / "a.wav", kick(4.0, tempo=60)), 80, FPS)
    jumps = np.diff(sound.onset, prepend=0)
    assert [int(at) for at in np.flatnonzero(jumps > 0.5)] == pytest.approx([20, 40, 60], abs=1)


def test_silence_moves_nothing(tmp_path: Path) -> None:
    sound = read_envelope(write_wav(tmp_path / "a.wav", np.zeros(RATE)), 20, FPS)
    assert not sound.spectrum.any()
    assert not sound.onset.any()


def test_beyond_the_end_there_is_silence(tmp_path: Path) -> None:
    sound = read_envelope(write_wav(tmp_path / "a.wav", _tone(200, 0.5)), 60, FPS)
    assert sound.loud[2] > 0.5
    assert sound.loud[-1] < 0.05


def test_what_is_no_sound_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"not a sound")
    with pytest.raises(MediaError):
        read_envelope(tmp_path / "a.wav", 10, FPS)
